import * as remote from "@pulumi/command/remote";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../planning/cluster/names";
import { opsCommand } from "../planning/cluster/opsCommand";
import { lastLine } from "../planning/cluster/outputText";
import type { BrokerOutput } from "../planning/cluster/outputs";
import { unpackedBatchBytes } from "../planning/node/clientLimits";
import { kafkaProperties, zookeeperAddresses } from "../planning/node/serverProperties";
import { nodePrograms } from "../artifacts/instancePrograms";
import { renderUserData } from "../planning/node/userData";
import { makeNodes, nodeOf, type NodePoolArgs } from "./nodePool";
import { Rollout } from "./rollout";
import type { DeployedValues, StatefulNode } from "./statefulNode";
import type { ZooKeeperEnsemble } from "./zooKeeperEnsemble";

/** Arguments of a {@link KafkaBrokerPool}. */
export interface KafkaBrokerPoolArgs extends NodePoolArgs {
  /** The ensemble that the brokers use. They boot at the same time; only their gate waits for it. */
  readonly zookeeper: ZooKeeperEnsemble;
}

/** Time, in seconds, for ending a run that moves copies for other settings, before the wait for the copies begins. */
const balanceBeginsSeconds = 300;

/**
 * The brokers, each an Auto Scaling group of one with a volume and an address that stay; their roll; and the even
 * spread of copies and leaders over them. Brokers that the settings no longer name are empty when this has ended well:
 * only then does Pulumi come to delete them.
 */
export class KafkaBrokerPool extends pulumi.ComponentResource {
  /** The brokers' nodes, in the order of their ids. */
  readonly nodes: readonly StatefulNode[];
  /**
   * Every broker, sorted by id, with a name that never changes. The output does not wait until the brokers are there.
   */
  readonly brokers: pulumi.Output<BrokerOutput[]>;
  /** `host:port` of every broker, comma-separated. The output resolves when the pool is ready. */
  readonly bootstrapServers: pulumi.Output<string>;
  /**
   * The last line of what the gates said. The output resolves when every broker is in service, every partition in sync,
   * and every copy where it belongs.
   */
  readonly ready: pulumi.Output<string>;

  constructor(name: string, args: KafkaBrokerPoolArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:KafkaBrokerPool", name, {}, options);
    const { artifacts, opsHost } = args;
    const [settings, plan] = [pulumi.output(args.settings), pulumi.output(args.nodes)];
    const { node: nodeArchive, kafka: softwareArchive } = artifacts.references;
    this.nodes = makeNodes(name, "kafka", args, this, (index) =>
      pulumi
        .all([settings, plan, nodeArchive, softwareArchive, artifacts.nodeExporters?.kafka])
        .apply(([settings, nodes, nodeArchive, softwareArchive, nodeExporterArchive]) => {
          const node = nodeOf(nodes, `kafka-${index + 1}`);
          return (values: DeployedValues) =>
            renderUserData({
              role: "kafka",
              programs: nodePrograms(),
              clusterName: settings.clusterName,
              region: settings.region,
              node,
              ...values,
              nodeArchive,
              softwareArchive,
              nodeExporterArchive,
              serverProperties: kafkaProperties(settings, node, nodes),
              unpackedBatchBytes: unpackedBatchBytes(settings, node),
              zookeeperConnect: zookeeperAddresses(nodes),
              minimumRunning: settings.brokers.minimumRunning,
            });
        }),
    );
    const rollout = new Rollout(
      `${name}-roll`,
      {
        pool: "kafka",
        nodes: this.nodes,
        opsHost,
        timeoutMinutes: settings.gates.timeoutMinutes,
        waitMinutes: settings.update.waitMinutes,
        override: settings.roll.override,
        after: [args.zookeeper],
      },
      { parent: this },
    );
    const waitSeconds = settings.update.waitMinutes.apply((minutes) => minutes * 60);
    const balanced = new remote.Command(
      `${name}-balance`,
      {
        connection: opsHost.connection,
        // The copies move on the ops host whoever waits, for hours maybe: this waits so long only.
        create: waitSeconds.apply((seconds) => opsCommand(`balance --wait ${seconds}`, seconds + balanceBeginsSeconds)),
        logging: remote.Logging.StdoutAndStderr,
        triggers: [
          opsHost.bundleHash,
          plan.apply(({ brokers }) => JSON.stringify(brokers.map(({ id, zone }) => [id, zone]))),
          settings.brokers.replicationFactor,
          settings.brokers.minInsyncReplicas,
        ],
      },
      // As for the roll: one that failed runs again.
      { parent: this, deleteBeforeReplace: true, dependsOn: [rollout] },
    );
    this.brokers = plan.apply(({ brokers }) =>
      brokers
        .map(({ id, name, zone, dnsName }) => ({ id, name, zone, address: `${dnsName}:${ports.kafka}` }))
        .sort((a, b) => a.id - b.id),
    );
    this.ready = balanced.stdout.apply(lastLine);
    this.bootstrapServers = pulumi.all([this.brokers, this.ready]).apply(([brokers]) => addressesOf(brokers));
    this.registerOutputs({ brokers: this.brokers, bootstrapServers: this.bootstrapServers, ready: this.ready });
  }
}

/** `host:port` of each broker, comma-separated: what a client calls its bootstrap servers. */
export function addressesOf(brokers: readonly BrokerOutput[]): string {
  return brokers.map(({ address }) => address).join(",");
}
