import { z } from "zod";
import { checkedText, list, shown, wholeNumber } from "../fields";
import { rulesOf, setting } from "./setting";

/** Kafka's rule for topic names; names that begin with two underscores are Kafka's own. */
const topicName = checkedText((name) => {
  if (name === "") return "the name is empty; give letters, digits, '.', '_' or '-'";
  if (name === "." || name === "..") return `"${name}" is not allowed as a topic name; choose another`;
  if (name.length > 249) return `${shown(name)} has ${name.length} characters; Kafka takes 249 at most`;
  if (!/^[A-Za-z0-9._-]+$/.test(name))
    return `${shown(name)} has other characters than letters, digits, '.', '_' and '-'; rename it`;
  if (name.startsWith("__")) return `"${name}" starts with "__", which Kafka keeps for itself; rename it`;
  return undefined;
});

const topicConfigValue = z.preprocess(
  (value) => (typeof value === "number" || typeof value === "boolean" ? String(value) : value),
  z.string({
    error: ({ input }) => `${shown(input)} is not a text, number or boolean; give the value as Kafka writes it`,
  }),
);

const cleanupPolicies = ["delete", "compact", "compact,delete"] as const;

const topicFields = {
  name: { type: "text", description: "The topic's name.", rule: topicName },
  partitions: {
    type: "integer",
    description: "How many partitions; Kafka can add partitions later, never remove them.",
    rule: wholeNumber({ min: 1, max: 4000, below: "a topic has at least 1 partition" }),
  },
  retentionHours: {
    type: "integer",
    unit: "hours",
    description:
      "Hours that an event is kept at least, unless retentionGiB is reached or, with compact,delete, a later event " +
      "of its key is there before.",
    rule: wholeNumber({
      min: 1,
      max: 876000,
      below:
        "events are kept for at least 1 hour; to keep them for as long as the disks have room, give 876000 (100 years)",
    }),
  },
  retentionGiB: {
    type: "integer",
    unit: "GiB",
    default: null,
    description:
      "GiB of the whole topic (all partitions, one copy) after which the oldest events are deleted; none = no limit.",
    rule: wholeNumber({ min: 1, max: 1_000_000, below: "leave it out for no limit by size" }).optional(),
  },
  compactedGiB: {
    type: "integer",
    unit: "GiB",
    default: null,
    description:
      "GiB that the last events of all keys take together (one copy); needed with compact, whose size Kafka does not " +
      "limit: the disks are planned for it.",
    rule: wholeNumber({
      min: 1,
      max: 1_000_000,
      below: "give what the last events of all keys take together",
    }).optional(),
  },
  cleanupPolicy: {
    type: "text",
    values: cleanupPolicies,
    default: "delete",
    description:
      "What becomes of events after retentionHours. delete: they are deleted. compact: the last event of each key is " +
      "kept for ever, the others are deleted. compact,delete: they are deleted, and those with a later event of " +
      "their key sooner. Kafka refuses events without a key where it compacts, and drops those that a topic has when " +
      "it becomes compacted.",
    rule: z
      .enum(cleanupPolicies, {
        error: ({ input }) => `${shown(input)} is not a cleanup policy; give ${cleanupPolicies.join(" or ")}`,
      })
      .default("delete"),
  },
  config: {
    type: "map",
    default: {},
    description: "Further topic-level Kafka settings. One that is taken out of the map goes back to the brokers' own.",
    rule: z
      .record(z.string(), topicConfigValue, {
        error: ({ input }) => `${shown(input)} is not a map of Kafka settings; write {key: value}`,
      })
      .default({}),
  },
} as const;

const topic = z.strictObject(rulesOf(topicFields), {
  error: (issue) =>
    issue.code === "invalid_type"
      ? `${shown(issue.input)} is not a topic; write {name: …, partitions: …, retentionHours: …}`
      : undefined,
});

/** The setting of the topics that the cluster has. */
export const topicSettings = {
  topics: setting({
    place: "topics",
    type: "objects",
    items: { type: "TopicArgs", description: "One topic that the program keeps in the cluster.", fields: topicFields },
    default: [{ name: "user-activity", partitions: 15, retentionHours: 168 }],
    description:
      "The topics to keep: name, partitions (more later, never fewer), retentionHours, optionally retentionGiB (of " +
      "the whole topic, one copy), compactedGiB, cleanupPolicy (delete, the default; compact: after retentionHours " +
      "only the last event of each key is kept; compact,delete) and config (a map of further topic settings). Each " +
      "has replicationFactor copies. What is taken out here stays in the cluster: nothing is ever deleted.",
    rule: list(topic, '[{"name": "user-activity", "partitions": 15, "retentionHours": 168}]'),
  }),
};
