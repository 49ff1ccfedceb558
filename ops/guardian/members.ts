import type { ClusterNode } from "../../planning/cluster/clusterDescription";
import { observeKafka } from "../kafkaClient";
import type { KafkaObservation } from "../kafkaGate";

/** The ids of the brokers that one broker knows, or the reason for which it says nothing. */
export type MembersObservation =
  { readonly node: string; readonly members: readonly number[] } | { readonly node: string; readonly problem: string };

/** Asks every broker at once for the brokers that it knows. Never rejects. */
export async function observeMembers(brokers: readonly ClusterNode[]): Promise<MembersObservation[]> {
  return (await observeKafka(brokers, "none")).map(membersOf);
}

/** The ids of the brokers that an observation has. */
export function membersOf(one: KafkaObservation): MembersObservation {
  return "view" in one ? { node: one.node, members: one.view.brokers.map(({ id }) => id) } : one;
}
