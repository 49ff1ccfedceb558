import { setTimeout as pause } from "node:timers/promises";
import { hostname } from "node:os";
import { LocalWorkspace, type EngineEvent, type OutputMap, type Stack } from "@pulumi/pulumi/automation";
import { unfinishedExitCode } from "../planning/cluster/names";
import { readOutputs, type StackOutputs } from "../planning/cluster/outputs";
import type { DeployedPlan } from "../planning/cluster/outputs";
import { repository } from "../artifacts/repository";
import { confirmed, requireTerminal } from "../cli/confirm";
import { lastLines } from "../planning/cluster/outputText";
import { UserError } from "../cli/userError";
import type { Environment } from "./environment";
import { changesText, EngineProgress, resourceLabel, type ResourceFailure } from "./engineProgress";
import { leavingBrokers, protectedParts, refusals } from "./guard";
import { keptText, keptVolumes, tagRetained, type KeptVolume } from "./keptVolumes";
import { emptyGroupIn, withLastActivity } from "./launchFailures";
import { lockState, readLocks } from "./locks";
import { PlannedSteps } from "./plannedSteps";
import { explainPulumiFailure, failureKind } from "./pulumiFailures";
import { endProcesses, orphansOf, runningProcesses } from "./processes";
import { recoverInterrupted } from "./recovery";
import { overload, measureLoad, type MeasureLoad } from "./remainingLoad";
import { replaceableIn, volumeOf, volumeWorld, type VolumeWorld } from "./replaceVolume";
import { checkStackFile, hasStackFile, knownStacks } from "./stackFile";
import { PulumiError, SupervisedPulumi } from "./supervisedPulumi";

/** The operation to run on a stack. */
export type Action = "preview" | "update" | "destroy";

/** One operation on a stack, with its options. */
export interface Deployment {
  readonly stack: string;
  readonly action: Action;
  /** True: nobody is asked before anything is changed. */
  readonly yes: boolean;
  /** Brokers that an update may delete with all that they have. Default: none. */
  readonly remove?: readonly string[];
  /** The node whose data volume an update replaces by an empty one. Default: none. */
  readonly replaceVolume?: string;
  readonly environment: Environment;
  /** A file with the settings to use instead of the stack's own. */
  readonly configFile?: string;
  readonly report: (line: string) => void;
}

/** The result of an operation. */
export interface DeploymentResult {
  readonly succeeded: boolean;
  readonly changed: boolean;
  /** Pulumi's counts: create, update, delete, replace, same. */
  readonly changes: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** The outputs of an update that went well; secrets are not among them. */
  readonly outputs?: StackOutputs;
  /** The data volumes that a destroy has left, for the cluster to come back with. */
  readonly kept?: readonly KeptVolume[];
  readonly failures: readonly ResourceFailure[];
  /** The reason for which it failed, in words. */
  readonly error?: string;
}

/** The words for what does not happen unasked. */
const changing = (stack: string) => `changing stack ${stack}`;

/** The silence in ms after which a line says what is under way. */
const heartbeatMs = 5000;
/** The time in ms within which several signals are one: the terminal, npm and tsx may each send it. */
const oneInterruptionMs = 1000;

/**
 * Runs one operation of the project's own Pulumi program by the Automation API. An update that would delete or replace
 * what holds data or is a node's identity is a failure, and changes nothing. Rejects with a UserError when it can't
 * begin.
 */
export async function deployStack(
  deployment: Deployment,
  measure: MeasureLoad = measureLoad,
  tag: typeof tagRetained = tagRetained,
  volumes: VolumeWorld = volumeWorld,
): Promise<DeploymentResult> {
  const { stack: name, action, environment, report } = deployment;
  // Before anything is looked at, which takes its time.
  if (action !== "preview" && !deployment.yes)
    requireTerminal(changing(name), "give --yes to go ahead, or --preview to only look");
  if (action !== "destroy") checkStackFile(name, environment);
  const pulumi = await SupervisedPulumi.find(name);
  const stopListening = passInterruptionsOn(pulumi, report);
  try {
    const { stack, isNew } = await openStack(deployment, pulumi);
    if (action !== "preview" && !isNew) await recover(stack, pulumi, deployment);
    if (action === "destroy") return await destroy(stack, pulumi, deployment, tag);
    if (deployment.replaceVolume !== undefined)
      return await replaceVolume(stack, pulumi, deployment, deployment.replaceVolume, volumes);
    // Where nothing is, nothing can be lost: a preview would only take time.
    if (isNew && action === "update" && deployment.yes) {
      return await continued(await run(stack, pulumi, deployment, "update"), stack, pulumi, deployment);
    }
    return await guardedUpdate(stack, pulumi, deployment, measure);
  } finally {
    stopListening();
    pulumi.close();
  }
}

