/** `npm run ops -- [--stack NAME] shell | status | gate kafka | …`: a command on a stack's ops host. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { localStack, stackEnvironment } from "./stack/environment";
import { rawStackOutputs } from "./stack/stackOutputs";
import { runMain, UserError } from "./userError";

const usage = `usage: npm run ops -- [--stack NAME] COMMAND     (default: stack local)

  shell            a login on the ops host
  status           one look at the whole cluster (status --json for programs)
  gate zookeeper   wait until the ensemble is whole
  gate kafka       wait until all brokers are in service and in sync
  topics           create missing topics`;

interface Access {
  /** `ec2-user@198.51.100.10`. */
  readonly target: string;
  readonly hostKey: string;
  /** Absent when the operator brought a key of his own: then SSH finds it. */
  readonly privateKey?: string;
}

function access(outputs: Readonly<Record<string, unknown>>, stack: string): Access {
  const text = (key: string) => (typeof outputs[key] === "string" ? outputs[key] : undefined);
  const target = text("opsHost")?.split(" ").at(-1);
  const hostKey = text("sshHostKey");
  if (target === undefined || hostKey === undefined) {
    throw new UserError(
      `stack ${stack} has no ops host in its outputs: it is not deployed (npm run deploy -- --stack ${stack})`,
    );
  }
  return { target, hostKey, privateKey: text("sshPrivateKey") };
}

/** Runs ssh on this terminal with the host's pinned key. Gives its exit code. */
async function ssh({ target, hostKey, privateKey }: Access, command: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "kafka-ops-"));
  try {
    const knownHosts = join(folder, "known_hosts");
    writeFileSync(knownHosts, `${target.split("@").at(-1)} ${hostKey}\n`);
    const options = [
      "UserKnownHostsFile=" + knownHosts,
      "StrictHostKeyChecking=yes",
      "ConnectTimeout=10",
      "LogLevel=ERROR",
    ];
    const args = options.flatMap((option) => ["-o", option]);
    if (privateKey !== undefined) {
      const keyFile = join(folder, "key");
      writeFileSync(keyFile, `${privateKey.trimEnd()}\n`, { mode: 0o600 });
      args.push("-i", keyFile, "-o", "IdentitiesOnly=yes");
    }
    return await new Promise((resolve, reject) => {
      const child = spawn("ssh", [...args, target, ...command], { stdio: "inherit" });
      child.on("error", reject);
      child.on("close", (code) => resolve(code ?? 1));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  // Options after the command are the command's own.
  const argv = process.argv.slice(2);
  const first = argv.findIndex((word, index) => !word.startsWith("-") && argv[index - 1] !== "--stack");
  const own = first < 0 ? argv : argv.slice(0, first);
  const command = first < 0 ? [] : argv.slice(first);
  const { values } = parseArgs({
    args: own,
    options: { stack: { type: "string", default: localStack }, help: { type: "boolean" } },
  });
  if (values.help || command.length === 0) {
    console.log(usage);
    return values.help ? 0 : 1;
  }
  const environment = await stackEnvironment(values.stack);
  const host = access(await rawStackOutputs(values.stack, environment, true), values.stack);
  if (command[0] === "shell") return ssh(host, command.slice(1));
  return ssh(host, ["node", "kafka-ops.js", ...command, "--cluster", "cluster.json"]);
}

runMain("ops", main);
