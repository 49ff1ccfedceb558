/** `npm run deploy -- --stack NAME [--preview | --yes | --destroy] [--remove kafka-7]`: the way to change a stack, for people and for CI. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ClientHosts } from "../trials/clientHost/clientHost";
import { defaultEvents, parseEvents } from "../cli/options";
import { printSmoke, smokeHasPassed, smokeTest, type SmokeResult } from "./smoke";
import { changesText } from "../stack/engineProgress";
import { deployStack, type Action, type DeploymentResult } from "../stack/deployStack";
import { adoptEnvironment, stackEnvironment, type Environment } from "../stack/environment";
import { parseRemove } from "../stack/guard";
import { rawStackOutputs } from "../stack/stackOutputs";
import { readOutputs, type StackOutputs } from "../planning/cluster/outputs";
import { explain, runMain, UserError } from "../cli/userError";

const usage = `usage: npm run deploy -- --stack NAME [--preview | --yes | --destroy [--yes]] [options]

  --preview        show what would change, and change nothing
  --yes            don't ask
  --destroy        take the stack down
  --remove NAMES   brokers that may go for good, e.g. kafka-7,kafka-6: the last ones, which brokerCount no longer
                   includes. Without it nothing is done that would delete or replace a node, a volume or an address
  --smoke          run the smoke test even if nothing changed (it always runs after a change)
  --no-smoke       never run it
  --events N       how many events the smoke test writes (default ${defaultEvents})
  --json FILE      write the result as JSON`;

export interface DeployOptions {
  readonly stack: string;
  readonly action: Action;
  readonly yes: boolean;
  /** Brokers that may be deleted with all that they have. Default: none. */
  readonly remove?: readonly string[];
  /** Default `auto`: after a change, and until one has passed. */
  readonly smoke: "auto" | "always" | "never";
  readonly events?: number;
  readonly environment: Environment;
  readonly report: (line: string) => void;
}

/** The whole of a deploy, as `--json` writes it. */
export interface DeployResult extends DeploymentResult {
  readonly stack: string;
  readonly action: Action;
  readonly smoke?: SmokeResult;
}

/** Deploys and tests. A failed update or test is a result; what can't begin is an error. */
export async function deploy(options: DeployOptions): Promise<DeployResult> {
  const { stack, action, yes, remove, report, environment } = options;
  if (action === "destroy" && yes) await removeClientHosts(options);
  const result = await deployStack({ stack, action, yes, remove, environment, report });
  const base = { stack, action, ...result };
  if (!result.succeeded) return base;
  report(`${sentence[action]} in ${result.seconds} s: ${changesText(result.changes, action === "preview")}`);
  const { outputs } = result;
  if (action !== "update" || options.smoke === "never" || outputs === undefined) return base;
  if (options.smoke === "auto" && !result.changed && (await smokeHasPassed(outputs))) return base;

  report("smoke test: a client on a host of its own writes and reads events");
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    const smoke = await smokeTest(outputs, { events: options.events, report, signal: interruption.signal });
    printSmoke(smoke, report);
    return {
      ...base,
      smoke,
      succeeded: smoke.passed,
      error: smoke.passed ? undefined : `smoke test: ${smoke.faults.join("; ")}`,
    };
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

const sentence: Readonly<Record<Action, string>> = {
  preview: "previewed",
  update: "updated",
  destroy: "destroyed",
};

/** A client host in a subnet would keep the network from being deleted. Whatever hinders this does not hinder the destroy. */
async function removeClientHosts({ stack, environment, report }: DeployOptions): Promise<void> {
  try {
    const outputs: StackOutputs = readOutputs(await rawStackOutputs(stack, environment));
    await new ClientHosts(outputs).removeAll(report);
  } catch {
    return;
  }
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      preview: { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
      destroy: { type: "boolean", default: false },
      remove: { type: "string" },
      smoke: { type: "boolean", default: false },
      "no-smoke": { type: "boolean", default: false },
      events: { type: "string" },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  return values;
}

async function main(): Promise<number> {
  const values = readArguments();
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { stack } = values;
  if (stack === undefined) throw new UserError(`--stack is missing\n\n${usage}`);
  if (values.preview && (values.yes || values.destroy))
    throw new UserError("--preview goes with neither --yes nor --destroy");
  if (values.smoke && values["no-smoke"]) throw new UserError("--smoke and --no-smoke exclude each other");
  if (values.destroy && values.remove !== undefined)
    throw new UserError("--remove goes with an update; --destroy takes every node down");
  const remove = parseRemove(values.remove);
  const events = parseEvents(values.events);
  const action: Action = values.preview ? "preview" : values.destroy ? "destroy" : "update";
  const write = (result: unknown) => {
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  };
  try {
    const environment = await stackEnvironment(stack, "ci");
    adoptEnvironment(environment);
    const result = await deploy({
      stack,
      action,
      yes: values.yes,
      remove,
      smoke: values.smoke ? "always" : values["no-smoke"] ? "never" : "auto",
      events,
      environment,
      report: (line) => console.log(line),
    });
    write(result);
    if (!result.succeeded) console.error(`\ndeploy of stack ${stack} FAILED:\n${result.error ?? "unknown"}`);
    else if (result.outputs !== undefined) console.log(`bootstrap servers: ${result.outputs.bootstrapServers}`);
    return result.succeeded ? 0 : 1;
  } catch (error) {
    write({ stack, action, succeeded: false, error: explain(error) });
    throw error;
  }
}

if (require.main === module) runMain("deploy", main);
