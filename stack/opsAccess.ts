import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explain, UserError } from "../cli/userError";
import { sshOptions } from "../planning/cluster/sshOptions";

/** The address of a stack's ops host and the keys for it. */
export interface OpsAccess {
  /** User and address: `ec2-user@198.51.100.10`. */
  readonly target: string;
  readonly hostKey: string;
  /** The private key; absent when the operator brought a key of his own: then SSH finds it. */
  readonly privateKey?: string;
}

/** Reads a SecureString of Parameter Store. */
export type ReadParameter = (name: string, region: string | undefined) => Promise<string>;

/**
 * The way to a stack's ops host. Rejects with a UserError when the stack is not deployed, or its key can't be read.
 * @param outputs as Pulumi prints them
 * @param readParameter with the environment of the stack, already adopted by this process
 */
export async function opsAccess(
  outputs: Readonly<Record<string, unknown>>,
  stack: string,
  readParameter: ReadParameter = readSecureString,
): Promise<OpsAccess> {
  const text = (key: string) => (typeof outputs[key] === "string" ? outputs[key] : undefined);
  const target = text("opsHost")?.split(" ").at(-1);
  const hostKey = text("sshHostKey");
  if (target === undefined || hostKey === undefined) {
    throw new UserError(
      `stack ${stack} has no ops host in its outputs: it is not deployed (npm run deploy -- --stack ${stack})`,
    );
  }
  const parameter = text("sshPrivateKeyParameter");
  if (parameter !== undefined) return { target, hostKey, privateKey: await readParameter(parameter, text("region")) };
  if ("sshPrivateKey" in outputs) {
    throw new UserError(
      `stack ${stack} was deployed by an earlier version, which kept the key of the ops host in the outputs; ` +
        "`pulumi up` moves it into Parameter Store",
    );
  }
  return { target, hostKey };
}

async function readSecureString(name: string, region: string | undefined): Promise<string> {
  // The SDK takes its time to load, and nobody else on the way to the ops host needs it.
  const [{ GetParameterCommand, SSMClient }, { awsClient }] = await Promise.all([
    import("@aws-sdk/client-ssm"),
    import("./awsClient"),
  ]);
  const ssm = awsClient(SSMClient, { region });
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
    return Parameter?.Value ?? "";
  } catch (error) {
    throw new UserError(
      `the key of the ops host, SSM parameter ${name}, can't be read: ${explain(error)}. ` +
        "It takes the right ssm:GetParameter (policies/operator), or a key pair of your own (sshPublicKey)",
    );
  } finally {
    ssm.destroy();
  }
}

/** The keys in a folder of their own, for as long as SSH needs them. */
export interface SshFiles {
  /** Options for the command line of ssh, before the target. */
  readonly options: readonly string[];
  readonly folder: string;
  remove(): void;
}

/**
 * Writes the keys. Only the host with the pinned key is talked to, and one that falls silent is given up after 15 s:
 * SSH by itself waits for ever.
 */
export function sshFiles({ target, hostKey, privateKey }: OpsAccess): SshFiles {
  const folder = mkdtempSync(join(tmpdir(), "kafka-ops-"));
  const knownHosts = join(folder, "known_hosts");
  writeFileSync(knownHosts, `${target.split("@").at(-1)} ${hostKey}\n`);
  const options = sshOptions({
    UserKnownHostsFile: knownHosts,
    StrictHostKeyChecking: "yes",
    ConnectTimeout: 10,
    ServerAliveInterval: 5,
    ServerAliveCountMax: 3,
    LogLevel: "ERROR",
  });
  if (privateKey !== undefined) {
    const keyFile = join(folder, "key");
    writeFileSync(keyFile, `${privateKey.trimEnd()}\n`, { mode: 0o600 });
    options.push("-i", keyFile, ...sshOptions({ IdentitiesOnly: "yes" }));
  }
  return { options, folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
