import * as remote from "@pulumi/command/remote";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../planning/cluster/names";
import type { NodePlan } from "../planning/node/nodes";
import type { BrokerOutput } from "../planning/cluster/outputs";
import { kafkaProperties, zookeeperAddresses } from "../planning/node/serverProperties";
import { nodePrograms } from "../artifacts/instancePrograms";
import { renderUserData } from "../planning/node/userData";
import { makeNodes, type NodePoolArgs } from "./nodePool";
import { opsCommand } from "../planning/cluster/opsCommand";
import { lastLine } from "../planning/cluster/outputText";
import { Rollout } from "./rollout";
import type { StatefulNode } from "./statefulNode";
import type { ZooKeeperEnsemble } from "./zooKeeperEnsemble";

export interface KafkaBrokerPoolArgs extends Omit<NodePoolArgs, "nodes"> {
  /** Both pools: every broker is told where ZooKeeper is. */
  readonly nodes: NodePlan;
  /** The gate waits for it; the brokers boot at the same time. */
  readonly zookeeper: ZooKeeperEnsemble;
}

/** Before the wait for the copies: a run for other settings is ended. */
const balanceBeginsSeconds = 300;

/**
 * The brokers, their roll, and the even spread of copies and leaders over them. Brokers that the settings no longer name are
 * empty when this has ended well: only then does Pulumi come to delete them.
 */
export class KafkaBrokerPool extends pulumi.ComponentResource {
  readonly nodes: readonly StatefulNode[];
  readonly brokers: readonly BrokerOutput[];
  /** `host:port` of every broker, sorted by id, with names that never change. */
  readonly bootstrapServers: readonly string[];
  /** As soon as every broker is in service, every partition in sync, and every copy where it belongs. */
  readonly ready: pulumi.Output<string>;

  constructor(name: string, args: KafkaBrokerPoolArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:KafkaBrokerPool", name, {}, options);
    const { settings, artifacts } = args;
    this.nodes = makeNodes(this, { ...args, nodes: args.nodes.brokers }, "broker", (node, values) =>
      renderUserData({
        role: "kafka",
        programs: nodePrograms(),
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
        waitMinutes: settings.update.waitMinutes,
        override: settings.roll.override,
        after: [args.zookeeper],
      },
      { parent: this },
    );
    const { replicationFactor, minInsyncReplicas } = settings.brokers;
    const waitSeconds = settings.update.waitMinutes * 60;
    const balanced = new remote.Command(
      `${name}-balance`,
      {
        connection: args.opsHost.connection,
        // The copies move on the ops host whoever waits, for hours maybe: this waits so long only.
        create: opsCommand(`balance --wait ${waitSeconds}`, waitSeconds + balanceBeginsSeconds),
        logging: remote.Logging.StdoutAndStderr,
        triggers: [
          args.opsHost.bundleHash,
          JSON.stringify(args.nodes.brokers.map(({ id, zone }) => [id, zone])),
          replicationFactor,
          minInsyncReplicas,
        ],
      },
      // As for the roll: one that failed runs again.
      { parent: this, deleteBeforeReplace: true, dependsOn: [rollout] },
    );
    this.brokers = args.nodes.brokers
      .map((node) => ({ id: node.id, name: node.name, zone: node.zone, address: `${node.dnsName}:${ports.kafka}` }))
      .sort((a, b) => a.id - b.id);
    this.bootstrapServers = this.brokers.map(({ address }) => address);
    this.ready = balanced.stdout.apply(lastLine);
    this.registerOutputs({
      brokers: this.brokers,
      bootstrapServers: this.bootstrapServers.join(","),
      ready: this.ready,
    });
  }
}
