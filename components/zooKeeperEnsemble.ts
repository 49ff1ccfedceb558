import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { initializedMarkerKey, ports } from "../planning/cluster/names";
import { nodePrograms } from "../artifacts/instancePrograms";
import { renderUserData } from "../planning/node/userData";
import { zookeeperConfig } from "../planning/node/zooCfg";
import type { NodePlan } from "../planning/node/nodes";
import { makeNodes, type NodePoolArgs } from "./nodePool";
import { Rollout } from "./rollout";
import type { StatefulNode } from "./statefulNode";
import { clusterTags } from "../planning/cluster/tags";

export interface ZooKeeperEnsembleArgs extends Omit<NodePoolArgs, "nodes"> {
  /** Both pools: every node is told about the others. */
  readonly nodes: NodePlan;
  /** It has been started before: its nodes come back with their volumes. */
  readonly wasStarted: boolean;
}

/** The ZooKeeper nodes, their gate, and the fact that the ensemble has once been started. */
export class ZooKeeperEnsemble extends pulumi.ComponentResource {
  readonly nodes: readonly StatefulNode[];
  /** `zookeeper-1.kafka.internal:2181,…` */
  readonly connectString: string;
  /** As soon as there is a leader and all others are in sync. */
  readonly ready: pulumi.Output<string>;

  constructor(name: string, args: ZooKeeperEnsembleArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:ZooKeeperEnsemble", name, {}, options);
    const { settings, artifacts } = args;
    // Where it lies, a node with an empty disk may join, but not vote: it could elect a leader that lacks transactions. So it
    // is there before the nodes when these come back, and only after the first gate when all begin with an empty disk.
    const marker = (dependsOn: readonly pulumi.Resource[]) =>
      new s3.BucketObjectv2(
        "zookeeper-initialized",
        {
          bucket: artifacts.bucketName,
          key: initializedMarkerKey,
          content:
            "This ensemble has been started once. While this object exists, a node with an empty disk does not vote.\n",
          contentType: "text/plain",
          tags: clusterTags(settings.clusterName, "zookeeper-initialized"),
        },
        { parent: this, dependsOn: [...dependsOn] },
      );
    this.nodes = makeNodes(
      this,
      { ...args, nodes: args.nodes.zookeeper },
      "zookeeper",
      (node, values) =>
        renderUserData({
          role: "zookeeper",
          programs: nodePrograms(),
          clusterName: settings.clusterName,
          region: settings.region,
          node,
          ...values,
          nodeArchive: artifacts.references.node,
          softwareArchive: artifacts.references.zookeeper,
          zooCfg: zookeeperConfig(settings, node, args.nodes),
        }),
      args.wasStarted ? [marker([artifacts])] : [],
    );
    const rollout = new Rollout(
      `${name}-rollout`,
      {
        pool: "zookeeper",
        nodes: this.nodes,
        opsHost: args.opsHost,
        timeoutMinutes: settings.gates.timeoutMinutes,
        waitMinutes: settings.update.waitMinutes,
        override: settings.roll.override,
        after: [],
      },
      { parent: this },
    );
    if (!args.wasStarted) marker([rollout]);
    this.connectString = args.nodes.zookeeper.map(({ dnsName }) => `${dnsName}:${ports.zookeeperClient}`).join(",");
    this.ready = rollout.ready;
    this.registerOutputs({ connectString: this.connectString, ready: this.ready });
  }
}
