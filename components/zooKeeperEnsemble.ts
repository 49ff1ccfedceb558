import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { componentTypes, initializedMarkerKey, ports } from "../planning/cluster/names";
import { nodePrograms } from "../artifacts/instancePrograms";
import { renderUserData } from "../planning/node/userData";
import { zookeeperConfig } from "../planning/node/zooCfg";
import { tagsOf } from "./clusterIdentity";
import { makeNodes, nodeOf, type NodePoolArgs } from "./nodePool";
import { Rollout } from "./rollout";
import type { DeployedValues, StatefulNode } from "./statefulNode";

/** Arguments of a {@link ZooKeeperEnsemble}. */
export interface ZooKeeperEnsembleArgs extends NodePoolArgs {
  /** Whether the ensemble has been started before, so that its nodes come back with their volumes. */
  readonly wasStarted: pulumi.Input<boolean>;
}

/** The ZooKeeper nodes, their gate, and the fact that the ensemble has once been started. */
export class ZooKeeperEnsemble extends pulumi.ComponentResource {
  /** The ensemble's nodes, in the order of their ids. */
  readonly nodes: readonly StatefulNode[];
  /** `zookeeper-1.kafka.internal:2181,…` The output does not wait until the nodes are there. */
  readonly connectString: pulumi.Output<string>;
  /** The last line of what the gate said. The output resolves when there is a leader and all others are in sync. */
  readonly ready: pulumi.Output<string>;

  constructor(name: string, args: ZooKeeperEnsembleArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentTypes.zooKeeperEnsemble, name, {}, options);
    const { artifacts } = args;
    const [settings, plan] = [pulumi.output(args.settings), pulumi.output(args.nodes)];
    const wasStarted = pulumi.output(args.wasStarted);
    const { node: nodeArchive, zookeeper: softwareArchive } = artifacts.references;
    this.nodes = makeNodes(
      name,
      "zookeeper",
      args,
      this,
      (index) =>
        pulumi
          .all([settings, plan, nodeArchive, softwareArchive, artifacts.nodeExporters?.zookeeper])
          .apply(([settings, nodes, nodeArchive, softwareArchive, nodeExporterArchive]) => {
            const node = nodeOf(nodes, `zookeeper-${index + 1}`);
            return (values: DeployedValues) =>
              renderUserData({
                role: "zookeeper",
                programs: nodePrograms(),
                clusterName: settings.clusterName,
                region: settings.region,
                node,
                ...values,
                nodeArchive,
                softwareArchive,
                nodeExporterArchive,
                zooCfg: zookeeperConfig(settings, node, nodes),
              });
          }),
      wasStarted.apply((started) => (started ? [marker] : [])),
    );
    const rollout = new Rollout(
      `${name}-roll`,
      {
        pool: "zookeeper",
        nodes: this.nodes,
        opsHost: args.opsHost,
        timeoutMinutes: settings.gates.timeoutMinutes,
        waitMinutes: settings.update.waitMinutes,
        after: [],
      },
      { parent: this },
    );
    // Where it lies, a node with an empty disk may join, but not vote: it could elect a leader that lacks transactions.
    // So it is there before the nodes when these come back, and only after the first gate when all begin with an empty
    // disk.
    const marker: pulumi.Resource = new s3.BucketObjectv2(
      `${name}-initialized`,
      {
        bucket: artifacts.bucketName,
        key: initializedMarkerKey,
        content:
          "This ensemble has been started once. While this object exists, a node with an empty disk does not vote.\n",
        contentType: "text/plain",
        tags: tagsOf(args, "zookeeper-initialized"),
      },
      { parent: this, dependsOn: wasStarted.apply((started) => (started ? [artifacts] : [rollout])) },
    );
    this.connectString = plan.apply(({ zookeeper }) =>
      zookeeper.map(({ dnsName }) => `${dnsName}:${ports.zookeeperClient}`).join(","),
    );
    this.ready = rollout.ready;
    this.registerOutputs({ connectString: this.connectString, ready: this.ready });
  }
}
