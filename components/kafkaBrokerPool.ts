import * as pulumi from "@pulumi/pulumi";
import { ports } from "../planning/names";
import type { NodePlan } from "../planning/nodes";
import type { BrokerOutput } from "../planning/outputs";
import { kafkaProperties, zookeeperAddresses } from "../planning/serverProperties";
import { renderUserData } from "../planning/userData";
import { makeNodes, type NodePoolArgs } from "./nodePool";
import { Rollout } from "./rollout";
import type { StatefulNode } from "./statefulNode";
import type { ZooKeeperEnsemble } from "./zooKeeperEnsemble";

export interface KafkaBrokerPoolArgs extends Omit<NodePoolArgs, "nodes"> {
  /** Both pools: every broker is told where ZooKeeper is. */
  readonly nodes: NodePlan;
  /** The gate waits for it; the brokers boot at the same time. */
  readonly zookeeper: ZooKeeperEnsemble;
}

/** The brokers and their gate. */
export class KafkaBrokerPool extends pulumi.ComponentResource {
  readonly nodes: readonly StatefulNode[];
  readonly brokers: readonly BrokerOutput[];
  /** `host:port` of every broker, sorted by id, with names that never change. */
  readonly bootstrapServers: readonly string[];
  /** As soon as every broker is in service and every partition in sync. */
  readonly ready: pulumi.Output<string>;

  constructor(name: string, args: KafkaBrokerPoolArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:KafkaBrokerPool", name, {}, options);
    const { settings, artifacts } = args;
    this.nodes = makeNodes(this, { ...args, nodes: args.nodes.brokers }, "broker", (node, values) =>
      renderUserData({
        role: "kafka",
        clusterName: settings.clusterName,
        region: settings.region,
        node,
        ...values,
        nodeArchive: artifacts.references.node,
        softwareArchive: artifacts.references.kafka,
        serverProperties: kafkaProperties(settings, node, args.nodes),
        zookeeperConnect: zookeeperAddresses(args.nodes),
        minimumRunning: settings.brokers.minimumRunning,
      }),
    );
    const rollout = new Rollout(
      `${name}-rollout`,
      {
        pool: "kafka",
        nodes: this.nodes,
        opsHost: args.opsHost,
        timeoutMinutes: settings.gates.timeoutMinutes,
        after: [args.zookeeper],
      },
      { parent: this },
    );
    this.brokers = args.nodes.brokers
      .map((node) => ({ id: node.id, name: node.name, zone: node.zone, address: `${node.dnsName}:${ports.kafka}` }))
      .sort((a, b) => a.id - b.id);
    this.bootstrapServers = this.brokers.map(({ address }) => address);
    this.ready = rollout.ready;
    this.registerOutputs({
      brokers: this.brokers,
      bootstrapServers: this.bootstrapServers.join(","),
      ready: this.ready,
    });
  }
}
