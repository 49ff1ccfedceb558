/** Counts what crosses zones while a client host writes and reads, by what its clients do to keep it down. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileJava } from "../../artifacts/compileJava";
import { fetchJars, pinnedJars } from "../../artifacts/jars";
import { repository } from "../../artifacts/repository";
import type { StackOutputs } from "../../planning/cluster/outputs";
import type { Settings } from "../../settings/settings";
import { nodeSubnets } from "../drills/clientSubnet";
import { Interrupted } from "../drills/interruptible";
import type { Machines, Traffic } from "../drills/machines";
import { runBenchJob } from "./clientJob";
import { jobSeconds, measurementsOf } from "./phases";
import { benchTopic } from "./topic";
import { crossed, monthlyUsdOf, predictedCrossings, zoneCases, type ZoneCase, type ZoneResult } from "./zoneCases";

/** The parts of a stack that the count uses. */
export interface ZoneWorld {
  readonly settings: Settings;
  readonly outputs: StackOutputs;
  readonly machines: Machines;
  readonly seconds: number;
  /** MB/s of the producer; low enough for the consumer to keep up. */
  readonly rateMBps: number;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Counts in one case after the other, from the first zone. Throws Interrupted. */
export async function countCrossings(
  world: ZoneWorld,
  onResult: (results: readonly ZoneResult[]) => void,
): Promise<void> {
  const { settings, outputs, report, signal } = world;
  const [subnet] = await nodeSubnets(outputs);
  if (subnet === undefined) throw new Error("the stack's outputs name no subnet; run an update of the stack");
  const javaClasses = await partitionerClasses(settings.kafka.version);
  const results: ZoneResult[] = [];
  for (const [index, one] of zoneCases.entries()) {
    if (signal.aborted) throw new Interrupted();
    report(`\n${index + 1} of ${zoneCases.length}: ${one.name}`);
    results.push(await countCase(world, one, subnet, javaClasses));
    onResult(results);
  }
}

async function countCase(
  { settings, outputs, machines, seconds, rateMBps, report, signal }: ZoneWorld,
  one: ZoneCase,
  { zone, subnetId }: { readonly zone: string; readonly subnetId: string },
  javaClasses: Readonly<Record<string, string>>,
): Promise<ZoneResult> {
  const { replicaAssignment, config } = benchTopic(machines.cluster, "ours", { phases: ["rate"], topicSettings: {} });
  const measurements = measurementsOf(["rate"], 1);
  const rack = { "client.rack": zone };
  const partitioner = one.partitioner === "java" ? { "partitioner.class": "ZonePartitioner", ...rack } : {};
  let address = "";
  const counts: Promise<readonly Traffic[]>[] = [];
  const { measured, failure } = await runBenchJob({
    network: {
      ...outputs,
      admit: (given) => {
        address = given;
        return machines.admit(given);
      },
    },
    subnetIds: [subnetId],
    parameters: {
      id: randomBytes(4).toString("hex"),
      against: "ours",
      brokers: outputs.brokers,
      clientProperties: outputs.clientProperties,
      // So that what each request takes beside its events counts little.
      producerSettings: { "compression.type": "none", ...partitioner },
      payload: "random",
      consumerSettings: one.readNearestCopy ? rack : {},
      javaClasses,
      kafkajsZone: one.partitioner === "kafkajs" ? zone : undefined,
      replicaAssignment,
      config,
      producers: 1,
      seconds,
      rateMBps,
      measurements,
      deadlineSeconds: jobSeconds(measurements, seconds),
    },
    onCue: () => Promise.resolve(),
    report: (line) => {
      report(line);
      // Every 5 s while the load is on, once it has settled.
      if (!/ rate: [1-9]\d* events\/s/.test(line)) return;
      const count = machines.traffic();
      count.catch(() => undefined);
      counts.push(count);
    },
    signal,
  });
  const [before, after] = [await counts[0], await counts.at(-1)];
  const [rate] = measured;
  if (rate === undefined) throw new Error(failure ?? "nothing was measured");
  if (before === undefined || after === undefined || counts.length < 2)
    throw new Error("the load was too short to be counted: give more --seconds");
  const brokers = machines.cluster.brokers.map(({ privateIp, zone }) => ({ address: privateIp, zone }));
  const crossings = crossed(before, after, { address, zone }, brokers);
  return {
    zoneCase: one,
    zone,
    MBps: rate.MBps,
    measured: crossings,
    predicted: predictedCrossings(settings, one, replicaAssignment, zone),
    usd: monthlyUsdOf(settings, crossings),
  };
}

/** The partitioner for Java of examples/consumer, compiled: base64 by file name. */
export async function partitionerClasses(kafkaVersion: string): Promise<Record<string, string>> {
  const jars = await fetchJars(pinnedJars("kafka", kafkaVersion));
  const folder = mkdtempSync(join(tmpdir(), "zone-partitioner-"));
  try {
    const source = join(repository, "examples", "consumer", "ZonePartitioner.java");
    const clients = jars.filter(({ name }) => name.startsWith("kafka-clients-"));
    await compileJava([source], clients, folder);
    return Object.fromEntries(
      readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString("base64")]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
