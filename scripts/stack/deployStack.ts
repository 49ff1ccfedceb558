import { createInterface } from "node:readline/promises";
import { LocalWorkspace, type OutputMap, type Stack } from "@pulumi/pulumi/automation";
import { readOutputs, type StackOutputs } from "../../planning/outputs";
import { repository } from "../repository";
import { lastLines } from "../ops/evidence";
import { UserError } from "../userError";
import { localStack, type Environment } from "./environment";
import { changesText, EngineProgress, type ResourceFailure } from "./engineProgress";
import { endOrphan, lockState, readLocks, thisMachine } from "./locks";
import { explainPulumiFailure, failureKind } from "./pulumiFailures";
import { checkStackFile, hasStackFile, knownStacks } from "./stackFile";
import { PulumiError, SupervisedPulumi } from "./supervisedPulumi";

export type Action = "preview" | "update" | "destroy";

export interface Deployment {
  readonly stack: string;
  readonly action: Action;
  /** Don't ask before changing anything. */
  readonly yes: boolean;
  readonly environment: Environment;
  readonly report: (line: string) => void;
}

export interface DeploymentResult {
  readonly succeeded: boolean;
  readonly changed: boolean;
  /** Pulumi's counts: create, update, delete, replace, same. */
  readonly changes: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Of an update that went well; secrets are not among them. */
  readonly outputs?: StackOutputs;
  readonly failures: readonly ResourceFailure[];
  /** Why it failed, in words. */
  readonly error?: string;
}

/** A run was killed while it made the cluster: what it made last is in nobody's books. */
export class UnfinishedCreation extends UserError {
  constructor(readonly operations: number) {
    super(
      `the first update of stack ${localStack} was killed in the middle of ${operations} operations, whose results Pulumi ` +
        "does not know; `npm stop` clears it away, and `npm start` begins afresh",
    );
    this.name = "UnfinishedCreation";
  }
}

/** Silence after which a line says what is under way. */
const heartbeatMs = 5000;
/** Signals that come so close together are one: the terminal, npm and tsx may each send it. */
const oneInterruptionMs = 1000;

/** Runs one operation of the project's own Pulumi program by the Automation API. Rejects with a UserError when it can't begin. */
export async function deployStack(deployment: Deployment): Promise<DeploymentResult> {
  const { stack: name, action, environment, report } = deployment;
  if (action !== "preview" && !deployment.yes) requireTerminal(name);
  if (action !== "destroy") checkStackFile(name, environment);
  const pulumi = await SupervisedPulumi.find();
  const stopListening = passInterruptionsOn(pulumi, report);
  try {
    const stack = await openStack(deployment, pulumi);
    if (name === localStack && action === "update") await recoverLocalStack(stack, deployment);
    if (action !== "preview" && !deployment.yes) {
      await confirm(deployment, async () => {
        const result = await run(
          stack,
          pulumi,
          { ...deployment, action: action === "destroy" ? "destroy" : "preview" },
          true,
        );
        if (!result.succeeded) throw new UserError(result.error ?? "the preview failed");
        report(changesText(result.changes, true));
      });
    }
    return await run(stack, pulumi, deployment, action === "preview");
  } finally {
    stopListening();
  }
}

function passInterruptionsOn(pulumi: SupervisedPulumi, report: (line: string) => void): () => void {
  let last = 0;
  const onSignal = () => {
    if (Date.now() - last < oneInterruptionMs) return;
    last = Date.now();
    report(
      pulumi.interrupted
        ? "interrupted again: stopping at once"
        : "interrupted: Pulumi finishes what it has begun and stops; once more stops it at once",
    );
    pulumi.interrupt();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}

/** The stack, made if it has a file here and does not exist yet. */
async function openStack(
  { stack: name, environment, action, report }: Deployment,
  pulumi: SupervisedPulumi,
): Promise<Stack> {
  const options = { pulumiCommand: pulumi.command, envVars: { ...environment } };
  const program = { stackName: name, workDir: repository };
  try {
    return await LocalWorkspace.selectStack(program, options);
  } catch (error) {
    if (!(error instanceof PulumiError)) throw error;
    if (failureKind(error.stderr) !== "no stack") throw new UserError(explainPulumiFailure(error.stderr, name));
  }
  if (action === "destroy") throw new UserError(`stack ${name} does not exist: there is nothing to destroy`);
  if (!hasStackFile(name)) {
    throw new UserError(
      `stack ${name} does not exist, and neither does Pulumi.${name}.yaml; there are files for ${knownStacks().join(", ")}. ` +
        `For a new stack copy Pulumi.prod.yaml to Pulumi.${name}.yaml, or run \`pulumi stack init ${name}\` to begin with the defaults`,
    );
  }
  report(`stack ${name} does not exist yet: making it`);
  try {
    return await LocalWorkspace.createStack(program, options);
  } catch (error) {
    if (!(error instanceof PulumiError)) throw error;
    throw new UserError(explainPulumiFailure(error.stderr, name));
  }
}

/** Without a terminal nobody can be asked. */
function requireTerminal(stack: string): void {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UserError(
      `no terminal to ask on before changing stack ${stack}: give --yes to go ahead, or --preview to only look`,
    );
  }
}

