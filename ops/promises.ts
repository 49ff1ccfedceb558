/**
 * Settings that were given to brokers and topics while they run, beside those of the program: such a one counts more
 * than server.properties, outlives every restart, and is seen nowhere else.
 */
import type { ClusterDescription } from "../planning/cluster/clusterDescription";
import { reservedBrokerReason, reservedTopicKeys } from "../settings/reservedKeys";
import { rateKeys } from "./balance/throttles";
import type { ConfigChange, ConfigValue, KafkaAdmin } from "./kafka/admin";
import { differenceText, topicDrift } from "./topicChanges";
import { existingTopics } from "./topics";

/** A setting that is not the program's. */
export interface ForeignSetting {
  readonly on: "broker" | "topic";
  /** The setting in words: `all brokers: unclean.leader.election.enable=true`. */
  readonly what: string;
  /** The change that takes it back; absent where it breaks no promise. */
  readonly undo?: ConfigChange;
}

/** The part of the admin client that this needs. */
export type PromiseAdmin = Pick<KafkaAdmin, "metadata" | "configs">;

/** Settings of the brokers' that, changed while they run, delete events early or let clients do harm. */
const keptBrokerSettings = /^(log\.(retention|cleanup|segment|message\.timestamp)|max\.connection|offsets\.retention)/;
/** The same of topics, beside those that a topic's `config` may not give. */
const keptTopicSettings = /^message\.timestamp\./;

const throttleRates: readonly string[] = Object.values(rateKeys);

/** Every setting of brokers and topics that is not the program's. Throttles of copies that move are. */
export async function foreignSettings(
  cluster: Pick<ClusterDescription, "topics" | "minInsyncReplicas" | "replicationFactor" | "handMadeLimits">,
  admin: PromiseAdmin,
): Promise<ForeignSetting[]> {
  const { brokers, topics } = await admin.metadata();
  const others = topics.map(({ name }) => name).filter((name) => !cluster.topics.some((one) => one.name === name));
  const [ofBrokers, ofOthers, existing] = await Promise.all([
    admin.configs(
      "broker",
      brokers.map(({ id }) => String(id)),
    ),
    others.length === 0 ? new Map<string, Record<string, ConfigValue>>() : admin.configs("topic", others),
    existingTopics(admin, cluster.topics),
  ]);
  return [
    ...brokerSettings(ofBrokers, cluster.handMadeLimits),
    ...topicDrift(cluster.topics, existing).map((difference): ForeignSetting => {
      const { topic: name, setting, after } = difference;
      const what = `not as the settings say: ${differenceText(difference)}`;
      // More copies that have to be in sync are asked for only once they are there: an update is making them.
      const isWhole = topics
        .find((topic) => topic.name === name)
        ?.partitions.every(({ replicas }) => replicas.length === cluster.replicationFactor);
      const breaks = reservedTopicKeys.has(setting) || keptTopicSettings.test(setting);
      if (!breaks || isWhole !== true) return { on: "topic", what };
      const wanted = cluster.topics.find((topic) => topic.name === name)?.config[setting];
      return {
        on: "topic",
        what,
        undo: {
          type: "topic",
          name,
          ...(wanted === undefined ? { remove: [setting] } : { set: { [setting]: after } }),
        },
      };
    }),
    ...[...ofOthers].flatMap(([name, values]) => topicSettings(name, values, cluster.minInsyncReplicas)),
  ];
}

function brokerSettings(
  configs: ReadonlyMap<string, Readonly<Record<string, ConfigValue>>>,
  limits: Readonly<Record<string, string>>,
): ForeignSetting[] {
  const found = new Map<string, ForeignSetting>();
  for (const [id, values] of configs) {
    for (const [key, { value, source }] of Object.entries(values)) {
      const limit = limits[key];
      if (limit !== undefined && source !== "broker") {
        const what = `all brokers: ${key}=${value}, and not ${limit} for topics without a limit of their own`;
        const undo: ConfigChange = { type: "broker", name: "", set: { [key]: limit } };
        if (source !== "default-broker" || value !== limit) found.set(what, { on: "broker", what, undo });
        continue;
      }
      if ((source !== "broker" && source !== "default-broker") || throttleRates.includes(key)) continue;
      const name = source === "broker" ? id : "";
      const what = `${name === "" ? "all brokers" : `broker ${name}`}: ${key}=${value}`;
      const breaks = reservedBrokerReason(key) !== undefined || keptBrokerSettings.test(key);
      found.set(what, { on: "broker", what, ...(breaks ? { undo: { type: "broker", name, remove: [key] } } : {}) });
    }
  }
  return [...found.values()];
}

/** A topic that the settings don't name is somebody else's; but Kafka's own have to keep what was acknowledged. */
function topicSettings(
  name: string,
  values: Readonly<Record<string, ConfigValue>>,
  minInsyncReplicas: number,
): ForeignSetting[] {
  const own = (key: string) => (values[key]?.source === "topic" ? values[key].value : undefined);
  const unclean = own("unclean.leader.election.enable") === "true" ? ["unclean.leader.election.enable"] : [];
  const copies = Number(own("min.insync.replicas") ?? minInsyncReplicas) < minInsyncReplicas;
  const broken = [...unclean, ...(copies ? ["min.insync.replicas"] : [])].map((key): ForeignSetting => ({
    on: "topic",
    what: `topic ${name}: ${key}=${own(key)}`,
    ...(name.startsWith("__") ? { undo: { type: "topic", name, remove: [key] } } : {}),
  }));
  return isUnlimited(name, values)
    ? [...broken, { on: "topic", what: `topic ${name}: it has no limit by size` }]
    : broken;
}

/** Whether a topic may fill the disks. Kafka's own are compacted, and grow with the groups and producers alone. */
function isUnlimited(name: string, values: Readonly<Record<string, ConfigValue>>): boolean {
  const { "cleanup.policy": policy, "retention.bytes": bytes } = values;
  if (policy === undefined || bytes === undefined) return false;
  return policy.value.includes("delete") ? Number(bytes.value) < 0 : !name.startsWith("__");
}

/** The changes that take back what breaks a promise, one for each broker and topic. */
export function undoing(foreign: readonly ForeignSetting[]): ConfigChange[] {
  const changes = new Map<string, ConfigChange>();
  for (const { undo } of foreign) {
    if (undo === undefined) continue;
    const key = `${undo.type} ${undo.name}`;
    const before = changes.get(key);
    changes.set(key, {
      ...undo,
      set: { ...before?.set, ...undo.set },
      remove: [...(before?.remove ?? []), ...(undo.remove ?? [])],
    });
  }
  return [...changes.values()];
}
