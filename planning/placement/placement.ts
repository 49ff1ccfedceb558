import type { Settings } from "../../settings/settings";
import { planNodes } from "../node/nodes";
import { placeTopic } from "./topicPlacement";

/** Broker ids of the copies of each partition of one topic, the preferred leader first. */
export type TopicPlacement = readonly (readonly number[])[];

/** The latest placements, few at a time: a search over many sizes asks for the same ones again and again. */
const known = new Map<string, readonly TopicPlacement[]>();
const mostKnown = 16;

/** The placement of every topic of the settings, in their order. */
export function topicPlacements(settings: Settings): readonly TopicPlacement[] {
  const { count, replicationFactor, minInsyncReplicas } = settings.brokers;
  const { zones } = settings.network;
  const partitions = settings.topics.map((topic) => topic.partitions);
  const key = JSON.stringify([count, replicationFactor, minInsyncReplicas, zones, partitions]);
  const found = known.get(key) ?? placed(settings, partitions);
  known.delete(key);
  known.set(key, found);
  for (const oldest of [...known.keys()].slice(0, Math.max(0, known.size - mostKnown))) known.delete(oldest);
  return found;
}

/**
 * The brokers of every partition of all topics, the preferred leader first; of a cluster without topics those that an
 * evenly placed one would have. For what is reckoned over all of them.
 */
export function placementOf(settings: Settings): TopicPlacement {
  if (settings.topics.length > 0) return topicPlacements(settings).flat();
  return placed(settings, [3 * settings.brokers.count]).flat();
}

function placed(settings: Settings, partitions: readonly number[]): TopicPlacement[] {
  const { replicationFactor, minInsyncReplicas } = settings.brokers;
  const { brokers } = planNodes(settings);
  return partitions.map((number, topicIndex) =>
    placeTopic({ partitions: number, replicationFactor, minInsyncReplicas, brokers, topicIndex }),
  );
}
