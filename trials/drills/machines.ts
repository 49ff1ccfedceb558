import type { Entry } from "../../ops/logs/entry";
import type { ClusterDescription, ClusterNode } from "../../planning/cluster/clusterDescription";
import type { PublishedMessage } from "./alerts";
import type { PoolCounts } from "./changeCatalog";
import type { NodeScript } from "./nodeScript";

/** A partition of the drill's topic; brokers by name. */
export interface DrillPartition {
  readonly partition: number;
  readonly leader: string | undefined;
  readonly replicas: readonly string[];
  readonly isr: readonly string[];
}

/** The state of the cluster, as seen through the ops host. */
export interface ClusterState {
  /** Whether every node is in service, and every ISR full. */
  readonly healthy: boolean;
  /** The faults in words; empty when healthy. */
  readonly missing: string;
  readonly brokers: readonly ClusterNode[];
  readonly zookeeper: readonly ClusterNode[];
  /** The number of brokers that answer, and of ZooKeeper nodes that lead or follow. */
  readonly inService: PoolCounts;
  /** Name of the controller; undefined when there is none. */
  readonly controller: string | undefined;
  readonly zookeeperLeader: string | undefined;
  /** Remarks on what differs from the settings, though nothing is missing: throttles, settings, rights. */
  readonly notes: readonly string[];
  /** Names of all topics, Kafka's own among them. */
  readonly topics: readonly string[];
  /** The partitions of the topic that was asked for; empty when there is no such topic. */
  readonly partitions: readonly DrillPartition[];
}

/** An action between machines, or on them from outside. `node`: a node's name, or `ops`. */
export type LabAction =
  | {
      readonly action: "cut";
      readonly node: string;
      readonly peers?: readonly string[];
      readonly direction?: Direction;
    }
  | { readonly action: "heal"; readonly node: string }
  | { readonly action: "loss"; readonly node: string; readonly percent: number }
  | { readonly action: "silence"; readonly node: string; readonly hold: boolean }
  /** Whatever reads or writes one of the machine's disks waits, its root disk's too. */
  | { readonly action: "disks"; readonly node: string; readonly hang: boolean }
  | { readonly action: "clock"; readonly node: string; readonly offsetSeconds: number }
  /**
   * MB (10^6 bytes) per second that the machine sends and receives, and that it reads and writes; without: no limit.
   */
  | { readonly action: "limit"; readonly node: string; readonly networkMBps?: number; readonly diskMBps?: number };

/** The packets that a cut drops: all, those that the machine sends, or those sent to it. */
export type Direction = "both" | "from" | "to";

/** Bytes that one address has sent to another. */
export interface Traffic {
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
}

/** The machines of one stack, as the drills take hold of them. */
export interface Machines {
  readonly cluster: ClusterDescription;
  /**
   * The state of the cluster. Takes about half a second.
   * @param topic whose partitions are wanted
   */
  state(topic?: string): Promise<ClusterState>;
  /** The next state that is told, of one every two seconds. For who looks again and again. */
  nextState(): Promise<ClusterState>;
  /** Runs a script as root on a node. Gives its output; rejects when it fails or takes longer. */
  runOnNode(node: string, script: NodeScript, args?: readonly string[], seconds?: number): Promise<string>;
  /** Runs a script as root on the ops host. */
  runOnOpsHost(script: NodeScript, args?: readonly string[], seconds?: number): Promise<string>;
  /**
   * Ends the machine by EC2's API, as when its host fails.
   * @param node a node's name, or `ops`
   */
  terminate(node: string): Promise<void>;
  /**
   * What all machines said in a time, also those that are no more, in its order. Of one whose journal can't be had,
   * nothing. Rejects when the ops host does not answer.
   * @param from ms since 1970
   */
  journals(from: number, to: number): Promise<readonly Entry[]>;
  /** The cluster's instances that start or run, each by its node's name, `ops`, or its job's: `drill-0a1b2c3d4e5f`. */
  instances(): Promise<readonly string[]>;
  /** Lets a client at this address do everything with the brokers, for as long as the drill takes. */
  admit(address: string): Promise<void>;
  /** Gives again what `admit` gave, which an update has taken away. */
  admitAgain(): Promise<void>;
  /** Takes back what `admit` gave, if it did. */
  endAdmissions(): Promise<void>;
  /** Does all actions at once. Rejects with a UserError where there is no lab. */
  lab(actions: readonly LabAction[]): Promise<void>;
  /** What the machines have sent to one another since the lab began. Rejects with a UserError where there is no lab. */
  traffic(): Promise<readonly Traffic[]>;
  /** What the cluster's topics have published of late, the oldest first; nothing where there is no lab. */
  published(): Promise<readonly PublishedMessage[]>;
  /** Whether `lab` and `traffic` work. */
  readonly onLab: boolean;
  close(): void;
}
