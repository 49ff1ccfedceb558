import { sum } from "../sum";
import type { Settings, Workload } from "../../settings/settings";
import { instanceFacts, type InstanceFacts } from "../node/instanceTypes";
import { vcpusForBothCompilers } from "../node/jvm";
import { planNodes, type PlannedNode } from "../node/nodes";
import { partitionShares } from "./partitionShares";
import { usableShare } from "./diskLimits";
import { zoneMembers } from "../placement/topicPlacement";
import { placementOf } from "../placement/placement";

/*
 * What each broker carries of the declared workload, and what its machine gives for good: baselines, not the bursts of
 * the first half hour. Counted partition by partition over the placement that the program gives its topics, so that a
 * broker which would be the leader of too much is seen. MB/s are 10^6 bytes a second everywhere.
 */

/** Which resource limits what a broker takes in. */
export type Limit = "network" | "instance EBS bandwidth" | "volume throughput" | "CPU";

/** The traffic of one broker, MB/s. */
export interface BrokerTraffic {
  /** What it gets from producers, and from leaders whose events it copies. */
  readonly networkInMBps: number;
  /** What it sends to its followers and to consumers. */
  readonly networkOutMBps: number;
  readonly diskWriteMBps: number;
  /** What the page cache no longer has. */
  readonly diskReadMBps: number;
}

/** The broker that is nearest to a limit. */
export interface BusiestBroker extends BrokerTraffic {
  /** `kafka-3`. */
  readonly broker: string;
  /** The share of each limit that the broker takes, 1 = all of it. */
  readonly shares: Readonly<Record<Limit, number>>;
}

/** One state of the cluster, with the load that it then has to carry. */
export interface Scenario {
  /**
   * `all brokers`, `one broker away`, `any 2 brokers away`, `a zone away`, `one broker catches up`, `the database
   * catches up`.
   */
  readonly name: string;
  /** The brokers that are away: of all sets that the name stands for the worst, e.g. `["kafka-1", "kafka-4"]`. */
  readonly away: readonly string[];
  readonly busiest: BusiestBroker;
  readonly limitedBy: Limit;
  /** 1 less the share of the limit that is taken; below 0 it can't be carried. */
  readonly headroom: number;
  /** MB/s of events (before compression, peak included) at which the limit is reached. */
  readonly maxIngestMBps: number;
}

/** The most that any broker needs of each resource in any of the states, MB/s. */
export interface Demand {
  /** Traffic in one direction. */
  readonly networkMBps: number;
  /** Reading and writing together. */
  readonly diskMBps: number;
  /** Traffic in and out together, which is what costs the CPU. */
  readonly cpuMBps: number;
}

/** What the cluster carries, in each state that the plan looks at. */
export interface Capacity {
  /** Every state that is looked at, in the order of their names in `Scenario`. */
  readonly scenarios: readonly Scenario[];
  /** The scenario with the least headroom. */
  readonly tightest: Scenario;
  readonly demand: Demand;
  /** The limits of a broker, MB/s. */
  readonly limits: Readonly<Record<Limit, number>>;
  /** Copies of partitions on a broker, Kafka's own topics included. */
  readonly partitionsPerBroker: number;
  /** The page cache of a broker, and for how many seconds it keeps what is written at the peak. */
  readonly pageCache: { readonly MiB: number; readonly seconds: number };
  /**
   * Minutes that a broker which was away for ten minutes, or comes back with an empty disk, needs to catch up at the
   * mean load; null: it never does.
   */
  readonly catchUpMinutes: { readonly afterTenMinutes: number | null; readonly withEmptyDisk: number | null };
}

/**
 * Bytes that an event takes beside its own in a batch (KIP-98's record format: lengths, offset and time deltas,
 * attributes).
 */
const recordOverheadBytes = 8;
/** MiB that the system and the JVM outside its heap take. */
export const systemMiB = 512;
/**
 * Seconds of writes that the page cache is to keep (Kafka's documentation: 30); with less, consumers are counted as
 * reading from the disk.
 */
export const cachedSeconds = 30;
/**
 * How much faster a broker catches up than events come in: more slowly it would take for ever. `balance` has the same
 * factor.
 */
const catchUpFactor = 1.5;
/** How much faster a database that was down reads than producers send. */
const databaseCatchUpFactor = 2;
/** Partitions of Kafka's own topics for consumer offsets and transactions. */
const internalPartitions = 100;
/** The most sets of brokers that are looked at for one scenario. */
const maximumCombinations = 400;
/**
 * MB/s in and out together that one vCPU carries as compressed batches; a leader unpacks each to check it. Measured:
 * 109 to 130 with events in batches of 128 KiB, which gzip makes 7 times smaller, 224 to 250 in batches of 512 KiB
 * (docs/capacity.md). The least of them, as producers with keys fill their batches less well.
 * Where the JVM compiles once, 1.6 times fewer (docs/decisions/0032).
 */
