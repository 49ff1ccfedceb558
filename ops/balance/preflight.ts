import { sum } from "../../planning/sum";
import type { Move } from "../../planning/placement/replicaMoves";
import type { LogDir } from "../kafka/admin";
import type { ClusterView } from "../kafkaGate";
import { formatBytes } from "./format";
import {
  added,
  allPartitions,
  brokerName,
  brokerNames,
  copySizes,
  dropped,
  labelOf,
  largestCopy,
  wantedCopies,
  type WantedCluster,
} from "./placementNow";

/**
 * The largest share of a volume that a move may fill: segments are deleted late, and traffic goes on while copies are
 * under way.
 */
const largestShareOfDisk = 0.85;

const gibibyte = 1024 ** 3;

/**
 * The reasons for which nothing may be moved at all, one sentence each: too few brokers, or one of the settings that is
 * not in the cluster.
 */
export function clusterRefusals(cluster: WantedCluster, view: ClusterView): string[] {
  const refusals: string[] = [];
  const registered = new Set(view.brokers.map(({ id }) => id));
  const missing = cluster.brokers.filter(({ id }) => !registered.has(id)).map(({ id }) => id);
  if (missing.length > 0) {
    refusals.push(`${brokerNames(cluster, missing)}: in the settings, but not registered; repair the node first`);
  }
  const left = cluster.brokers.length;
  if (left < cluster.minimumRunning) {
    refusals.push(`brokerCount: ${left} brokers would be left, brokerMinimumRunning is ${cluster.minimumRunning}`);
  }
  for (const { name, partitions } of view.topics) {
    const copies = wantedCopies(cluster, name) ?? Math.max(0, ...partitions.map(({ replicas }) => replicas.length));
    if (copies > left) {
      refusals.push(
        `topic ${name} has ${copies} copies of a partition, ${left} brokers would be left: raise brokerCount, or ` +
          "lower its copies",
      );
    }
  }
  return refusals;
}

/**
 * The reasons for which partitions may not move: they lack a copy in sync which is not on a broker that goes. What is
 * hurt is not moved, or the last good copy might be the one that goes.
 */
export function replicaRefusals(cluster: WantedCluster, view: ClusterView, moves: readonly Move[]): string[] {
  const stays = new Set(cluster.brokers.map(({ id }) => id));
  const toMove = new Set(moves.map(labelOf));
  return allPartitions(view).flatMap((partition) => {
    if (!toMove.has(labelOf(partition))) return [];
    if (partition.leader < 0) return [`${labelOf(partition)} has no leader; start one of its brokers first`];
    const behind = partition.replicas.filter((id) => !partition.isr.includes(id) && stays.has(id));
    if (behind.length === 0) return [];
    return [
      `${labelOf(partition)} is not in sync on ${brokerNames(cluster, behind)}; wait until it is ` +
        "(kafka-ops gate kafka)",
    ];
  });
}

/** The reasons for which brokers may not gain data by the moves: they would be too full. */
export function diskRefusals(
  cluster: WantedCluster,
  logDirs: ReadonlyMap<number, readonly LogDir[]>,
  moves: readonly Move[],
): string[] {
  const gains = new Map<number, number>();
  const gain = (broker: number, bytes: number) => gains.set(broker, (gains.get(broker) ?? 0) + bytes);
  const sizes = copySizes(logDirs);
  for (const move of moves) {
    for (const broker of added(move)) gain(broker, move.bytes / added(move).length);
    for (const broker of dropped(move)) gain(broker, -largestCopy(sizes, move, [broker]));
  }
  return [...gains].flatMap(([broker, bytes]) => {
    const folders = logDirs.get(broker) ?? [];
    const total = sum(folders.map(({ totalBytes }) => totalBytes ?? 0));
    const used = total - sum(folders.map(({ usableBytes }) => usableBytes ?? 0));
    const after = used + bytes;
    if (bytes <= 0 || total === 0 || after <= largestShareOfDisk * total) return [];
    const grow = Math.ceil((after - largestShareOfDisk * total) / largestShareOfDisk / gibibyte);
    return [
      `${brokerName(cluster, broker)} would hold ${formatBytes(after)} of ${formatBytes(total)} ` +
        `(${Math.round((100 * after) / total)} %, at most ${largestShareOfDisk * 100} % is allowed): ` +
        `raise brokerVolumeGiB by at least ${grow}, or keep more brokers`,
    ];
  });
}
