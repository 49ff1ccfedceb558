import { sum } from "../sum";
import { FlowNetwork, flowOf, type FlowArc } from "./minCostFlow";

/*
 * Which copy leads decides how many bytes go from zone to zone: followers fetch from the leader alone, so a copy costs
 * traffic wherever it is not in the leader's zone. A leader with another copy beside it saves one.
 */

/** How many copies of a partition are in another zone than the one that leads. */
export function copiesElsewhere<Broker>(
  copies: readonly Broker[],
  leader: Broker,
  zoneOf: (broker: Broker) => unknown,
): number {
  return copies.filter((broker) => zoneOf(broker) !== zoneOf(leader)).length;
}

/**
 * Leaders of which every broker has as many as in `leaders`, and with which the fewest bytes cross zones, if all
 * partitions get as much: `leaders` themselves where no others cross less. Partitions with the same copies are alike,
 * which keeps the network small.
 */
export function leastCrossing(
  copies: readonly (readonly number[])[],
  leaders: readonly number[],
  zoneOf: (broker: number) => unknown,
): number[] {
  const price = (partition: readonly number[], leader: number) => copiesElsewhere(partition, leader, zoneOf);
  const now = copies.map((partition, index) => price(partition, leaders[index] ?? -1));
  const best = copies.map((partition) => Math.min(...partition.map((broker) => price(partition, broker))));
  if (now.every((crossed, index) => crossed === best[index])) return [...leaders];

  const network = new FlowNetwork();
  const sink = network.node(-leaders.length);
  const brokers = new Map([...new Set(leaders)].map((broker) => [broker, network.node()] as const));
  for (const [broker, node] of brokers) network.arc(node, sink, leaders.filter((leader) => leader === broker).length);
  const alike = new Map<string, { readonly partitions: number[]; readonly arcs: Map<number, FlowArc> }>();
  for (const [index, partition] of copies.entries()) {
    const key = [...partition].sort((a, b) => a - b).join();
    const found = alike.get(key);
    if (found) found.partitions.push(index);
    else alike.set(key, { partitions: [index], arcs: new Map() });
  }
  for (const { partitions, arcs } of alike.values()) {
    const source = network.node(partitions.length);
    const partition = copies[partitions[0] ?? 0] ?? [];
    for (const broker of partition) {
      const node = brokers.get(broker);
      if (node) arcs.set(broker, network.arc(source, node, partitions.length, price(partition, broker)));
    }
  }
  network.solve();

  const chosen = [...leaders];
  for (const { partitions, arcs } of alike.values()) {
    const left = new Map([...arcs].map(([broker, arc]) => [broker, flowOf(arc)]));
    const take = (broker: number): boolean => {
      const number = left.get(broker) ?? 0;
      if (number > 0) left.set(broker, number - 1);
      return number > 0;
    };
    // Whoever can goes on leading.
    for (const index of partitions.filter((one) => !take(leaders[one] ?? -1))) {
      const next = [...left].find(([, number]) => number > 0)?.[0] ?? -1;
      chosen[index] = next;
      take(next);
    }
  }
  const crossed = sum(copies.map((partition, index) => price(partition, chosen[index] ?? -1)));
  return crossed < sum(now) ? chosen : [...leaders];
}
