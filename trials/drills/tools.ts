/** The tools of a drill on a stack that is up. */
import type { StackOutputs } from "../../planning/cluster/outputs";
import { alertsSince } from "./askAlerts";
import { faultsOf, zonesHit, type ClientFaultName } from "./catalog";
import { isChange, type ChangeInfo } from "./changeCatalog";
import { beginChange } from "./changes";
import type { Deployer } from "./changes/deployer";
import { LeastInService } from "./changes/leastInService";
import { stopsWriting } from "./report";
import { clientSubnets, type ZoneSubnet } from "./clientSubnet";
import { atOnce } from "./faults/atOnce";
import { harmfulClient, oldEvents, type ClientFault } from "./faults/client";
import { slowConsumer } from "./faults/slowConsumer";
import { cleanUp, inject, prepare, type Injected } from "./faults";
import { pause } from "./interruptible";
import { startLoad, type Load } from "./load";
import type { Machines } from "./machines";
import type { DrillTools, LoadStart } from "./runDrill";
import { drillTopic } from "./stock";

/**
 * The number of partitions of a drill's topic, one that each broker leads. With three for each the load alone took 98 %
 * of the lab's two processors: what was measured then were requests that had waited for 0.6 s before there was a fault,
 * and timed out because of it.
 */
const partitionsOf = ({ cluster }: Machines) => cluster.brokers.length;
/** Events a second of each client to each partition: with two clients each partition is written to every 20 ms. */
const eventsPerSecondAndPartition = 25;
/** Events a second in a run without a fault: what this fills of the heap, collections have to take away. */
const calmEventsPerSecond = 3000;

/** GB of data that a change in the number of brokers has to move; one copy of it. */
const preloadGigabytes = 5;
const preloadPartitions = 15;

/**
 * The time in ms for JVMs that have just started: they compile their code while they run, which takes most of the lab's
 * two processors.
 */
const warmUpMs = 60_000;

/**
 * The lines that a client library says of each connection that it loses: shown only with the log of a load that failed.
 */
const clientLog = /\| kafkajs [A-Z]/;

const clientFaults: Readonly<Record<ClientFaultName, ClientFault>> = {
  "bad-client": harmfulClient("bad-client", "all that may do harm"),
  "vast-event": harmfulClient("vast-event", "events that say they have 2 GB"),
  "old-events": oldEvents,
  "slow-consumer": slowConsumer,
};

const isClientFault = (name: string): name is ClientFaultName => Object.hasOwn(clientFaults, name);

/** What the tools of a drill are made from. */
export interface ToolArgs {
  readonly outputs: StackOutputs;
  readonly machines: Machines;
  readonly subnets: readonly ZoneSubnet[];
  /** Events a second of each client. Default: 25 for each partition; without a fault 3000. */
  readonly eventsPerSecond?: number;
  /** The way to update the stack; needed for changes. */
  readonly deployer?: Deployer;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The tools of a drill on a stack that is up. */
export function drillTools(args: ToolArgs): DrillTools & { readonly least: () => LeastInService } {
  const { machines, report } = args;
  const { brokers, zookeeper } = machines.cluster;
  const allInService = () => new LeastInService({ brokers: brokers.length, zookeeper: zookeeper.length });
  /** The least in service during the fault or change under way, or the last one. */
  let least = allInService();
  const change = async (info: ChangeInfo, topic: string): Promise<Injected> => {
    const { deployer, signal } = args;
    if (deployer === undefined) throw new Error(`${info.name}: this stack's settings can't be changed by a drill`);
    report(`the load runs for ${warmUpMs / 1000} s first, as it does on a cluster that was not started just now`);
    await pause(warmUpMs, signal);
    least = allInService();
    return beginChange(info, { machines, state: await machines.state(topic), deployer, report, signal }, least);
  };
  return {
    partitions: partitionsOf(machines),
    observeEveryMs: 2000,
    alarmMs: 60_000,
    alertsSince: (moment) => alertsSince(machines, moment),
    journals: (from, to) => machines.journals(from, to),
    report,
    prepare: async ({ name }) => {
      for (const fault of faultsOf(name)) await prepare(fault, machines, report);
    },
    startLoad: (start) => load(args, start),
    inject: (info, topic) => {
      if (isChange(info)) return change(info, topic);
      least = allInService();
      const { name, lastsSeconds } = info;
      return atOnce(faultsOf(name), (fault, hit) => {
        if (!isClientFault(fault)) return inject(fault, machines, topic, hit);
        const { outputs, subnets, signal } = args;
        const subnetIds = clientSubnets(subnets, zonesHit(name, machines.cluster));
        const partitions = partitionsOf(machines);
        const scene = { outputs, machines, subnetIds, topic, partitions, hit, report, signal };
        return clientFaults[fault](scene, lastsSeconds);
      });
    },
    cleanUp: () => cleanUp(machines, report),
    health: async () => {
      const state = await machines.nextState();
      least.record(state.inService);
      return state;
    },
    least: () => least,
  };
}

function load(
  { outputs, machines, subnets, report, signal, eventsPerSecond }: ToolArgs,
  { fault, against, ...start }: LoadStart,
): Load {
  const zones = fault === undefined ? [] : zonesHit(fault, machines.cluster);
  const partitions = partitionsOf(machines);
  const topicOf = (count: number) => drillTopic(machines.cluster, against, count);
  return startLoad({
    ...start,
    outputs,
    against,
    topicConfig: topicOf(partitions),
    preload:
      fault === "scale"
        ? { topic: `${start.topic}-data`, gigabytes: preloadGigabytes, ...topicOf(preloadPartitions) }
        : undefined,
    brokerIds: machines.cluster.brokers.map(({ id }) => id),
    subnetIds: clientSubnets(subnets, zones),
    admit: (address) => machines.admit(address),
    gapsFrom: fault !== undefined && stopsWriting(fault) ? "undone" : "fault",
    eventsPerSecond:
      eventsPerSecond ?? (fault === undefined ? calmEventsPerSecond : partitions * eventsPerSecondAndPartition),
    report: (line) => {
      // Once the user has interrupted the load, its complaints are no news.
      if (!clientLog.test(line) && !signal.aborted) report(`  ${line}`);
    },
  });
}