/** Takes the stack down; with `dataProtection` all but the data volumes, which stay in Pulumi's record too. */
async function destroy(
  stack: Stack,
  pulumi: SupervisedPulumi,
  deployment: Deployment,
  tag: typeof tagRetained,
): Promise<DeploymentResult> {
  const { stack: name, yes, report } = deployment;
  const kept = keptVolumes(await pulumi.record(name, deployment.environment));
  const excludeProtected = kept.length > 0;
  if (!yes) {
    const preview = await run(stack, pulumi, deployment, "preview of destroy", { excludeProtected });
    if (!preview.succeeded) throw new UserError(preview.error ?? "the preview failed");
    report(changesText(preview.changes, true));
    const what = excludeProtected ? `but keep its ${kept.length} data volumes` : "and all its data";
    await confirmed(`destroy stack ${name} ${what}? Type its name: `, name, changing(name));
  }
  if (!excludeProtected) return run(stack, pulumi, deployment, "destroy");

  report(`marking ${kept.length} data volumes as retained`);
  // Before anything goes: a destroy that is cut off leaves marked volumes too.
  await tag(kept, name, new Date());
  // So that Pulumi knows of the tag, and the next update takes it off.
  const read = await run(stack, pulumi, deployment, "refresh", { target: kept.map(({ urn }) => urn) });
  if (!read.succeeded) return read;
  const result = await run(stack, pulumi, deployment, "destroy", { excludeProtected });
  if (result.succeeded) report(keptText(kept, name));
  return { ...result, kept };
}

/**
 * Previews, and if that is free of danger and there is something to change, updates: by the preview's plan, so that
 * Pulumi does nothing else than what was checked.
 */
async function guardedUpdate(
  stack: Stack,
  pulumi: SupervisedPulumi,
  deployment: Deployment,
  measure: MeasureLoad,
): Promise<DeploymentResult> {
  const { stack: name, action, yes, remove = [], report } = deployment;
  const planned = new PlannedSteps();
  const preview = await safePreview(stack, pulumi, deployment, planned, measure);
  if (!preview.succeeded || action === "preview") return preview;
  if (planned.nothingToDo) return { ...preview, outputs: readOutputs(plainOutputs(await stack.outputs())) };
  const lifted = protectedParts(planned.all, remove).map(({ urn }) => urn);
  if (lifted.length > 0) report(`protected until now, and to go: ${lifted.map(resourceLabel).join(", ")}`);
  if (!yes) {
    report(changesText(preview.changes, true));
    await confirmed(`update stack ${name}? Type yes: `, "yes", changing(name));
  }
  if (pulumi.interrupted) return { ...preview, succeeded: false, error: "interrupted" };

  if (lifted.length > 0) await pulumi.unprotect(name, lifted, deployment.environment);
  // Pulumi makes no plan where something protected is to go.
  const update = () =>
    lifted.length > 0
      ? checkedUpdate(stack, pulumi, deployment)
      : run(stack, pulumi, deployment, "update", { planned: true });
  const result = await continued(await update(), stack, pulumi, deployment);
  if (!result.succeeded) return result;
  for (const { node, id, change, retained } of planned.all) {
    if (change !== "deleted" || !retained) continue;
    report(`${id}, the volume of ${node}, is kept in AWS; once nobody needs its data, delete it there`);
  }
  return result;
}

/**
 * Replaces the data volume of a node by an empty one, which the node fills from the others: only where these have all
 * that is on it. The old one is kept in AWS.
 */
