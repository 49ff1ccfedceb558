import * as remote from "@pulumi/command/remote";
import * as pulumi from "@pulumi/pulumi";
import { lastLine, opsCommand } from "./opsCommand";
import type { OpsHost } from "./opsHost";
import type { StatefulNode } from "./statefulNode";

export interface RolloutArgs {
  /** As `kafka-ops gate` calls it. */
  readonly pool: "zookeeper" | "kafka";
  readonly nodes: readonly StatefulNode[];
  readonly opsHost: OpsHost;
  /** How long the pool may take to be whole. */
  readonly timeoutMinutes: number;
  /** What has to be there before the pool can be whole, besides its nodes. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Ends well only when the pool is whole; a pool that is not fails the update, and the error says which node lacks what.
 *
 * All nodes are started at once. The gate runs again when a node's revision or the ops bundle changes; it changes
 * nothing, so running it once too often does no harm, and destroying it does nothing.
 */
export class Rollout extends pulumi.ComponentResource {
  /** The gate's last line, as soon as it has been passed. */
  readonly ready: pulumi.Output<string>;

  constructor(name: string, args: RolloutArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:Rollout", name, {}, options);
    const gate = new remote.Command(
      `${args.pool}-gate`,
      {
        connection: args.opsHost.connection,
        create: opsCommand(`gate ${args.pool}`, args.timeoutMinutes * 60),
        logging: remote.Logging.StdoutAndStderr,
        triggers: [args.opsHost.bundleHash, ...args.nodes.map(({ revision }) => revision)],
      },
      { parent: this, dependsOn: [args.opsHost, ...args.nodes, ...args.after] },
    );
    this.ready = gate.stdout.apply(lastLine);
    this.registerOutputs({ ready: this.ready });
  }
}
