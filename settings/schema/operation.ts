import { z } from "zod";
import { checkedText, flag, list, once, pattern, shown, wholeNumber } from "../fields";
import { rulesOf, setting } from "./setting";

const passedOver = ["writes", "behind", "moving"] as const;

const rollOverrideFields = {
  topic: {
    type: "text",
    description: "The topic's name; one of Kafka's own, too.",
    rule: pattern(/^[A-Za-z0-9._-]{1,249}$/, "the name of a topic, such as user-activity or __consumer_offsets"),
  },
  passOver: {
    type: "list",
    values: passedOver,
    description:
      "What is passed over. writes: without the node too few copies are in sync, so that writes stop. behind: copies " +
      "of it are not in sync, or it has no leader. moving: it is being moved.",
    rule: list(
      z.enum(passedOver, {
        error: ({ input }) => `${shown(input)} is nothing that a roll can pass over; give ${passedOver.join(" or ")}`,
      }),
      '["writes"]',
    )
      .refine((checks) => checks.length > 0, { error: `[] passes over nothing; give ${passedOver.join(" or ")}` })
      .superRefine(once("check")),
  },
  day: {
    type: "text",
    description: "The day of the roll in UTC.",
    rule: checkedText((day) =>
      /^\d{4}-\d\d-\d\d$/.test(day) && new Date(`${day}T00:00Z`).toJSON()?.slice(0, 10) === day
        ? undefined
        : `${shown(day)} is not a day; give e.g. "2026-11-29", in quotes`,
    ),
  },
  reason: {
    type: "text",
    description: "The reason, which the roll logs.",
    rule: pattern(
      // It is a part of an argument of a remote command, and of a line of its log.
      /^[A-Za-z0-9][A-Za-z0-9 .,:_/#-]{2,199}$/,
      "a reason of 3 to 200 letters, digits, spaces and .,:_/#-",
    ),
  },
} as const;

const rollOverride = z.strictObject(rulesOf(rollOverrideFields), {
  error: (issue) =>
    issue.code === "invalid_type"
      ? `${shown(issue.input)} is not an override; write {topic: …, passOver: […], day: …, reason: …}`
      : undefined,
});

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
    type: "objects",
    items: {
      type: "RollOverrideArgs",
      description: "What a roll may pass over for one topic, on one day.",
      fields: rollOverrideFields,
    },
    default: [],
    description:
      "What a roll of the brokers may pass over, topic by topic: topic, passOver (writes, behind, moving), day (UTC; " +
      "on any other day a roll that has something to replace refuses to begin) and reason, which is logged. Only for " +
      "a change that is itself the cure; take it out afterwards.",
    example: [{ topic: "user-activity", passOver: ["writes"], day: "2026-11-29", reason: "INC-7: more copies" }],
    rule: list(
      rollOverride,
      '[{"topic": "user-activity", "passOver": ["writes"], "day": "2026-11-29", "reason": "INC-7: more copies"}]',
    ).superRefine(once("topic", ({ topic }) => shown(topic), "topic")),
  }),
  guardianEnabled: setting({
    place: "guardian.enabled",
    type: "boolean",
    default: true,
    description:
      "Whether a node that stays out is replaced by itself, one at a time and only while the others are well enough.",
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
