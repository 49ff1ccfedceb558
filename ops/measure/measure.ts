import { setTimeout as pause } from "node:timers/promises";
import type { Measurements } from "../../planning/autosize/measurements";
import type { ClusterDescription, ClusterNode } from "../../planning/cluster/clusterDescription";
import { onNode } from "../evidence";
import { describeMissing, type Missing } from "../gateVerdict";
import { clusterAdmin, observeKafka } from "../kafkaClient";
import { kafkaVerdict } from "../kafkaGate";
import { zooKeeperVerdict, observeZooKeeper } from "../zookeeperGate";
import { appendedBytesPerDay, type LogObservation } from "./appended";
import { countersScript, parseCounters, ratesBetween, type NodeCounters } from "./nodeCounters";

/** The parts of the cluster that a measurement asks. */
export interface MeasuredWorld {
  readonly admin: {
    logDirs(): Promise<LogObservation["logDirs"]>;
    reassignments(): Promise<readonly unknown[]>;
  };
  /** The faults that the cluster has. */
  missing(): Promise<readonly Missing[]>;
  /** The output of the script of `nodeCounters` on that node. */
  counters(node: ClusterNode): Promise<string>;
  pause(ms: number): Promise<void>;
  now(): number;
}

/**
 * Seconds between two observations of the logs: short against the time in which a log grows to a segment, so that few
 * intervals have a deletion.
 */
const logIntervalSeconds = 10;
/** The longest silence in seconds. */
const reportSeconds = 5;
/** Seconds for a node's counters, which take 0.3 s. */
const nodeSeconds = 20;

/**
 * Measures for some time what a healthy cluster does. Throws when it is not whole or copies are under way, at the start
 * or at the end: what it does then is no measure of its size.
 */
export async function measure(
  cluster: ClusterDescription,
  seconds: number,
  report: (line: string) => void,
  world: MeasuredWorld = realWorld(cluster),
): Promise<Measurements> {
  await requireCalm(world);
  const before = await countersOf(cluster, world);
  const observations = [await observeLogs(world)];
  const started = world.now();
  const left = () => Math.ceil(seconds - (world.now() - started) / 1000);
  while (left() > 0) {
    report(`measuring ${cluster.clusterName} (${left()} s left)`);
    await world.pause(1000 * Math.min(reportSeconds, left()));
    const last = observations.at(-1)?.atMs ?? 0;
    if (left() <= 0 || world.now() - last >= logIntervalSeconds * 1000) observations.push(await observeLogs(world));
  }
  const after = await countersOf(cluster, world);
  await requireCalm(world);
  const counted = (counters: ReadonlyMap<string, NodeCounters>, { name }: ClusterNode) => {
    const found = counters.get(name);
    if (found === undefined) throw new Error(`${name} was not looked at`);
    return found;
  };
  return {
    seconds,
    brokers: cluster.brokers.map((node) => ({
      node: node.name,
      usedBytes: counted(after, node).usedBytes,
      writtenBytesPerDay: appendedBytesPerDay(node.id, observations),
      ...ratesBetween(node.name, counted(before, node), counted(after, node)),
    })),
    zookeeper: cluster.zookeeper.map((node) => ({ node: node.name, usedBytes: counted(after, node).usedBytes })),
  };
}

async function requireCalm(world: MeasuredWorld): Promise<void> {
  const wrong = await world.missing();
  if (wrong.length > 0) {
    throw new Error(
      `the cluster is not whole, so that what it does is no measure of its size: ${describeMissing(wrong)}; ` +
        "wait until it is (kafka-ops gate zookeeper, gate kafka) and measure again",
    );
  }
  const moving = await world.admin.reassignments();
  if (moving.length > 0) {
    throw new Error(
      `copies of ${moving.length} partitions are being moved: measure again when that has ended (kafka-ops ` +
        "balance ends it)",
    );
  }
}

async function observeLogs(world: MeasuredWorld): Promise<LogObservation> {
  const logDirs = await world.admin.logDirs();
  return { atMs: world.now(), logDirs };
}

async function countersOf(
  { brokers, zookeeper }: ClusterDescription,
  world: MeasuredWorld,
): Promise<Map<string, NodeCounters>> {
  const observations = [...brokers, ...zookeeper].map(async (node) => {
    return [node.name, parseCounters(node.name, await world.counters(node))] as const;
  });
  return new Map(await Promise.all(observations));
}

function realWorld(cluster: ClusterDescription): MeasuredWorld {
  return {
    admin: clusterAdmin(cluster),
    async missing() {
      const [servers, brokers] = await Promise.all([
        observeZooKeeper(cluster.zookeeper),
        observeKafka(cluster.brokers),
      ]);
      return [...zooKeeperVerdict(servers).missing, ...kafkaVerdict(cluster, brokers).missing];
    },
    counters: ({ privateIp }) => onNode(cluster, privateIp, countersScript, nodeSeconds),
    pause,
    now: () => Date.now(),
  };
}
