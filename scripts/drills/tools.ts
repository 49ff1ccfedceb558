/** The tools of a drill on a stack that is up. */
import type { StackOutputs } from "../../planning/outputs";
import { zonesHit } from "./catalog";
import { clientSubnet, type ZoneSubnet } from "./clientSubnet";
import { cleanUp, inject, prepare } from "./faults";
import { startLoad, type Load } from "./load";
import type { Machines } from "./machines";
import type { DrillTools, LoadStart } from "./runDrill";
import { drillTopic } from "./stock";

/** Of the topic that a drill writes to. */
const partitions = 15;
/** 50 events a second by both clients: each partition is written to every 20 ms. */
const eventsPerSecondAndPartition = 25;
/** In a run without a fault: what this fills of the heap, collections have to take away. */
const calmEventsPerSecond = 3000;

/** What a client library says of each connection that it loses: shown only with the log of a load that failed. */
const clientLog = /\| kafkajs [A-Z]/;

export interface ToolArgs {
  readonly outputs: StackOutputs;
  readonly machines: Machines;
  readonly subnets: readonly ZoneSubnet[];
  /** Of each client. Default: 25 for each partition; without a fault 3000. */
  readonly eventsPerSecond?: number;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

export function drillTools(args: ToolArgs): DrillTools {
  const { machines, report } = args;
  return {
    partitions,
    lookEveryMs: 2000,
    report,
    prepare: (fault) => prepare(fault.name, machines, report),
    startLoad: (start) => load(args, start),
    inject: (fault, topic) => inject(fault.name, machines, topic),
    cleanUp: () => cleanUp(machines, report),
    health: () => machines.state(),
  };
}

function load(
  { outputs, machines, subnets, report, signal, eventsPerSecond }: ToolArgs,
  { fault, against, ...start }: LoadStart,
): Load {
  const zones = fault === undefined ? [] : zonesHit(fault, machines.cluster);
  return startLoad({
    ...start,
    outputs,
    against,
    topicConfig: drillTopic(machines.cluster, against, partitions),
    brokerIds: machines.cluster.brokers.map(({ id }) => id),
    subnetId: clientSubnet(subnets, zones),
    eventsPerSecond:
      eventsPerSecond ?? (fault === undefined ? calmEventsPerSecond : partitions * eventsPerSecondAndPartition),
    report: (line) => {
      // Once the user has interrupted the load, its complaints are no news.
      if (!clientLog.test(line) && !signal.aborted) report(`  ${line}`);
    },
  });
}
