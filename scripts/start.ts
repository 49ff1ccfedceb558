/** `npm start`: the lab, the local stack on it, and a test that it works. Safe to run again: what is right is left alone. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { DeployResult } from "./deploy";
import { parseEvents } from "../cli/options";
import { repository } from "../artifacts/repository";
import { adoptEnvironment, labCommand, localStack, stackEnvironment } from "../stack/environment";
import { writeLocalPolicies } from "./policies";
import { runMain, UserError } from "../cli/userError";
import type { StackOutputs } from "../planning/cluster/outputs";

/** Runs one command of the lab on this terminal. Throws when it fails; it has said why. */
export function runLab(...words: string[]): Promise<void> {
  const { command, args } = labCommand(...words);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: repository, stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(new UserError(`the lab's command \`${words.join(" ")}\` ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** With users that may do what policies/ says, and no more. */
async function startLab(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "kafka-users-"));
  try {
    writeLocalPolicies(folder);
    await runLab("start", "--users", folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function deployLocal(events: number): Promise<DeployResult> {
  // Pulumi's library takes a second to load: while the lab starts.
  const [{ deploy }] = await Promise.all([import("./deploy"), startLab()]);
  const environment = await stackEnvironment(localStack, "ci");
  adoptEnvironment(environment);
  const report = (line: string) => console.log(line);
  return deploy({ stack: localStack, action: "update", yes: true, smoke: "auto", events, environment, report });
}

/** What a person wants to know of a cluster that runs: where it is, how to reach, watch and stop it. */
export function farewell(outputs: StackOutputs, changed: boolean): string {
  const servers = outputs.bootstrapServers.split(",").join("\n                     ");
  const { toleratedBrokerFailures, monthlyCostUsd } = outputs.plan;
  return `
The cluster ${outputs.clusterName} is up${changed ? "" : "; nothing changed"}.

  bootstrap servers  ${servers}
  topics             ${outputs.topics.map(({ name, partitions }) => `${name} (${partitions} partitions)`).join(", ")}
  withstands         the loss of any ${toleratedBrokerFailures} brokers (the same on AWS: about $${Math.round(monthlyCostUsd.total)} a month)

  reach it           npm run ops -- shell          (the ops host: ${outputs.opsHost})
  watch it           npm run ops -- status         npm run lab -- status
  test it            npm run smoke                 writes events from a client's host and reads them back
  its outputs        npm run outputs
  stop it            npm stop                      takes everything down, data included
`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { events: { type: "string" }, help: { type: "boolean" } } });
  if (values.help) {
    console.log("usage: npm start [-- --events N]   starts the cluster on this machine, in the lab");
    return 0;
  }
  const events = parseEvents(values.events);
  const result = await deployLocal(events);
  if (!result.succeeded || result.outputs === undefined) {
    throw new UserError(
      `the cluster did not come up:\n\n${result.error ?? "unknown"}\n\n` +
        "`npm start` again goes on from here, `npm run lab -- console NAME` shows a machine's console, `npm stop` clears up",
    );
  }
  console.log(farewell(result.outputs, result.changed));
  return 0;
}

if (require.main === module) runMain("start", main);
