import { DescribeInstancesCommand, TerminateInstancesCommand, type EC2Client } from "@aws-sdk/client-ec2";
import type { ClusterDescription, ClusterNode } from "../../planning/cluster/clusterDescription";
import { tagKeys } from "../../planning/cluster/names";
import { ec2Client } from "../../stack/awsClients";
import { describeMissing } from "../../ops/gateVerdict";
import type { Entry } from "../../ops/logs/entry";
import type { ClusterStatus } from "../../ops/status";
import { UserError } from "../../cli/userError";
import type { PublishedMessage } from "./alerts";
import type { ClusterState, LabAction, Machines, Traffic } from "./machines";
import type { NodeScript } from "./nodeScript";
import type { OpsConnection } from "./opsConnection";

/** The machines of a stack, by what the EC2 API and SSH can do. */
export class AwsMachines implements Machines {
  readonly onLab: boolean = false;
  private readonly ec2: EC2Client;
  private readonly admitted: string[] = [];

  constructor(
    readonly cluster: ClusterDescription,
    private readonly connection: OpsConnection,
  ) {
    this.ec2 = ec2Client(cluster.region);
  }

  async state(topic?: string): Promise<ClusterState> {
    return clusterState(this.cluster, await this.connection.status(), topic);
  }

  async nextState(): Promise<ClusterState> {
    return clusterState(this.cluster, await this.connection.nextStatus());
  }

  runOnNode(node: string, script: NodeScript, args: readonly string[] = [], seconds = 30): Promise<string> {
    return this.connection.runOnNode(this.cluster, this.node(node), script, args, seconds);
  }

  runOnOpsHost(script: NodeScript, args: readonly string[] = [], seconds = 30): Promise<string> {
    return this.connection.runOnOpsHost(script, args, seconds);
  }

  async terminate(node: string): Promise<void> {
    const ids = (await this.running()).flatMap((one) => (one.name === node ? [one.id] : []));
    if (ids.length !== 1) throw new Error(`${node} has ${ids.length} running instances, and not one`);
    await this.ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }));
  }

  journals(from: number, to: number): Promise<readonly Entry[]> {
    return this.connection.journals(from, to);
  }

  async instances(): Promise<readonly string[]> {
    return (await this.running()).map(({ name }) => name);
  }

  async admit(address: string): Promise<void> {
    this.admitted.push(address);
    await this.admitAgain();
  }

  async admitAgain(): Promise<void> {
    if (this.admitted.length > 0) await this.connection.giveRights(this.admitted);
  }

  async endAdmissions(): Promise<void> {
    if (this.admitted.length === 0) return;
    await this.connection.giveRights([]);
    this.admitted.length = 0;
  }

  lab(_actions: readonly LabAction[]): Promise<void> {
    return Promise.reject(new UserError("this fault can only be made in the lab (stack local)"));
  }

  traffic(): Promise<readonly Traffic[]> {
    return Promise.reject(new UserError("traffic is counted in the lab only (stack local)"));
  }

  published(): Promise<readonly PublishedMessage[]> {
    return Promise.resolve([]);
  }

  close(): void {
    this.connection.close();
    this.ec2.destroy();
  }

  private async running(): Promise<{ readonly id: string; readonly name: string }[]> {
    const { Reservations = [] } = await this.ec2.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: `tag:${tagKeys.cluster}`, Values: [this.cluster.clusterName] },
          { Name: "instance-state-name", Values: ["pending", "running"] },
        ],
      }),
    );
    const all = Reservations.flatMap(({ Instances = [] }) => Instances);
    return all.map(({ InstanceId: id = "", Tags = [] }) => {
      const tag = (key: string) => Tags.find(({ Key }) => Key === key)?.Value;
      return { id, name: tag(tagKeys.node) ?? tag(tagKeys.job) ?? id };
    });
  }

  private node(name: string): ClusterNode {
    const node = [...this.cluster.brokers, ...this.cluster.zookeeper].find((one) => one.name === name);
    if (node === undefined) throw new Error(`the cluster has no node ${name}`);
    return node;
  }
}

/** The state of the cluster out of its status, with names in place of ids. */
export function clusterState(cluster: ClusterDescription, status: ClusterStatus, topic?: string): ClusterState {
  const names = new Map(cluster.brokers.map(({ id, name }) => [id, name]));
  const name = (id: number) => names.get(id) ?? `broker ${id}`;
  const count = (nodes: readonly ClusterNode[], inService: RegExp) =>
    nodes.filter(({ name: node }) => status.nodes.some((one) => one.name === node && inService.test(one.state))).length;
  const all = [status.zookeeper, status.kafka, status.topics];
  const verdicts = all.filter(({ satisfied }) => !satisfied);
  return {
    healthy: status.healthy,
    missing: verdicts.map(({ missing }) => describeMissing(missing)).join("; "),
    brokers: cluster.brokers,
    zookeeper: cluster.zookeeper,
    inService: {
      brokers: count(cluster.brokers, /^in service/),
      zookeeper: count(cluster.zookeeper, /^(leader|follower)$/),
    },
    controller: names.get(status.controllerId),
    zookeeperLeader: status.zookeeperLeader,
    notes: all.flatMap(({ notes = [] }) => notes),
    topics: [...new Set(status.partitions.map((partition) => partition.topic))],
    partitions: status.partitions
      .filter((partition) => partition.topic === topic)
      .map(({ partition, leader, replicas, isr }) => ({
        partition,
        leader: names.get(leader),
        replicas: replicas.map(name),
        isr: isr.map(name),
      })),
  };
}
