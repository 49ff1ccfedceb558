import { sum } from "../sum";
import { FlowNetwork, flowOf, type FlowArc, type FlowNode } from "./minCostFlow";
import type { PlacementBroker } from "./topicPlacement";

/**
 * A partition that is to be given to brokers: its copies, or its leadership. Brokers are positions in the list of
 * brokers.
 */
export interface Demand {
  readonly topic: string;
  /** How many different brokers it gets. */
  readonly count: number;
  /** How many of them may be in one zone. */
  readonly perZone: number;
  /** The price of each broker that may have it: 0 or less for one that has it now, more than 0 for any other. */
  readonly prices: ReadonlyMap<number, number>;
  /** The part of the `count` that each broker would get if it could be cut up. */
  readonly fairShares: readonly number[];
}

/** How far any broker may be from its fair share over many topics, so that two of them differ by 10 % at most. */
const totalTolerance = 0.05;

/**
 * Gives every demand its brokers at the lowest price there is. Each broker gets its fair share, rounded down or up, of
 * each topic; and the same, or within `totalTolerance`, of all topics with as many copies and of all there are. Where
 * that can't be, as little as possible is missed, and of a topic last.
 *
 * One flow through demand -> (demand, zone) -> (topic, broker) -> (topics with as many copies, broker) -> broker ->
 * sink, begun at what the brokers have now.
 */
export function assignEvenly(demands: readonly Demand[], brokers: readonly PlacementBroker[]): number[][] {
  const network = new FlowNetwork();
  // More than any detour can save.
  const penalty = 1 + brokers.length * sum(demands.map(({ prices }) => Math.max(0, ...prices.values())));
  // More than any detour can save in penalties on the way from there.
  const topicPenalty = penalty * 2 * brokers.length;

  /**
   * For each broker a node for `part` of the demands, which leads on to `next`: outside its fair share at the penalty.
   */
  const layer = (part: readonly Demand[], next: readonly FlowNode[], missing: number, tolerance = 0): FlowNode[] =>
    next.map((to, broker) => {
      const share = sum(part.map(({ fairShares }) => fairShares[broker] ?? 0));
      const least = Math.min(roundDown(share), roundUp(share * (1 - tolerance)));
      const most = Math.max(roundUp(share), roundDown(share * (1 + tolerance)));
      const held = part.filter(({ prices }) => (prices.get(broker) ?? 1) <= 0).length;
      const from = network.node();
      network.arc(from, to, least, -missing);
      network.arc(from, to, most - least, 0, Math.max(0, held - least));
      network.arc(from, to, Infinity, missing);
      return from;
    });

  const sink = network.node(-sum(demands.map(({ count }) => count)));
  const sinks = brokers.map(() => sink);
  const totals = layer(demands, sinks, penalty, totalTolerance);
  const ofTopic = new Map<string, FlowNode[]>();
  const topics = grouped(demands, ({ topic }) => topic);
  for (const [, alike] of grouped([...topics], ([, [first]]) => first?.count)) {
    const all = alike.flatMap(([, part]) => part);
    const subtotals = layer(all, totals, penalty, totalTolerance);
    for (const [topic, part] of alike) ofTopic.set(topic, layer(part, subtotals, topicPenalty));
  }
  const choices = demands.map(({ topic, count, perZone, prices }) => {
    const demand = network.node(count);
    const arcs = new Map<number, FlowArc>();
    for (const [, candidates] of grouped([...prices], ([broker]) => brokers[broker]?.zone)) {
      const zone = network.node();
      network.arc(demand, zone, perZone, 0, candidates.filter(([, price]) => price <= 0).length);
      for (const [broker, price] of candidates) {
        const node = ofTopic.get(topic)?.[broker];
        if (node) arcs.set(broker, network.arc(zone, node, 1, price, 1));
      }
    }
    return arcs;
  });
  network.solve();
  return choices.map((arcs) => [...arcs].filter(([, arc]) => flowOf(arc) > 0).map(([broker]) => broker));
}

/** The error that the computer's rounding may make where sums of shares are whole numbers. */
const roundingError = 1e-6;

/** The value rounded down, but up where only the computer's rounding has left it below a whole number. */
export function roundDown(value: number): number {
  return Math.floor(value + roundingError);
}

function roundUp(value: number): number {
  return Math.ceil(value - roundingError);
}

/** The items by their keys, in the order in which each key first appears. */
export function grouped<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
