import { cidrOf, hostAddress } from "../../settings/cidr";
import { brokerHostNumber, maximumBrokers, zookeeperHostNumber, zoneOf } from "../../settings/networkLayout";
import type { Settings } from "../../settings/settings";
import { gp3 } from "../../settings/volumes";
import { planNetwork } from "./addresses";
import { instanceFacts, type LearnedTypes } from "./instanceTypes";

/** The pool that a node belongs to. */
export type NodeRole = "kafka" | "zookeeper";

/** One machine of a pool, with everything about it that is decided before it exists. */
export interface PlannedNode {
  /** Broker id, or ZooKeeper `myid`: 1..N. */
  readonly id: number;
  /** `kafka-3`, `zookeeper-1`: its key in the program, its tag and its host name. */
  readonly name: string;
  readonly role: NodeRole;
  readonly zone: string;
  readonly privateIp: string;
  /** The name that clients use, which never changes: `kafka-3.kafka.internal`. */
  readonly dnsName: string;
  readonly instanceType: string;
  readonly vcpus: number;
  readonly heapMiB: number;
  readonly volumeGiB: number;
  readonly volumeIops: number;
  readonly volumeThroughputMiBps: number;
}

/** Every node of both pools, in the order of their ids. */
export interface NodePlan {
  readonly zookeeper: readonly PlannedNode[];
  readonly brokers: readonly PlannedNode[];
  /** The addresses of all brokers that there can ever be: those of the first are the brokers' own. */
  readonly brokerAddresses: readonly string[];
}

/**
 * The largest heap that a broker gets by default, MiB: beyond, it gains more from page cache, and its collections take
 * longer.
 */
const largestBrokerHeapMiB = 6144;
/**
 * The largest heap that a ZooKeeper node gets, MiB. Its data are some MiB, and a small heap keeps collections, and so
 * session timeouts, short.
 */
const largestZooKeeperHeapMiB = 1024;

/**
 * Plans every node of both pools, in the order of their ids.
 * @param network where they are. Default: in subnets that the program makes
 */
export function planNodes(settings: Settings, network = planNetwork(settings)): NodePlan {
  const { brokers, zookeeper } = settings;
  const subnets = new Map(network.nodeSubnets.map(({ zone, cidr }) => [zone, cidrOf(cidr)]));
  const addressIn = (zone: string, hostNumber: number) => {
    const subnet = subnets.get(zone);
    if (!subnet) throw new Error(`there is no subnet in zone ${zone}`);
    return hostAddress(subnet, hostNumber);
  };
  const node = (role: NodeRole, id: number, hostNumber: number) => {
    const name = `${role}-${id}`;
    const zone = zoneOf(settings.network.zones, id);
    const privateIp = addressIn(zone, hostNumber);
    return { id, name, role, zone, privateIp, dnsName: `${name}.${settings.network.domain}` };
  };
  return {
    zookeeper: ids(zookeeper.count).map((id) => ({
      ...node("zookeeper", id, zookeeperHostNumber(id)),
      instanceType: zookeeper.instanceType,
      vcpus: instanceFacts(zookeeper.instanceType, settings).vcpus,
      heapMiB: zookeeper.heapMiB || automaticHeapMiB(settings, zookeeper.instanceType, largestZooKeeperHeapMiB),
      volumeGiB: zookeeper.volumeGiB,
      // What gp3 includes: ZooKeeper writes little, but waits for every fsync.
      volumeIops: gp3.includedIops,
      volumeThroughputMiBps: gp3.includedMiBps,
    })),
    brokers: ids(brokers.count).map((id) => ({
      ...node("kafka", id, brokerHostNumber(id)),
      instanceType: brokers.instanceType,
      vcpus: instanceFacts(brokers.instanceType, settings).vcpus,
      heapMiB: brokers.heapMiB || automaticHeapMiB(settings, brokers.instanceType, largestBrokerHeapMiB),
      volumeGiB: brokers.volumeGiB,
      volumeIops: brokers.volumeIops,
      volumeThroughputMiBps: brokers.volumeThroughputMiBps,
    })),
    brokerAddresses: ids(maximumBrokers).map((id) =>
      addressIn(zoneOf(settings.network.zones, id), brokerHostNumber(id)),
    ),
  };
}

/**
 * MiB of heap: half of the memory, up to `largestMiB`. The other half is page cache, without which consumers read from
 * the disk.
 */
function automaticHeapMiB(learned: LearnedTypes, instanceType: string, largestMiB: number): number {
  return Math.min(Math.floor(instanceFacts(instanceType, learned).memoryMiB / 2), largestMiB);
}

function ids(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
