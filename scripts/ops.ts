/** `npm run ops -- [--stack NAME] shell | status | gate kafka | …`: a command on a stack's ops host. */
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { opsTools } from "../planning/cluster/names";
import { opsAccess, sshFiles, type OpsAccess } from "../stack/opsAccess";
import { adoptEnvironment, localStack, stackEnvironment } from "../stack/environment";
import { rawStackOutputs } from "../stack/stackOutputs";
import { runMain } from "../cli/userError";

const usage = `usage: npm run ops -- [--stack NAME] COMMAND     (default: stack local)

  shell            a login on the ops host
  status           one look at the whole cluster (status --json for programs)
  measure          what the brokers' machines do, as JSON (--seconds N, default 60)
  gate zookeeper   wait until the ensemble is whole
  gate kafka       wait until all brokers are in service and in sync
  balance          move copies and leaders to where the settings want them
  topics           create missing topics, add partitions, change configs`;

/** The exit code by which ssh says that there is no connection, or none any more. */
const sshFailed = 255;

/** Runs ssh on this terminal with the host's pinned key. Gives its exit code. */
async function ssh(access: OpsAccess, command: readonly string[]): Promise<number> {
  const files = sshFiles(access);
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn("ssh", [...files.options, access.target, ...command], { stdio: "inherit" });
      child.on("error", reject);
      child.on("close", (code) => {
        if (code === sshFailed) console.error("a lost ops host is replaced within minutes: try again then");
        resolve(code ?? 1);
      });
    });
  } finally {
    files.remove();
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
  adoptEnvironment(environment);
  const host = await opsAccess(await rawStackOutputs(values.stack, environment), values.stack);
  if (command[0] === "shell") return ssh(host, command.slice(1));
  return ssh(host, ["node", opsTools.bundle, ...command, "--cluster", opsTools.cluster]);
}

runMain("ops", main);
