/** A place in a flow network. */
export interface FlowNode {
  /** The flow that still has to leave it (negative: to reach it). */
  excess: number;
  /** The shift of the prices around it, so that no open arc has a negative one. */
  potential: number;
  /** The distance from where the search began; Infinity: not reached. */
  distance: number;
  settled: boolean;
  via: FlowArc | undefined;
  readonly arcs: FlowArc[];
}

/** An arc in one direction; `reverse` takes its flow back. */
export interface FlowArc {
  readonly from: FlowNode;
  readonly to: FlowNode;
  readonly cost: number;
  /** The flow that it can still take. */
  room: number;
  reverse: FlowArc;
}

/**
 * A network in which the cheapest flow is looked for: what the nodes supply reaches those that demand it, and no arc
 * carries more than its capacity. The method is that of successive shortest paths (Ahuja, Magnanti, Orlin: Network
 * Flows, 9.7), begun at a flow that may be wrong but that nothing could make cheaper: the less is wrong with it, the
 * sooner it is done. The costs are exact while sums of them stay below 2^53. The same network gives the same flow.
 */
export class FlowNetwork {
  readonly #nodes: FlowNode[] = [];

  /**
   * Adds a place.
   * @param supply the flow that begins here (negative: that ends here)
   */
  node(supply = 0): FlowNode {
    const node: FlowNode = {
      excess: supply,
      potential: 0,
      distance: Infinity,
      settled: false,
      via: undefined,
      arcs: [],
    };
    this.#nodes.push(node);
    return node;
  }

  /**
   * Adds an arc.
   * @param cost of each unit
   * @param begin what it carries at first, where that is not decided by the cost: below 0 it begins full, above 0 empty
   */
  arc(from: FlowNode, to: FlowNode, capacity: number, cost = 0, begin = 0): FlowArc {
    const flow = cost < 0 ? capacity : cost > 0 ? 0 : Math.min(begin, capacity);
    const arc = { from, to, cost, room: capacity - flow } as FlowArc;
    arc.reverse = { from: to, to: from, cost: -cost, room: flow, reverse: arc };
    from.arcs.push(arc);
    to.arcs.push(arc.reverse);
    from.excess -= flow;
    to.excess += flow;
    return arc;
  }

  /** Makes the flow the cheapest one. Throws when the arcs can't carry what the nodes supply. */
  solve(): void {
    for (const node of this.#nodes) while (node.excess > 0) relieve(node);
  }
}

/** The flow that an arc carries. */
export function flowOf(arc: FlowArc): number {
  return arc.reverse.room;
}

/** Sends the excess of `source` to the nearest node that lacks some. */
function relieve(source: FlowNode): void {
  const reached: FlowNode[] = [];
  const target = nearestDemand(source, reached);
  const { distance } = target;
  for (const node of reached) {
    if (node.settled) node.potential += node.distance - distance;
    node.distance = Infinity;
    node.settled = false;
  }
  const path: FlowArc[] = [];
  for (let node = target; node !== source && node.via; node = node.via.from) path.push(node.via);
  const amount = Math.min(source.excess, -target.excess, ...path.map(({ room }) => room));
  for (const arc of path) {
    arc.room -= amount;
    arc.reverse.room += amount;
  }
  source.excess -= amount;
  target.excess += amount;
}

/** Dijkstra's search, which ends at the first node that lacks something. */
function nearestDemand(source: FlowNode, reached: FlowNode[]): FlowNode {
  const queue = new NodeQueue();
  source.distance = 0;
  reached.push(source);
  queue.add(source);
  for (let node = queue.next(); node; node = queue.next()) {
    if (node.settled) continue;
    node.settled = true;
    if (node.excess < 0) return node;
    for (const arc of node.arcs) {
      const { to } = arc;
      if (arc.room === 0 || to.settled) continue;
      const distance = node.distance + arc.cost + node.potential - to.potential;
      if (distance >= to.distance) continue;
      if (to.distance === Infinity) reached.push(to);
      to.distance = distance;
      to.via = arc;
      queue.add(to);
    }
  }
  throw new Error("the network can't carry what its nodes supply");
}

interface Entry {
  readonly distance: number;
  readonly node: FlowNode;
}

/** A binary heap that gives the nearest node first. A node that came nearer is in it twice. */
class NodeQueue {
  readonly #heap: Entry[] = [];

  add(node: FlowNode): void {
    const heap = this.#heap;
    const entry = { distance: node.distance, node };
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (!parent || parent.distance < entry.distance) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = entry;
  }

  next(): FlowNode | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || first === last) return first?.node;
    let place = 0;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const child = left && right && right.distance < left.distance ? right : left;
      if (!child || child.distance >= last.distance) break;
      heap[place] = child;
      place = child === left ? 2 * place + 1 : 2 * place + 2;
    }
    heap[place] = last;
    return first.node;
  }
}
