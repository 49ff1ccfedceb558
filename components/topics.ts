import { createHash } from "node:crypto";
import * as remote from "@pulumi/command/remote";
import * as pulumi from "@pulumi/pulumi";
import type { PlannedTopic } from "../planning/topics";
import { lastLine, opsCommand } from "./opsCommand";
import type { OpsHost } from "./opsHost";

export interface TopicsArgs {
  /** From `planTopics`. */
  readonly topics: readonly PlannedTopic[];
  readonly opsHost: OpsHost;
  /** The brokers, with their gate. */
  readonly after: readonly pulumi.Resource[];
}

const timeoutSeconds = 300;

/** Makes the cluster have the topics of the settings. Destroying it deletes no topic. */
export class Topics extends pulumi.ComponentResource {
  readonly names: readonly string[];
  /** The command's last line, as soon as all topics are in sync. */
  readonly ready: pulumi.Output<string>;

  constructor(name: string, args: TopicsArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:Topics", name, {}, options);
    const reconciled = new remote.Command(
      "topics",
      {
        connection: args.opsHost.connection,
        create: opsCommand("topics", timeoutSeconds),
        logging: remote.Logging.StdoutAndStderr,
        triggers: [args.opsHost.bundleHash, createHash("sha256").update(JSON.stringify(args.topics)).digest("hex")],
      },
      { parent: this, dependsOn: [args.opsHost, ...args.after] },
    );
    this.names = args.topics.map((topic) => topic.name);
    this.ready = reconciled.stdout.apply(lastLine);
    this.registerOutputs({ names: this.names, ready: this.ready });
  }
}