async function replaceVolume(
  stack: Stack,
  pulumi: SupervisedPulumi,
  deployment: Deployment,
  node: string,
  volumes: VolumeWorld,
): Promise<DeploymentResult> {
  const { stack: name, yes, environment, report } = deployment;
  const record = await pulumi.record(name, environment);
  const { id, urn, region } = volumeOf(record, node, name);
  await volumes.ask(name, environment, "check", node);
  report(`${node}: all that is on ${id} is in sync on other nodes, which are well`);

  const replace = [urn];
  await pulumi.writeRecord(name, replaceableIn(record, urn), environment);
  let begun = false;
  try {
    const planned = new PlannedSteps();
    const preview = await safePreview(stack, pulumi, deployment, planned, undefined, replace);
    if (!preview.succeeded) return preview;
    if (!yes) {
      report(changesText(preview.changes, true));
      await confirmed(
        `replace ${id}, the data volume of ${node}, by an empty one? Type the node's name: `,
        node,
        changing(name),
      );
    }
    if (pulumi.interrupted) return { ...preview, succeeded: false, error: "interrupted" };
    // Looks once more, as time has passed.
    await volumes.ask(name, environment, "release", node);
    const isThere = await volumes.mark({ id, region }, new Date());
    begun = true;
    const first = await run(stack, pulumi, deployment, "update", { planned: true, replace });
    const result = await continued(first, stack, pulumi, deployment);
    if (!result.succeeded) {
      return {
        ...result,
        error:
          `${result.error ?? ""}\n\nTo go on: \`npm run deploy -- --stack ${name}\`, without --replace-volume, ` +
          `which would begin anew. ${id}, the old volume of ${node}, is not deleted.`,
      };
    }
    report(
      isThere
        ? `${id}, the old volume of ${node}, is kept in AWS; once nobody needs its data: ` +
            `aws ec2 delete-volume --region ${region} --volume-id ${id}`
        : `${id}, the old volume of ${node}, is gone from AWS`,
    );
    return result;
  } finally {
    // It is protected again before anything else is done with this stack.
    if (!begun) await pulumi.writeRecord(name, record, environment);
  }
}

/** Updates by the plan of a preview that nobody has to look at. */
async function checkedUpdate(
  stack: Stack,
  pulumi: SupervisedPulumi,
  deployment: Deployment,
): Promise<DeploymentResult> {
  const agreed = { ...deployment, yes: true };
  const preview = await safePreview(stack, pulumi, agreed, new PlannedSteps());
  if (!preview.succeeded || pulumi.interrupted) return preview;
  return run(stack, pulumi, deployment, "update", { planned: true });
}

/** Updates, and updates again, as long as each ends early because there is more to do than fits into one. */
async function continued(
  first: DeploymentResult,
  stack: Stack,
  pulumi: SupervisedPulumi,
  deployment: Deployment,
): Promise<DeploymentResult> {
  let result = first;
  while (isUnfinished(result) && !pulumi.interrupted) {
    deployment.report("there is more to do than fits into one update: going on with the next");
    const { changed, seconds } = result;
    const next = await checkedUpdate(stack, pulumi, deployment);
    result = { ...next, changed: changed || next.changed, seconds: Math.round((seconds + next.seconds) * 10) / 10 };
  }
  return result;
}

/** Whether nothing went wrong, and a command of the ops host is to be run again. */
function isUnfinished({ succeeded, failures }: DeploymentResult): boolean {
  const exit = new RegExp(`exited with status ${unfinishedExitCode}\\b`);
  return !succeeded && failures.length > 0 && failures.every(({ message }) => exit.test(message));
}

/**
 * Previews; fails also when the update would do what it may not, and not when that is only protected and may.
 * @param measure the load that the brokers carry, where those that stay have to carry it all; left out when it was
 * asked before
 * @param replace URNs of the resources that are replaced, though nothing of them has changed
 */
