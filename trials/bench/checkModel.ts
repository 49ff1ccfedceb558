/** Holds the capacity model against brokers whose network and disk the lab limits. */
import { randomBytes } from "node:crypto";
import type { StackOutputs } from "../../planning/cluster/outputs";
import { placeTopic } from "../../planning/placement/topicPlacement";
import type { Settings } from "../../settings/settings";
import { measureStack } from "../../stack/autosize/measureStack";
import { Interrupted } from "../drills/interruptible";
import type { Machines } from "../drills/machines";
import { makePayload } from "../jobs/bench/payload";
import type { OpsAccess } from "../../stack/opsAccess";
import { runBenchJob } from "./clientJob";
import { measuredBottleneck, modelCases, predict, type ModelCase, type ModelResult } from "./modelCases";
import { jobSeconds, measurementsOf } from "./phases";
import { benchTopic } from "./topic";

/** The parts of a stack that the check of the model uses. */
export interface ModelWorld {
  readonly settings: Settings;
  readonly outputs: StackOutputs;
  readonly machines: Machines;
  readonly access: OpsAccess;
  readonly seconds: number;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Seconds for which the brokers are measured while the producers write. */
const measureSeconds = 20;
const partitions = 15;

/** Measures one case after the other. The limits are gone afterwards, whatever happens. Throws Interrupted. */
export async function checkModel(
  world: ModelWorld,
  onResult: (results: readonly ModelResult[]) => void,
): Promise<void> {
  const { machines, report, signal } = world;
  const results: ModelResult[] = [];
  const limit = (limits: Pick<ModelCase, "networkMBps" | "diskMBps">) =>
    machines.lab(machines.cluster.brokers.map(({ name: node }) => ({ action: "limit", node, ...limits })));
  try {
    for (const [index, one] of modelCases.entries()) {
      if (signal.aborted) throw new Interrupted();
      const { networkMBps, diskMBps, copies, groups } = one;
      report(
        `\n${index + 1} of ${modelCases.length}: network ${networkMBps ?? "unlimited"}, disk ` +
          `${diskMBps ?? "unlimited"} MB/s, ${copies} copies, ${groups} groups`,
      );
      await limit({ networkMBps, diskMBps });
      results.push(await measureCase(world, one));
      await limit({});
      onResult(results);
    }
  } finally {
    await limit({});
  }
}

async function measureCase(world: ModelWorld, one: ModelCase): Promise<ModelResult> {
  const { settings, outputs, machines, access, seconds, report, signal } = world;
  const { cluster } = machines;
  const { copies, groups } = one;
  const { brokers, topics } = cluster;
  const placement = { partitions, replicationFactor: copies, minInsyncReplicas: cluster.minInsyncReplicas };
  const replicaAssignment = placeTopic({ ...placement, brokers, topicIndex: topics.length });
  const { config } = benchTopic(cluster, "ours", { copies, partitions, phases: ["rate"], topicSettings: {} });
  const measurements = measurementsOf(["rate"], groups);
  let measuring: Promise<ModelResult["measured"]> | undefined;
  const { measured, failure } = await runBenchJob({
    network: { ...outputs, admit: (address) => world.machines.admit(address) },
    parameters: {
      id: randomBytes(4).toString("hex"),
      against: "ours",
      brokers: outputs.brokers,
      clientProperties: outputs.clientProperties,
      // So that a byte of an event is a byte on the network and on the disk.
      producerSettings: { "compression.type": "none" },
      replicaAssignment,
      config,
      payload: "random",
      producers: 2,
      seconds,
      measurements,
      deadlineSeconds: jobSeconds(measurements, seconds),
    },
    onCue: () => Promise.resolve(),
    report: (line) => {
      report(line);
      // The producers are under way: what the brokers do now is what the limits allow.
      if (/ rate: [1-9]\d* events\/s/.test(line)) {
        measuring ??= measureStack(access, measureSeconds, () => undefined).then(
          (seen) => measuredBottleneck(one, seen.brokers),
          (error: Error) => {
            report(`the brokers could not be looked at: ${error.message}`);
            return undefined;
          },
        );
      }
    },
    signal,
  });
  const [rate] = measured;
  if (rate === undefined) throw new Error(failure ?? "nothing was measured");
  const { meanBytes } = makePayload("random");
  return {
    modelCase: one,
    predicted: predict(settings, one, replicaAssignment, meanBytes),
    measuredMBps: rate.MBps,
    measured: await measuring,
  };
}