export const brokerMBpsPerVcpu = (vcpus: number): number => (vcpus < vcpusForBothCompilers ? 70 : 110);

/** The share of each vCPU of t3, t3a and t4g that lasts (EC2 User Guide, "burstable performance instances"). */
const burstableBaseline: Readonly<Record<string, number>> = {
  nano: 0.05,
  micro: 0.1,
  small: 0.2,
  medium: 0.2,
  large: 0.3,
  xlarge: 0.4,
  "2xlarge": 0.4,
};

/** Bytes that producers send over the network for each byte of an event. */
export function wireFactorOf({ eventBytes, compressionRatio }: Workload): number {
  return (1 + recordOverheadBytes / eventBytes) / compressionRatio;
}

/** Bytes that producers send over the network for each byte of an event, at the settings' workload. */
export const wireFactor = ({ workload }: Settings): number => wireFactorOf(workload);

/** Bytes a second that producers send over the network at the declared load, the mean of all topics together. */
export const wireBytesPerSecond = (settings: Settings): number =>
  settings.workload.ingestMBps * wireFactor(settings) * 1e6;

/** The lasting limits of a machine of this type, whatever its volume gives, MB/s; see `brokerLimits`. */
export function machineLimits(facts: InstanceFacts): Readonly<Record<Exclude<Limit, "volume throughput">, number>> {
  const network = (facts.networkGbps * 1000) / 8;
  return {
    network,
    // Types before EBS had a bandwidth of its own share the network's.
    "instance EBS bandwidth": facts.ebsMbps === 0 ? network : facts.ebsMbps / 8,
    CPU: cpuMBps(facts),
  };
}

/** The lasting limits of one broker, MB/s: its network in each direction, its disk reading and writing together. */
export function brokerLimits(settings: Settings): Readonly<Record<Limit, number>> {
  const { brokers } = settings;
  return {
    ...machineLimits(instanceFacts(brokers.instanceType, settings)),
    "volume throughput": brokers.volumeThroughputMiBps * 1.048576,
  };
}

/** The MB/s in and out together that the type's CPUs carry for good. */
function cpuMBps({ type, vcpus }: InstanceFacts): number {
  const [family = "", size = ""] = type.split(".");
  return vcpus * brokerMBpsPerVcpu(vcpus) * (/^t\d/.test(family) ? (burstableBaseline[size] ?? 1) : 1);
}

/**
 * Computes what the brokers carry in each state. All partitions get the same many events, or as `partitionShares` says.
 *
 * @param placement of all topics, as `placementOf` gives it
 * @param limits of a broker
 */
export function planCapacity(
  settings: Settings,
  placement = placementOf(settings),
  limits: Readonly<Record<Limit, number>> = brokerLimits(settings),
): Capacity {
  const cluster = clusterOf(settings, placement, limits);
  const { workload, brokers } = settings;
  const mean = workload.ingestMBps * wireFactor(settings);
  const peak = mean * workload.peakFactor;
  const tolerated = brokers.replicationFactor - brokers.minInsyncReplicas;

  let demand: Demand = { networkMBps: 0, diskMBps: 0, cpuMBps: 0 };
  const worst = (name: string, sets: readonly (readonly number[])[], state: (away: readonly number[]) => State) =>
    sets
      .map((away) => {
        const loads = traffic(cluster, state(away), settings);
        demand = loads.reduce(more, demand);
        return scenario(name, away, state(away), loads, cluster, settings);
      })
      .reduce((tightest, one) => (one.headroom < tightest.headroom ? one : tightest));
  const ids = cluster.nodes.map((_, index) => index);
  const each = ids.map((id) => [id]);
  const without = (away: readonly number[]): State => ({ wire: peak, away, catchingUp: undefined, catchUpReads: 0 });
  const sets = subsets(ids, tolerated);
  const scenarios = [
    worst("all brokers", [[]], without),
    worst("one broker away", each, without),
    ...(tolerated < 2 ? [] : [worst(`any ${tolerated} brokers away`, sets, without)]),
    worst("a zone away", zoneMembers(cluster.nodes), without),
    worst("one broker catches up", each, (away) => ({ wire: mean, away, catchingUp: away[0], catchUpReads: 0 })),
    ...(workload.consumerGroups === 0
      ? []
      : [
          worst("the database catches up", [[]], (away) => ({
            wire: mean,
            away,
            catchingUp: undefined,
            catchUpReads: databaseCatchUpFactor,
          })),
        ]),
  ];
  return {
    scenarios,
    tightest: scenarios.reduce((tightest, one) => (one.headroom < tightest.headroom ? one : tightest)),
    demand,
    limits: cluster.limits,
    partitionsPerBroker: Math.ceil(
      ((settings.topics.reduce((sum, { partitions }) => sum + partitions, 0) + internalPartitions) *
        brokers.replicationFactor) /
        brokers.count,
    ),
    pageCache: { MiB: cluster.cacheMiB, seconds: cachedFor(cluster, peak, settings) },
    catchUpMinutes: catchUpMinutes(cluster, mean, settings),
  };
}