async function safePreview(
  stack: Stack,
  pulumi: SupervisedPulumi,
  deployment: Deployment,
  planned: PlannedSteps,
  measure?: MeasureLoad,
  replace?: readonly string[],
): Promise<DeploymentResult> {
  const { stack: name, action, yes, remove = [], environment, report } = deployment;
  const isShown = action === "preview" || !yes;
  if (!isShown) report("looking at what would change");
  const shown = isShown ? deployment : { ...deployment, report: () => undefined };
  const preview = await run(stack, pulumi, shown, "preview", { steps: planned, replace });
  const failed = (...reasons: string[]) => ({ ...preview, succeeded: false, error: reasons.join("\n\n") });
  if (pulumi.interrupted || (!preview.succeeded && preview.failures.length === 0)) return preview;

  const refused = refusals(planned.all, remove, name, replace === undefined ? undefined : deployment.replaceVolume);
  // Pulumi tells of everything protected that would be deleted, in one preview: refused, that is in our words; the rest
  // may go.
  const mayGo = protectedParts(planned.all, remove).map(({ urn }) => resourceLabel(urn));
  const failures = preview.failures.filter(
    ({ message, resource }) =>
      failureKind(message) !== "protected" || (refused.length === 0 && !mayGo.includes(resource)),
  );
  if (refused.length + failures.length > 0) return failed(...refused, ...failures.map(failureText));
  if (!planned.complete)
    return failed("Pulumi's account of what would change has gaps: nothing was changed; try again");

  if (measure !== undefined && planned.plan !== undefined && leavingBrokers(planned.all).length > 0) {
    const tooMuch = await overloadBy(planned.plan, () => measure(name, environment, report), report);
    if (tooMuch !== undefined) return failed(tooMuch);
  }
  return { ...preview, succeeded: true, error: undefined, failures: [] };
}

/**
 * The overload of the brokers that stay. A cluster that can't be measured, as while the copies of a removal that was
 * cut off still move, is left to the gates.
 */
