import type { Entry } from "../../../ops/logs/entry";
import type { PublishedMessage } from "../../../trials/drills/alerts";
import type { ClusterDescription, ClusterNode } from "../../../planning/cluster/clusterDescription";
import type { ClusterState, LabAction, Machines, Traffic } from "../../../trials/drills/machines";
import type { NodeScript } from "../../../trials/drills/nodeScript";

const zones = ["us-east-1a", "us-east-1b", "us-east-1c"];

function node(kind: "kafka" | "zookeeper", id: number): ClusterNode {
  const name = `${kind}-${id}`;
  const zone = zones[(id - 1) % 3] ?? "";
  const privateIp = `10.20.${16 * ((id - 1) % 3)}.${(kind === "kafka" ? 10 : 100) + id}`;
  return { id, name, zone, privateIp, dnsName: `${name}.kafka.internal`, groupName: `kafka-local-${name}` };
}

export const cluster: ClusterDescription = {
  clusterName: "kafka-local",
  region: "us-east-1",
  bucket: "bucket",
  brokers: [1, 2, 3, 4, 5].map((id) => node("kafka", id)),
  zookeeper: [1, 2, 3].map((id) => node("zookeeper", id)),
  brokerAddresses: ["10.20.0.11"],
  adminAddresses: [],
  replicationFactor: 4,
  minInsyncReplicas: 2,
  minimumRunning: 3,
  brokerBytesPerSecond: 125e6,
  guardian: { enabled: true, dryRun: false, patienceSeconds: 300 },
  topics: [{ name: "user-activity", partitions: 15, replicaAssignment: [], config: {} }],
  handMadeLimits: {},
  monitored: true,
  bill: { standing: 100, traffic: 50, bytesPerSecond: 1e6, items: [], prices: "us-east-1, 2026-07" },
  nodeUser: "ec2-user",
  nodeAccessKeyPath: "/etc/kafka-node/node-access-key",
};

/** Partition by partition who leads; copies on all brokers. Controller kafka-1, ZooKeeper leader zookeeper-3. */
export function stateWith(leaders: readonly string[], changes: Partial<ClusterState> = {}): ClusterState {
  const names = cluster.brokers.map(({ name }) => name);
  return {
    healthy: true,
    missing: "",
    brokers: cluster.brokers,
    zookeeper: cluster.zookeeper,
    controller: "kafka-1",
    zookeeperLeader: "zookeeper-3",
    notes: [],
    topics: cluster.topics.map(({ name }) => name),
    inService: { brokers: cluster.brokers.length, zookeeper: cluster.zookeeper.length },
    partitions: leaders.map((leader, partition) => ({ partition, leader, replicas: names, isr: names })),
    ...changes,
  };
}

/** Machines that only write down what is asked of them. */
export class FakeMachines implements Machines {
  readonly cluster = cluster;
  readonly onLab = true;
  /** `kafka-3 kill kafka.service`, `lab heal kafka-3`, `terminate ops`. */
  readonly calls: string[] = [];
  /** What a script prints; default: the instant. */
  answer: (node: string, script: NodeScript, args: readonly string[]) => string = () => `${Date.now()}\n`;

  constructor(private readonly now: ClusterState) {}

  state(): Promise<ClusterState> {
    return Promise.resolve(this.now);
  }

  nextState(): Promise<ClusterState> {
    return this.state();
  }

  runOnNode(name: string, script: NodeScript, args: readonly string[] = []): Promise<string> {
    this.calls.push([name, script, ...args].join(" "));
    return Promise.resolve().then(() => this.answer(name, script, args));
  }

  runOnOpsHost(script: NodeScript, args: readonly string[] = []): Promise<string> {
    return this.runOnNode("ops", script, args);
  }

  terminate(name: string): Promise<void> {
    this.calls.push(`terminate ${name}`);
    return Promise.resolve();
  }

  journals(): Promise<readonly Entry[]> {
    return Promise.resolve([]);
  }

  instances(): Promise<readonly string[]> {
    return Promise.resolve([...cluster.brokers, ...cluster.zookeeper].map((one) => one.name).concat("ops"));
  }

  admit(address: string): Promise<void> {
    this.calls.push(`admit ${address}`);
    return Promise.resolve();
  }

  admitAgain(): Promise<void> {
    this.calls.push("admit again");
    return Promise.resolve();
  }

  endAdmissions(): Promise<void> {
    this.calls.push("end admissions");
    return Promise.resolve();
  }

  lab(actions: readonly LabAction[]): Promise<void> {
    this.calls.push(`lab ${actions.map(({ action, node: name, ...rest }) => words(action, name, rest)).join("; ")}`);
    return Promise.resolve();
  }

  traffic(): Promise<readonly Traffic[]> {
    return Promise.resolve([]);
  }

  published(): Promise<readonly PublishedMessage[]> {
    return Promise.resolve([]);
  }

  close(): void {
    // Nothing is open.
  }
}

function words(action: string, name: string, rest: object): string {
  const entries = Object.entries(rest).filter(([, value]) => value !== undefined);
  return [action, name, ...entries.map(([key, value]) => `${key}=${String(value)}`)].join(" ");
}
