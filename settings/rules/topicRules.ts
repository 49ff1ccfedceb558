import { topicConfigProblem } from "./kafkaConfig";
import { rule, type Rule } from "./rule";
import type { Fault } from "../faults";
import type { Values } from "../schema";

/**
 * The faults of a compacted topic's size. Kafka puts no bound to what compaction keeps: what is not said can't be
 * planned, and would fill the disks.
 */
function compacted({ cleanupPolicy, compactedGiB }: Values["topics"][number], index: number): Fault[] {
  const path = `topics[${index}].compactedGiB`;
  if (cleanupPolicy === "compact" && compactedGiB === undefined) {
    const message =
      "missing with cleanupPolicy compact, which keeps the last event of each key for ever; give the GiB that all " +
      "of them take together (one copy), or cleanupPolicy compact,delete";
    return [{ path, message }];
  }
  if (cleanupPolicy !== "compact" && compactedGiB !== undefined) {
    const message =
      `${compactedGiB} has no effect with cleanupPolicy ${cleanupPolicy}; give retentionGiB ` + "instead, or neither";
    return [{ path, message }];
  }
  return [];
}

/** Rules about the topics' names, settings and sizes. */
export const topicRules: readonly Rule[] = [
  rule(["topics"], (topics) =>
    topics.flatMap((topic, index) => {
      // Kafka itself refuses names that differ only in '.' and '_': its metrics can't tell them apart.
      const canonical = (name: string): string => name.replaceAll(".", "_");
      const twin = topics.slice(0, index).find((earlier) => canonical(earlier.name) === canonical(topic.name));
      const duplicate = twin
        ? [
            {
              path: `topics[${index}].name`,
              message:
                twin.name === topic.name
                  ? `"${topic.name}" is there twice; name each topic once`
                  : `"${topic.name}" differs from "${twin.name}" only in '.' and '_', which Kafka refuses; rename one`,
            },
          ]
        : [];
      const unusable = Object.entries(topic.config).flatMap(([key, value]) => {
        const message = topicConfigProblem(key, value);
        return message === undefined ? [] : [{ path: `topics[${index}].config.${key}`, message }];
      });
      const unlimited =
        topic.cleanupPolicy === "compact" && topic.retentionGiB !== undefined
          ? [
              {
                path: `topics[${index}].retentionGiB`,
                message:
                  `${topic.retentionGiB} has no effect with cleanupPolicy compact, which keeps the last event of ` +
                  "each key for ever; say by compactedGiB how much those are, or give cleanupPolicy compact,delete",
              },
            ]
          : [];
      return [...duplicate, ...unusable, ...unlimited, ...compacted(topic, index)];
    }),
  ),
];