async function overloadBy(
  plan: DeployedPlan,
  measure: () => ReturnType<MeasureLoad>,
  report: (line: string) => void,
): Promise<string | undefined> {
  try {
    return overload(plan, await measure());
  } catch (error) {
    report(`warning: what the brokers carry could not be measured, and so is not checked: ${(error as Error).message}`);
    return undefined;
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

/** The stack; it is made if it has a file here and does not exist yet. */
async function openStack(
  { stack: name, environment, action, report }: Deployment,
  pulumi: SupervisedPulumi,
): Promise<{ readonly stack: Stack; readonly isNew: boolean }> {
  const options = { pulumiCommand: pulumi.command, envVars: { ...environment } };
  const program = { stackName: name, workDir: repository };
  try {
    return { stack: await LocalWorkspace.selectStack(program, options), isNew: false };
  } catch (error) {
    if (!(error instanceof PulumiError)) throw error;
    if (failureKind(error.stderr) !== "no stack") throw new UserError(explainPulumiFailure(error.stderr, name));
  }
  if (action === "destroy") throw new UserError(`stack ${name} does not exist: there is nothing to destroy`);
  if (!hasStackFile(name)) {
    throw new UserError(
      `stack ${name} does not exist, and neither does Pulumi.${name}.yaml; there are files for ` +
        `${knownStacks().join(", ")}. For a new stack copy Pulumi.prod.yaml to Pulumi.${name}.yaml, or run \`pulumi ` +
        `stack init ${name}\` to begin with the defaults`,
    );
  }
  report(`stack ${name} does not exist yet: making it`);
  try {
    return { stack: await LocalWorkspace.createStack(program, options), isNew: true };
  } catch (error) {
    if (!(error instanceof PulumiError)) throw error;
    throw new UserError(explainPulumiFailure(error.stderr, name));
  }
}

interface RunOptions {
  /** Gathers what a preview tells. */
  readonly steps?: PlannedSteps;
  /** True: an update does what the last preview has planned, or fails. */
  readonly planned?: boolean;
  /** URNs of resources that a preview or an update replaces, though nothing of them has changed. */
  readonly replace?: readonly string[];
  /** URNs of the resources that a refresh reads. */
  readonly target?: readonly string[];
  /** True: a destroy leaves what is protected, instead of failing at it. */
  readonly excludeProtected?: boolean;
}

async function run(
  stack: Stack,
  pulumi: SupervisedPulumi,
  deployment: Deployment,
  operation: Action | "preview of destroy" | "refresh",
  { steps, planned, replace, target, excludeProtected }: RunOptions = {},
): Promise<DeploymentResult> {
  const { report } = deployment;
  const started = Date.now();
  const progress = new EngineProgress();
  const ticker = setInterval(() => {
    const line = progress.heartbeat(heartbeatMs);
    if (line !== undefined) report(line);
  }, 1000);
  const options = {
    color: "never" as const,
    suppressProgress: true,
    configFile: deployment.configFile,
    onEvent: (event: EngineEvent) => {
      steps?.handle(event);
      progress.handle(event).forEach(report);
    },
  };
  const replacing = replace === undefined ? {} : { replace: [...replace] };
  const end = (rest: Partial<DeploymentResult>): DeploymentResult => ({
    succeeded: true,
    changed: progress.changed,
    changes: progress.changes,
    seconds: Math.round((Date.now() - started) / 100) / 10,
    failures: progress.failures,
    ...rest,
  });
  try {
    switch (operation) {
      case "preview":
        await stack.preview({ ...options, plan: pulumi.planFile, ...replacing });
        return end({});
      case "preview of destroy":
        await stack.previewDestroy({ ...options, excludeProtected });
        return end({});
      case "destroy":
        await stack.destroy({ ...options, excludeProtected });
        return end({});
      case "refresh":
        await stack.refresh({ ...options, target: [...(target ?? [])] });
        return end({});
      case "update":
        return end({
          outputs: readOutputs(
            plainOutputs(
              (await stack.up({ ...options, plan: planned ? pulumi.planFile : undefined, ...replacing })).outputs,
            ),
          ),
        });
    }
  } catch (error) {
    if (!(error instanceof PulumiError)) throw error;
    const failures = await Promise.all(progress.failures.map((failure) => explained(failure, stack, deployment)));
    const text = failures.map(failureText).join("\n\n");
    return end({
      failures,
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

/** The failure with the reason of AWS where an instance did not come, of which the provider does not tell. */
async function explained(failure: ResourceFailure, stack: Stack, { stack: name, environment }: Deployment) {
  if (failureKind(failure.message) === "off plan")
    return { ...failure, message: explainPulumiFailure(failure.message, name) };
  if (emptyGroupIn(failure.message) === undefined) return failure;
  const { value: region } = await stack.getConfig("aws:region");
  return { ...failure, message: await withLastActivity(failure.message, region, environment) };
}

function failureText({ resource, message }: ResourceFailure): string {
  return resource === "" ? message : `${resource}: ${message}`;
}

function plainOutputs(outputs: OutputMap): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([key, { value, secret }]) => (secret ? [] : [[key, value as unknown]])),
  );
}

/**
 * Puts a stack right after a command that was killed: ends what still runs of it, removes its lock, and finds out what
 * it had made. Throws a UserError when another command is at work.
 */
async function recover(stack: Stack, pulumi: SupervisedPulumi, deployment: Deployment): Promise<void> {
  const { stack: name, environment, report } = deployment;
  const orphans = () => orphansOf(name, runningProcesses());
  if (orphans().length > 0) {
    report("an earlier command was killed, and what it started still runs: ending it");
    await endProcesses(orphans);
  }
  await removeAbandonedLock(stack, deployment);
  await recoverInterrupted({
    record: () => pulumi.record(name, environment),
    writeRecord: (record) => pulumi.writeRecord(name, record, environment),
    refresh: async (target) => {
      const { succeeded, error } = await run(stack, pulumi, deployment, "refresh", { target });
      if (!succeeded) throw new UserError(`what was made could not be read: ${error ?? "unknown"}`);
    },
    // The AWS SDK takes a second to load, and is hardly ever needed.
    find: async (...wanted) => (await import("./createdThings")).findCreated(...wanted),
    pause,
    report,
  });
}

async function removeAbandonedLock(stack: Stack, { stack: name, environment, report }: Deployment): Promise<void> {
  const backend = environment.PULUMI_BACKEND_URL ?? (await stack.workspace.whoAmI()).url ?? "";
  const locks = readLocks(backend, name);
  if (locks.length === 0) return;
  const state = lockState(locks, { host: hostname(), processes: runningProcesses() });
  if (state.kind === "in use") {
    throw new UserError(
      `another update of stack ${name} is running (pulumi, process ${state.pid}): wait for it, or interrupt it`,
    );
  }
  // Only a person can know of a lock of another machine: Pulumi will refuse, and say so.
  if (state.kind !== "abandoned") return;
  report("an earlier update was killed and left the stack locked: removing the lock");
  await stack.cancel();
}
