import { createHash } from "node:crypto";
import * as remote from "@pulumi/command/remote";
import * as pulumi from "@pulumi/pulumi";
import type { TopicOutput } from "../planning/cluster/outputs";
import type { PlannedTopic } from "../planning/placement/topics";
import { opsCommand } from "../planning/cluster/opsCommand";
import { lastLine } from "../planning/cluster/outputText";
import type { OpsHost } from "./opsHost";

/** Arguments of {@link Topics}. */
export interface TopicsArgs {
  /** The topics with their placement, from `planTopics`. */
  readonly topics: pulumi.Input<readonly PlannedTopic[]>;
  /** The addresses that may do everything with the brokers, from the settings: the command gives them their rights. */
  readonly adminAddresses: pulumi.Input<readonly string[]>;
  readonly opsHost: OpsHost;
  /** Resources that must exist before: the brokers, with their gate. */
  readonly after: readonly pulumi.Resource[];
}

const timeoutSeconds = 300;

/**
 * Makes the cluster have the topics and the rights of the settings: creates topics, adds partitions, changes configs,
 * and says who may do what. A config that a topic no longer names goes back to the brokers' own. It never deletes:
 * topics that the settings no longer name stay as they are, and so does everything when it is destroyed.
 */
export class Topics extends pulumi.ComponentResource {
  /** The topics as consumers are told of them. The output does not wait until the topics are there. */
  readonly outputs: pulumi.Output<TopicOutput[]>;
  /** The command's last line. The output resolves when all topics are in sync. */
  readonly ready: pulumi.Output<string>;

  constructor(name: string, args: TopicsArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:Topics", name, {}, options);
    const topics = pulumi.output(args.topics);
    const wanted = pulumi.all([topics, args.adminAddresses]);
    const reconciled = new remote.Command(
      name,
      {
        connection: args.opsHost.connection,
        create: opsCommand("topics", timeoutSeconds),
        logging: remote.Logging.StdoutAndStderr,
        triggers: [
          args.opsHost.bundleHash,
          wanted.apply((all) => createHash("sha256").update(JSON.stringify(all)).digest("hex")),
        ],
      },
      {
        parent: this,
        // One that failed or was cut off has then left the state, and so runs again, even when the settings go back to
        // what they were before it.
        deleteBeforeReplace: true,
        dependsOn: [args.opsHost, ...args.after],
      },
    );
    this.outputs = topics.apply((all) =>
      all.map(({ name, partitions, retentionHours, retentionGiB }) => ({
        name,
        partitions,
        retentionHours,
        retentionGiB,
      })),
    );
    this.ready = reconciled.stdout.apply(lastLine);
    this.registerOutputs({ ready: this.ready });
  }
}