/** The traffic of every broker at the declared mean load while all run. */
export function meanTraffic(settings: Settings, placement = placementOf(settings)): readonly BrokerTraffic[] {
  const cluster = clusterOf(settings, placement, brokerLimits(settings));
  const wire = settings.workload.ingestMBps * wireFactor(settings);
  return traffic(cluster, { wire, away: [], catchingUp: undefined, catchUpReads: 0 }, settings);
}

interface Cluster {
  readonly nodes: readonly PlannedNode[];
  /** The positions of the brokers that have each partition, the preferred leader first. */
  readonly partitions: readonly (readonly number[])[];
  readonly limits: Readonly<Record<Limit, number>>;
  readonly cacheMiB: number;
}

/** The load that the cluster has in one of its states. Brokers are positions. */
interface State {
  /** MB/s that producers send over the network. */
  readonly wire: number;
  readonly away: readonly number[];
  /** The one of `away` that is back and fetches what it has missed. */
  readonly catchingUp: number | undefined;
  /** How many times as fast as new events come one group reads old ones, from the disk; 0: none does. */
  readonly catchUpReads: number;
}

function clusterOf(
  settings: Settings,
  placement: readonly (readonly number[])[],
  limits: Readonly<Record<Limit, number>>,
): Cluster {
  const { brokers } = settings;
  const nodes = planNodes(settings).brokers;
  const position = new Map(nodes.map(({ id }, index) => [id, index]));
  const heapMiB = nodes[0]?.heapMiB ?? 0;
  return {
    nodes,
    partitions: placement.map((replicas) => replicas.map((id) => position.get(id) ?? 0)),
    cacheMiB: Math.max(0, instanceFacts(brokers.instanceType, settings).memoryMiB - heapMiB - systemMiB),
    limits,
  };
}

function scenario(
  name: string,
  away: readonly number[],
  state: State,
  loads: readonly BrokerTraffic[],
  { limits, nodes }: Cluster,
  settings: Settings,
): Scenario {
  const busiest = loads
    .map((load, index): BusiestBroker => {
      const { networkMBps, diskMBps, cpuMBps } = needs(load);
      const shares: Record<Limit, number> = {
        network: networkMBps / limits.network,
        "instance EBS bandwidth": diskMBps / limits["instance EBS bandwidth"],
        "volume throughput": diskMBps / limits["volume throughput"],
        CPU: cpuMBps / limits.CPU,
      };
      return { broker: nodes[index]?.name ?? "", ...load, shares };
    })
    .reduce((most, one) => (largest(one.shares)[1] > largest(most.shares)[1] ? one : most));
  const [limitedBy, share] = largest(busiest.shares);
  return {
    name,
    away: away.map((index) => nodes[index]?.name ?? ""),
    busiest,
    limitedBy,
    headroom: 1 - share,
    maxIngestMBps: state.wire / share / wireFactor(settings),
  };
}

function needs({ networkInMBps, networkOutMBps, diskWriteMBps, diskReadMBps }: BrokerTraffic): Demand {
  return {
    networkMBps: Math.max(networkInMBps, networkOutMBps),
    diskMBps: diskWriteMBps + diskReadMBps,
    cpuMBps: networkInMBps + networkOutMBps,
  };
}

function more(demand: Demand, load: BrokerTraffic): Demand {
  const { networkMBps, diskMBps, cpuMBps } = needs(load);
  return {
    networkMBps: Math.max(demand.networkMBps, networkMBps),
    diskMBps: Math.max(demand.diskMBps, diskMBps),
    cpuMBps: Math.max(demand.cpuMBps, cpuMBps),
  };
}

function largest(shares: Readonly<Record<Limit, number>>): [Limit, number] {
  return (Object.entries(shares) as [Limit, number][]).reduce((most, one) => (one[1] > most[1] ? one : most));
}

