/** Small limits under which the capacity model is compared with what brokers really do. Pure. */
import type { BrokerMeasurement } from "../../planning/autosize/measurements";
import { planCapacity, type Limit } from "../../planning/capacity/capacity";
import { percent } from "../../planning/cluster/figures";
import type { Settings } from "../../settings/settings";
import { aligned } from "../drills/table";

/** The limits of the brokers in one case, and what is asked of them. */
export interface ModelCase {
  /** MB/s of the network, each way. */
  readonly networkMBps?: number;
  /** MB/s of the disk, reading and writing. */
  readonly diskMBps?: number;
  readonly copies: number;
  readonly groups: number;
}

/**
 * The cases: network and disk, 3 and 4 copies, 0 to 3 groups; the last two have both limits, of which only one is the
 * bottleneck.
 */
export const modelCases: readonly ModelCase[] = [
  { networkMBps: 10, copies: 4, groups: 0 },
  { networkMBps: 10, copies: 4, groups: 3 },
  { networkMBps: 10, copies: 3, groups: 1 },
  { networkMBps: 5, copies: 3, groups: 2 },
  { diskMBps: 10, copies: 4, groups: 0 },
  { diskMBps: 10, copies: 3, groups: 1 },
  { diskMBps: 5, copies: 4, groups: 2 },
  { networkMBps: 20, diskMBps: 5, copies: 4, groups: 1 },
  { networkMBps: 5, diskMBps: 20, copies: 4, groups: 2 },
];

/** The resource whose limit is reached first. */
export type Bottleneck = "network" | "disk";

/** The prediction of the model: MB/s of events at which the first limit is reached. */
export interface Prediction {
  readonly MBps: number;
  readonly bottleneck: Bottleneck;
}

/**
 * The prediction for a case.
 * @param placement of the topic that is written to
 */
export function predict(
  base: Settings,
  { networkMBps, diskMBps, copies, groups }: ModelCase,
  placement: readonly (readonly number[])[],
  eventBytes: number,
): Prediction {
  const limits: Record<Limit, number> = {
    network: networkMBps ?? Infinity,
    "instance EBS bandwidth": diskMBps ?? Infinity,
    "volume throughput": Infinity,
    CPU: Infinity,
  };
  const settings: Settings = {
    ...base,
    // The lab's machines share the page cache of a large one.
    brokers: {
      ...base.brokers,
      replicationFactor: copies,
      minInsyncReplicas: 1,
      instanceType: "m7g.16xlarge",
      heapMiB: 0,
    },
    workload: {
      ...base.workload,
      ingestMBps: 1,
      peakFactor: 1,
      eventBytes,
      compressionRatio: 1,
      consumerGroups: groups,
      readNearestCopy: false,
      produceInZone: false,
    },
  };
  const [steady] = planCapacity(settings, placement, limits).scenarios;
  if (steady === undefined) throw new Error("the plan has no scenario");
  return { MBps: steady.maxIngestMBps, bottleneck: steady.limitedBy === "network" ? "network" : "disk" };
}

/** The limit that the brokers came nearest to: the mean of all, as one may be measured in a good moment. */
export function measuredBottleneck(
  { networkMBps = Infinity, diskMBps = Infinity }: ModelCase,
  brokers: readonly BrokerMeasurement[],
): { readonly bottleneck: Bottleneck; readonly shares: Readonly<Record<Bottleneck, number>> } {
  const mean = (of: (broker: BrokerMeasurement) => number) =>
    brokers.reduce((sum, broker) => sum + of(broker), 0) / brokers.length / 1e6;
  const shares = {
    network:
      Math.max(
        mean((one) => one.receivedBytesPerSecond),
        mean((one) => one.sentBytesPerSecond),
      ) / networkMBps,
    disk: mean((one) => one.diskBytesPerSecond) / diskMBps,
  };
  return { bottleneck: shares.network >= shares.disk ? "network" : "disk", shares };
}

/** The result of one case. */
export interface ModelResult {
  readonly modelCase: ModelCase;
  readonly predicted: Prediction;
  readonly measuredMBps: number;
  /** The measured bottleneck; absent when the nodes could not be measured. */
  readonly measured?: ReturnType<typeof measuredBottleneck>;
}

/** The share by which the model may be wrong. */
const tolerance = 0.15;

/** Whether the model was right in a case. */
export const isWithinTolerance = ({ predicted, measuredMBps, measured }: ModelResult): boolean =>
  Math.abs(measuredMBps / predicted.MBps - 1) <= tolerance && measured?.bottleneck === predicted.bottleneck;

/** The results as a table. */
export function modelTable(results: readonly ModelResult[]): string {
  const rows = results.map((result) => {
    const { modelCase, predicted, measuredMBps, measured } = result;
    const limit = [
      ...(modelCase.networkMBps === undefined ? [] : [`network ${modelCase.networkMBps}`]),
      ...(modelCase.diskMBps === undefined ? [] : [`disk ${modelCase.diskMBps}`]),
    ].join(", ");
    const shares =
      measured === undefined
        ? "—"
        : `${measured.bottleneck} (network ${percent(measured.shares.network)}, disk ${percent(measured.shares.disk)})`;
    return [
      limit,
      String(modelCase.copies),
      String(modelCase.groups),
      `${predicted.MBps.toFixed(1)}, ${predicted.bottleneck}`,
      measuredMBps.toFixed(1),
      shares,
      `${measuredMBps >= predicted.MBps ? "+" : ""}${Math.round((measuredMBps / predicted.MBps - 1) * 100)} %`,
      isWithinTolerance(result) ? "right" : "WRONG",
    ];
  });
  const head = [
    "a broker has, MB/s",
    "copies",
    "groups",
    "predicted MB/s",
    "measured",
    "nearest to its limit",
    "off by",
    "",
  ];
  return aligned([head, ...rows]);
}
