/** What applications need to know of a cluster, as parameters of SSM: for those that don't know Pulumi. */
import type { ClientOutputs, TopicOutput } from "./outputs";

/** The bytes that a parameter's value may have, by its tier: the second costs $0.05 a month (AWS's quotas, prices). */
export const parameterBytes = { Standard: 4096, Advanced: 8192 } as const;

/** The path that the parameters of a cluster begin with. */
export function clientSettingsPath(clusterName: string): string {
  return `/kafka-on-ec2/${clusterName}`;
}

const [topics, brokers] = ["topics", "brokers"] as const;

/** The outputs of which each is a parameter, by the same names; the names of the parameters that hold the topics. */
export function parameterNames(topicParameters: number): string[] {
  return [
    "bootstrapServers",
    "brokers",
    "clientSecurityGroupId",
    "clientProperties/java/producer",
    "clientProperties/java/consumer",
    // One list of brokers in each.
    "clientProperties/kafkajs/client",
    "clientProperties/kafkajs/consumerClient",
    "clientProperties/kafkajs/producer",
    "clientProperties/kafkajs/send",
    "clientProperties/kafkajs/consumer",
    "clientProperties/librdkafka/producer",
    "clientProperties/librdkafka/consumer",
    ...Array.from({ length: topicParameters }, (_, index) => `${topics}/${index + 1}`),
  ];
}

/** The topics by parameters: as many as a standard one holds in each, and one parameter where there are none. */
export function topicParts(all: readonly TopicOutput[]): TopicOutput[][] {
  const parts: TopicOutput[][] = [[]];
  // Those of the settings have more.
  for (const { name, partitions, retentionHours, retentionGiB } of all) {
    const topic = { name, partitions, retentionHours, retentionGiB };
    const last = parts.at(-1) as TopicOutput[];
    const fits = Buffer.byteLength(JSON.stringify([...last, topic])) <= parameterBytes.Standard;
    if (fits || last.length === 0) last.push(topic);
    else parts.push([topic]);
  }
  return parts;
}

/**
 * The value of each parameter: a text as it is, all else as JSON.
 * @param topicParameters how many there are for the topics; the last one holds what has no other
 */
export function parameterValues(outputs: ClientOutputs, topicParameters: number): Readonly<Record<string, string>> {
  const parts = topicParts(outputs.topics);
  const last = topicParameters - 1;
  const shared = [...parts.slice(0, last), parts.slice(last).flat()];
  const valueAt = (name: string): unknown => {
    const [head = "", ...path] = name.split("/");
    // Those of the settings have more.
    if (head === brokers) return outputs.brokers.map(({ id, zone }) => ({ id, zone }));
    if (head === topics) return shared[Number(path[0]) - 1] ?? [];
    return [head, ...path].reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], outputs);
  };
  return Object.fromEntries(
    parameterNames(topicParameters).map((name) => {
      const value = valueAt(name);
      return [name, typeof value === "string" ? value : JSON.stringify(value)];
    }),
  );
}

/** The outputs, unchecked, of a cluster's parameters by their names below its path. */
export function outputsOfParameters(values: Readonly<Record<string, string>>): Record<string, unknown> {
  const outputs: Record<string, unknown> = {};
  const byNumber = (name: string) => Number(name.split("/")[1]);
  const ofTopics = Object.keys(values).filter((name) => name.startsWith(`${topics}/`));
  const sorted = ofTopics.sort((one, other) => byNumber(one) - byNumber(other));
  if (sorted.length > 0) outputs.topics = sorted.flatMap((name) => JSON.parse(values[name] ?? "[]") as unknown[]);
  for (const [name, value] of Object.entries(values)) {
    if (ofTopics.includes(name)) continue;
    const path = name.split("/");
    const leaf = path.pop() as string;
    let at = outputs;
    for (const key of path) at = (at[key] ??= {}) as Record<string, unknown>;
    at[leaf] = /^[{[]/.test(value) ? (JSON.parse(value) as unknown) : value;
  }
  return outputs;
}

/**
 * The IAM policy that lets an application read a cluster's parameters.
 * @param ssmArn the beginning of their ARNs, `arn:aws:ssm:us-east-1:123456789012`
 */
export function readParametersPolicy(ssmArn: string, path: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "ReadClientSettings",
        Effect: "Allow",
        Action: ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
        // All below it are asked for by the path itself.
        Resource: [`${ssmArn}:parameter${path}`, `${ssmArn}:parameter${path}/*`],
      },
    ],
  });
}