/** The traffic of every broker, by position; of those that are away none. */
function traffic(cluster: Cluster, state: State, settings: Settings): BrokerTraffic[] {
  const { nodes, partitions } = cluster;
  const { minInsyncReplicas } = settings.brokers;
  const { consumerGroups, readNearestCopy } = settings.workload;
  const loads = nodes.map(() => ({ networkInMBps: 0, networkOutMBps: 0, diskWriteMBps: 0, diskReadMBps: 0 }));
  const at = (index: number) => loads[index] as (typeof loads)[number];
  const zones = [...new Set(nodes.map(({ zone }) => zone))];
  const warm = cachedFor(cluster, state.wire, settings) >= cachedSeconds;
  const liveCopies = partitions.map((replicas) => replicas.filter((index) => !state.away.includes(index)));
  const shares = partitionShares(
    liveCopies.map(([leader]) => (leader === undefined ? undefined : nodes[leader]?.zone)),
    zones,
    settings.workload,
  );
  for (const [partition, replicas] of partitions.entries()) {
    const live = liveCopies[partition] ?? [];
    const each = state.wire * (shares[partition] ?? 0);
    const [leader] = live;
    // acks=all: nothing is written, and so nothing to be read, where too few copies are left.
    if (leader === undefined || live.length < minInsyncReplicas) continue;
    for (const index of live) {
      at(index).networkInMBps += each;
      at(index).diskWriteMBps += each;
    }
    at(leader).networkOutMBps += each * (live.length - 1);
    const { catchingUp } = state;
    if (catchingUp !== undefined && replicas.includes(catchingUp)) {
      at(catchingUp).networkInMBps += each * catchUpFactor;
      at(catchingUp).diskWriteMBps += each * catchUpFactor;
      at(leader).networkOutMBps += each * catchUpFactor;
      at(leader).diskReadMBps += each * catchUpFactor;
    }
    // Every zone has as many of the consumers.
    for (const zone of zones) {
      const near = readNearestCopy ? live.filter((index) => nodes[index]?.zone === zone) : [];
      const readers = near.length > 0 ? near : [leader];
      for (const index of readers) {
        const share = each / zones.length / readers.length;
        const groups = state.catchUpReads > 0 ? consumerGroups - 1 + state.catchUpReads : consumerGroups;
        at(index).networkOutMBps += share * groups;
        at(index).diskReadMBps +=
          share * (state.catchUpReads + (warm ? 0 : consumerGroups - (state.catchUpReads > 0 ? 1 : 0)));
      }
    }
  }
  return loads;
}

/** Seconds for which a broker's page cache keeps what is written. */
function cachedFor({ cacheMiB }: Cluster, wire: number, { brokers }: Settings): number {
  return (cacheMiB * 1.048576) / ((wire * brokers.replicationFactor) / brokers.count);
}

/** Minutes that catching up takes, as the returning broker's network and disk and what the others have left allow. */
function catchUpMinutes(cluster: Cluster, mean: number, settings: Settings): Capacity["catchUpMinutes"] {
  const { brokers } = settings;
  const share = (mean * brokers.replicationFactor) / brokers.count;
  const { limits } = cluster;
  const disk = Math.min(limits["instance EBS bandwidth"], limits["volume throughput"]);
  const others = traffic(cluster, { wire: mean, away: [0], catchingUp: undefined, catchUpReads: 0 }, settings).slice(1);
  const spare = (load: BrokerTraffic) =>
    Math.max(0, Math.min(limits.network - load.networkOutMBps, disk - load.diskWriteMBps - load.diskReadMBps));
  // Beyond what comes in meanwhile.
  const rate = Math.min(limits.network, disk, sum(others.map(spare))) - share;
  const minutes = (megabytes: number) => (rate <= 0 ? null : megabytes / rate / 60);
  const full = brokers.volumeGiB * 1073.741824 * usableShare;
  return { afterTenMinutes: minutes(600 * share), withEmptyDisk: minutes(full) };
}

/**
 * Every set of `size` items; where they are more than `maximumCombinations`, those at even distances from one another.
 */
function subsets(items: readonly number[], size: number): number[][] {
  const found: number[][] = [];
  const extend = (chosen: readonly number[], from: number): void => {
    if (found.length > maximumCombinations) return;
    if (chosen.length === size) found.push([...chosen]);
    else for (let index = from; index < items.length; index++) extend([...chosen, items[index] as number], index + 1);
  };
  extend([], 0);
  if (found.length <= maximumCombinations) return found;
  const distances = Math.max(1, Math.floor(maximumCombinations / items.length));
  return Array.from({ length: distances }, (_, index) => index + 1).flatMap((distance) =>
    items
      .map((_, start) => [
        ...new Set(Array.from({ length: size }, (__, step) => (start + step * distance) % items.length)),
      ])
      .filter((set) => set.length === size),
  );
}
