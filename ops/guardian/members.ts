import type { ClusterNode } from "../../planning/cluster/clusterDescription";
import { observeKafka } from "../kafkaClient";
import type { KafkaObservation } from "../kafkaGate";

/** One observation through one broker: the ids of the brokers that it knows, or why it says nothing. */
export type MembersObservation =
  { readonly node: string; readonly members: readonly number[] } | { readonly node: string; readonly problem: string };

/** One observation through every broker at once. Never rejects. */
export async function observeMembers(brokers: readonly ClusterNode[]): Promise<MembersObservation[]> {
  return (await observeKafka(brokers, "none")).map(membersOf);
}

export function membersOf(one: KafkaObservation): MembersObservation {
  return "view" in one ? { node: one.node, members: one.view.brokers.map(({ id }) => id) } : one;
}
