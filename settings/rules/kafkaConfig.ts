import { kafkaKeys, kafkaValueProblem } from "../kafka/kafkaSettings";
import { didYouMean } from "../nearest";
import { brokerConfigKeys, reservedBrokerReason, reservedTopicKeys, topicConfigKeys } from "../reservedKeys";
import { shown } from "../fields";

/** The problem with an entry of `brokerConfig`; undefined when there is none. */
export function brokerConfigProblem(key: string, value: string): string | undefined {
  const reason = reservedBrokerReason(key);
  if (reason !== undefined) return `"${key}" is decided by the program (${reason}); remove the entry`;
  if (!kafkaKeys("broker").includes(key)) {
    if (kafkaKeys("topic").includes(key)) return `"${key}" is a topic's setting; give it in topics[].config`;
    return `"${key}" is not a broker setting of Kafka 3.9${didYouMean(key, brokerConfigKeys) || "; remove the entry"}`;
  }
  const problem = kafkaValueProblem("broker", key, value);
  return problem === undefined ? undefined : `${key}=${problem}`;
}

/** The problem with an entry of a topic's `config`; undefined when there is none. */
export function topicConfigProblem(key: string, value: string): string | undefined {
  const reason = reservedTopicKeys.get(key);
  if (reason !== undefined) return `decided by the program; ${reason}`;
  if (topicConfigKeys.includes(key)) return kafkaValueProblem("topic", key, value);
  if (kafkaKeys("broker").includes(key)) {
    return `a broker's setting; give it in brokerConfig, as ${shown(`${key}=${value}`)}, or remove it`;
  }
  const hint = didYouMean(key, topicConfigKeys) || "; give one of Kafka's topic settings, or remove it";
  return `not a topic setting that this cluster knows${hint}`;
}
