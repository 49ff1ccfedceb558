import { flag, pattern, wholeNumber } from "../fields";
import { setting } from "./setting";

/** Settings about how changes are made, what is kept, and what is repaired without being asked. */
export const operationSettings = {
  dataProtection: setting({
    place: "dataProtection",
    type: "boolean",
    default: true,
    description:
      "Protects the data volumes from deletion, and keeps them when the stack is destroyed; they are paid for until " +
      "you delete them. false: whatever deletes a node for good, a destroy above all, deletes its data.",
    plain: true,
    rule: flag(),
  }),
  gateTimeoutMinutes: setting({
    place: "gates.timeoutMinutes",
    type: "integer",
    unit: "minutes",
    default: 15,
    description:
      "How long a pool may take to be whole, at first and after each node that is replaced, before the update fails " +
      "and shows what is missing.",
    rule: wholeNumber({
      min: 1,
      max: 120,
      below: "a cluster needs some minutes to start",
      above: "a gate that waits longer than two hours hides a fault",
    }),
  }),
  updateWaitMinutes: setting({
    place: "update.waitMinutes",
    type: "integer",
    unit: "minutes",
    default: 30,
    description:
      "How long one update waits for copies of partitions to move, and begins with further nodes of a roll. After " +
      "that it fails although all is well, the copies move on, and the next update goes on. Less than your AWS " +
      "credentials are valid.",
    rule: wholeNumber({
      min: 1,
      max: 720,
      below: "an update would hardly get on",
      above: "an update of half a day is better done in parts",
    }),
  }),
  rollOverride: setting({
    place: "roll.override",
    type: "text",
    default: "",
    description:
      "The reason for which a roll may stop the writes of partitions that would have too few copies in sync; it is " +
      "logged. Only for a change that is itself the cure; leave it empty otherwise.",
    rule: pattern(
      // It is an argument of a remote command, and a line of its log.
      /^[A-Za-z0-9][A-Za-z0-9 .,:_/#-]{2,199}$/,
      "a reason of 3 to 200 letters, digits, spaces and .,:_/#-",
      "no override",
    ),
  }),
  guardianEnabled: setting({
    place: "guardian.enabled",
    type: "boolean",
    default: true,
    description:
      "Whether a node that stays out is replaced by itself, one at a time and only while all others are well.",
    rule: flag(),
  }),
  guardianDryRun: setting({
    place: "guardian.dryRun",
    type: "boolean",
    default: false,
    description: "The guardian only logs what it would do.",
    rule: flag(),
  }),
  guardianPatienceMinutes: setting({
    place: "guardian.patienceMinutes",
    type: "integer",
    unit: "minutes",
    default: 5,
    description:
      "How long a node must be out, and its instance be running, before the guardian has it replaced, 1 to 60. " +
      "Doubles with each try, up to an hour.",
    rule: wholeNumber({
      min: 1,
      max: 60,
      below: "a node that only restarts needs some time to come back by itself",
      above: "a broken node would stay out for hours; to have none replaced set guardianEnabled to false",
    }),
  }),
};
