import * as remote from "@pulumi/command/remote";
import * as pulumi from "@pulumi/pulumi";
import { opsCommand } from "../planning/cluster/opsCommand";
import { overrideText, type RollOverride } from "../planning/cluster/rollOverride";
import { lastLine } from "../planning/cluster/outputText";
import type { OpsHost } from "./opsHost";
import type { StatefulNode } from "./statefulNode";

/** Arguments of a {@link Rollout}. */
export interface RolloutArgs {
  /** The pool's name as `kafka-ops roll` takes it. */
  readonly pool: "zookeeper" | "kafka";
  /** The pool's nodes. */
  readonly nodes: readonly StatefulNode[];
  readonly opsHost: OpsHost;
  /** Minutes that the pool may take to be whole, at first and after each node that is replaced. */
  readonly timeoutMinutes: pulumi.Input<number>;
  /** Minutes after which the roll begins with no further node: the update fails, and the next one goes on. */
  readonly waitMinutes: pulumi.Input<number>;
  /** What it may pass over. Default: nothing. */
  readonly override?: pulumi.Input<readonly RollOverride[]>;
  /** Resources that must exist before the pool can be whole, besides its nodes. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Replaces the nodes whose instances are not what the settings say, one by one, and ends well only when the pool is
 * whole; otherwise the update fails, and the error says which node lacks what. The first update, which has made all
 * nodes at once, finds nothing to replace.
 *
 * It runs again when a node's revision or the ops bundle changes, and until it has ended well; running it once too
 * often does no harm, and destroying it does nothing.
 */
export class Rollout extends pulumi.ComponentResource {
  /** The roll's last line. The output resolves when the pool is whole. */
  readonly ready: pulumi.Output<string>;

  constructor(name: string, args: RolloutArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:Rollout", name, {}, options);
    const { pool, nodes } = args;
    const revisions = pulumi.all(nodes.map((node) => pulumi.interpolate`${node.nodeName}=${node.revision}`));
    const create = pulumi
      .all([revisions, args.override ?? [], args.timeoutMinutes, args.waitMinutes])
      .apply(([wanted, override, timeoutMinutes, waitMinutes]) =>
        opsCommand(
          `roll ${pool} --revisions ${wanted.join(",")}${override.length === 0 ? "" : ` --override '${overrideText(override)}'`} ` +
            `--wait ${waitMinutes * 60}`,
          timeoutMinutes * 60,
          // Each replacement, and what comes before the first.
          nodes.length + 1,
        ),
      );
    const rolled = new remote.Command(
      name,
      {
        connection: args.opsHost.connection,
        create,
        logging: remote.Logging.StdoutAndStderr,
        triggers: [args.opsHost.bundleHash, ...nodes.map(({ revision }) => revision)],
      },
      {
        parent: this,
        // One that failed or was cut off has then left the state, and so runs again, even when the settings go back to
        // what they were before it.
        deleteBeforeReplace: true,
        dependsOn: [args.opsHost, ...nodes, ...args.after],
      },
    );
    this.ready = rolled.stdout.apply(lastLine);
    this.registerOutputs({ ready: this.ready });
  }
}
