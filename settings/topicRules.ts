import { reservedTopicKeys } from "./reservedKeys";
import { rule, type Rule } from "./rule";
import { usableShareOfVolume } from "./volumes";

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
      const reserved = Object.keys(topic.config).flatMap((key) => {
        const reason = reservedTopicKeys.get(key);
        return reason ? [{ path: `topics[${index}].config.${key}`, message: `decided by the program; ${reason}` }] : [];
      });
      return [...duplicate, ...reserved];
    }),
  ),
  rule(["topics", "brokers.replicationFactor", "brokers.minInsyncReplicas"], (topics, copies, minimum) =>
    topics.flatMap((topic, index) => {
      const value = topic.config["min.insync.replicas"];
      if (value === undefined || minimum >= copies) return [];
      const given = /^\d+$/.test(value) ? Number(value) : NaN;
      if (given >= minimum && given < copies) return [];
      return [
        {
          path: `topics[${index}].config.min.insync.replicas`,
          message:
            `${value} is not from brokers.minInsyncReplicas ${minimum} to ${copies - 1} (one below brokers.replicationFactor ${copies}); ` +
            `give such a number, or leave it out`,
        },
      ];
    }),
  ),
  rule(
    ["topics", "brokers.count", "brokers.replicationFactor", "brokers.volumeGiB"],
    (topics, count, copies, volumeGiB) => {
      const wanted = topics.reduce((sum, topic) => sum + (topic.retentionGiB ?? 0), 0) * copies;
      const usable = Math.floor(count * volumeGiB * usableShareOfVolume);
      if (wanted <= usable || copies > count) return undefined;
      return {
        path: "topics",
        message:
          `retentionGiB adds up to ${wanted} GiB with brokers.replicationFactor ${copies}, but brokers.count ${count} × ` +
          `brokers.volumeGiB ${volumeGiB} leave ${usable} GiB usable; keep less, or give larger volumes`,
      };
    },
  ),
];
