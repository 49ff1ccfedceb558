import { topicConfigProblem } from "./kafkaConfig";
import { rule, type Rule } from "./rule";
import { usableShareOfVolume } from "../volumes";

/** Names, settings and sizes of the topics. */
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
                  `${topic.retentionGiB} has no effect with cleanupPolicy compact, which keeps the last event of each key ` +
                  `for ever; leave it out, or give cleanupPolicy compact,delete`,
              },
            ]
          : [];
      return [...duplicate, ...unusable, ...unlimited];
    }),
  ),
  rule(["topics", "brokerCount", "replicationFactor", "brokerVolumeGiB"], (topics, count, copies, volumeGiB) => {
    const wanted = topics.reduce((sum, topic) => sum + (topic.retentionGiB ?? 0), 0) * copies;
    const usable = Math.floor(count * volumeGiB * usableShareOfVolume);
    if (wanted <= usable || copies > count) return undefined;
    return {
      path: "topics",
      message:
        `retentionGiB adds up to ${wanted} GiB with replicationFactor ${copies}, but brokerCount ${count} × ` +
        `brokerVolumeGiB ${volumeGiB} leave ${usable} GiB usable; keep less, or give larger volumes`,
    };
  }),
];
