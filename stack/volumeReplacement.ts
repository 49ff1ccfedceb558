/** The replacement of a node's data volume by an empty one: what there is, who is asked, and what stays. */
import { spawn } from "node:child_process";
import { nodeJs, opsTools, tagKeys } from "../planning/cluster/names";
import { sshOptions } from "../planning/cluster/sshOptions";
import { UsageError, UserError } from "../cli/userError";
import { dataVolumesIn, type KeptVolume } from "./keptVolumes";
import { opsAccess, sshFiles } from "./opsAccess";
import type { Environment } from "./environment";
import type { StackRecord } from "./recovery";
import { rawStackOutputs } from "./stackOutputs";

/** The parts of the world that a replacement asks and acts by; tests have others. */
export interface VolumeWorld {
  /** Runs `kafka-ops volume check` or `volume release` on the ops host. Rejects with a UserError: its refusal. */
  ask(stack: string, environment: Environment, command: "check" | "release", node: string): Promise<void>;
  /** Marks the old volume as replaced. Gives whether it is still there. */
  mark(volume: Pick<KeptVolume, "id" | "region">, now: Date): Promise<boolean>;
}

/** Reads `--replace-volume kafka-3`. Throws a UsageError for anything but one node. */
export function parseReplaceVolume(word: string): string {
  const name = word.trim();
  if (/^(kafka|zookeeper)-[1-9]\d*$/.test(name)) return name;
  throw new UsageError(
    /[,\s]/.test(name)
      ? `--replace-volume ${word}: one node at a time, as each is filled from the others`
      : `--replace-volume ${word}: the name of a node is wanted, e.g. --replace-volume kafka-3`,
  );
}

/** The node's data volume in the stack's record. Throws a UserError when there is none. */
export function volumeOf(record: StackRecord, node: string, stack: string): KeptVolume {
  const volumes = dataVolumesIn(record);
  const volume = volumes.find((one) => one.node === node);
  if (volume !== undefined) return volume;
  throw new UserError(
    `--replace-volume ${node}: stack ${stack} has no volume for it, only for ` +
      `${volumes.map((one) => one.node).join(", ") || "no node"}. If an earlier replacement was cut off, ` +
      `\`npm run deploy -- --stack ${stack}\` makes the new one`,
  );
}

/** The record in which Pulumi may replace this volume, and only forgets the old one. Pure. */
export function replaceableIn(record: StackRecord, urn: string): StackRecord {
  const { deployment } = record;
  if (deployment === undefined) return record;
  const resources = deployment.resources?.map((one) =>
    one.urn === urn ? { ...one, protect: false, retainOnDelete: true } : one,
  );
  return { ...record, deployment: { ...deployment, resources } };
}

/** Seconds for the ops host to look at the cluster and to stop a service in an orderly way. */
const askSeconds = 300;

/** The ops host and AWS. */
export const volumeWorld: VolumeWorld = {
  async ask(stack, environment, command, node) {
    const access = await opsAccess(await rawStackOutputs(stack, environment), stack);
    const files = sshFiles(access);
    const words = [nodeJs.command, opsTools.bundle, "volume", command, "--node", node, "--cluster", opsTools.cluster];
    try {
      const child = spawn("ssh", [...files.options, ...sshOptions({ BatchMode: "yes" }), access.target, ...words], {
        stdio: ["ignore", "ignore", "pipe"],
        timeout: askSeconds * 1000,
      });
      let said = "";
      child.stderr.setEncoding("utf8").on("data", (part: string) => (said += part));
      const code = await new Promise<number | null>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", resolve);
      });
      if (code !== 0)
        throw new UserError(said.trim() || `the ops host ${access.target} did not answer (${code ?? "in time"})`);
    } finally {
      files.remove();
    }
  },

  async mark({ id, region }, now) {
    // The SDK takes a second to load.
    const [{ CreateTagsCommand }, { ec2Client }] = await Promise.all([
      import("@aws-sdk/client-ec2"),
      import("./awsClients"),
    ]);
    const ec2 = ec2Client(region);
    // In place of `data`: nobody takes it for the node's volume again.
    const tag = { Key: tagKeys.volume, Value: `replaced ${now.toISOString().slice(0, 19)}Z` };
    try {
      await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [tag] }));
      return true;
    } catch (error) {
      const { name, message } = error as Error;
      if (name === "InvalidVolume.NotFound") return false;
      throw new UserError(`${id} can't be tagged as replaced, so nothing is done: ${message}`);
    } finally {
      ec2.destroy();
    }
  },
};