/** Shows what would be done and asks. */
async function confirm({ stack, action }: Deployment, showPlan: () => Promise<void>): Promise<void> {
  await showPlan();
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const word = action === "destroy" ? stack : "yes";
    const question =
      action === "destroy"
        ? `destroy stack ${stack} and all its data? Type its name: `
        : `update stack ${stack}? Type yes: `;
    if ((await terminal.question(question)).trim() !== word) throw new UserError("not confirmed: nothing was changed");
  } finally {
    terminal.close();
  }
}

async function run(
  stack: Stack,
  pulumi: SupervisedPulumi,
  deployment: Deployment,
  onlyPreview: boolean,
): Promise<DeploymentResult> {
  const { action, report } = deployment;
  const started = Date.now();
  const progress = new EngineProgress();
  const ticker = setInterval(() => {
    const line = progress.heartbeat(heartbeatMs);
    if (line !== undefined) report(line);
  }, 1000);
  const options = {
    color: "never" as const,
    suppressProgress: true,
    onEvent: (event: Parameters<EngineProgress["handle"]>[0]) => progress.handle(event).forEach(report),
  };
  const end = (rest: Partial<DeploymentResult>): DeploymentResult => ({
    succeeded: true,
    changed: progress.changed,
    changes: progress.changes,
    seconds: Math.round((Date.now() - started) / 100) / 10,
    failures: progress.failures,
    ...rest,
  });
  try {
    if (action === "destroy") {
      await (onlyPreview ? stack.previewDestroy(options) : stack.destroy(options));
      return end({});
    }
    if (onlyPreview) {
      await stack.preview(options);
      return end({});
    }
    const { outputs } = await stack.up(options);
    return end({ outputs: readOutputs(plainOutputs(outputs)) });
  } catch (error) {
    if (!(error instanceof PulumiError)) throw error;
    const text = progress.failures
      .map(({ resource, message }) => (resource === "" ? message : `${resource}: ${message}`))
      .join("\n\n");
    return end({
      succeeded: false,
      error: pulumi.interrupted
        ? `interrupted${text === "" ? "" : `\n\n${text}`}`
        : text === ""
          ? explainPulumiFailure(
              error.stderr.trim() === "" ? lastLines(error.stdout, 40) : error.stderr,
              deployment.stack,
            )
          : text,
    });
  } finally {
    clearInterval(ticker);
  }
}

function plainOutputs(outputs: OutputMap): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([key, { value, secret }]) => (secret ? [] : [[key, value as unknown]])),
  );
}

/**
 * Puts the local stack right after a run that was killed: ends what still runs of it and removes its lock. Throws when
 * another run is at work, and an UnfinishedCreation when it was killed while it made the cluster.
 */
async function recoverLocalStack(stack: Stack, { environment, report }: Deployment): Promise<void> {
  const state = lockState(readLocks(environment.PULUMI_BACKEND_URL, localStack), thisMachine);
  if (state.kind === "in use") {
    throw new UserError(
      `another update of stack ${localStack} is running (pulumi, process ${state.pid}): wait for it, or interrupt it`,
    );
  }
  if (state.kind === "orphaned") {
    report(`an earlier update still runs though its command is gone: ending process ${state.pid}`);
    await endOrphan(state.pid);
  }
  if (state.kind === "orphaned" || state.kind === "abandoned") {
    report("an earlier update was killed and left the stack locked: removing the lock");
    // An orphan that ended by itself has removed its lock.
    if (readLocks(environment.PULUMI_BACKEND_URL, localStack).length > 0) await stack.cancel();
  }
  const { deployment } = (await stack.exportStack()) as { deployment?: Checkpoint };
  const pending = deployment?.pending_operations ?? [];
  const finishedOnce = (deployment?.resources ?? []).some(
    ({ type, outputs }) => type === "pulumi:pulumi:Stack" && outputs?.bootstrapServers !== undefined,
  );
  if (pending.length > 0 && !finishedOnce) throw new UnfinishedCreation(pending.length);
}

/** The part of Pulumi's state that tells whether a run was killed. */
interface Checkpoint {
  readonly pending_operations?: readonly unknown[];
  readonly resources?: readonly { readonly type: string; readonly outputs?: Readonly<Record<string, unknown>> }[];
}
