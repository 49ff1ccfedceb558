/** One operation of Pulumi's engine. */
import type { EngineEvent, OutputMap, Stack } from "@pulumi/pulumi/automation";
import { readOutputs } from "../../planning/cluster/outputs";
import { lastLines } from "../../planning/cluster/outputText";
import { EngineProgress, type ResourceFailure } from "../engineProgress";
import { emptyGroupIn, withLastActivity } from "../launchFailures";
import type { PlannedSteps } from "../plannedSteps";
import { explainPulumiFailure, failureKind } from "../pulumiFailures";
import { PulumiError } from "../supervisedPulumi";
import type { Action, Deployment, DeploymentResult, Session } from "./deployment";
import { policyOptions } from "./policies";

/** The silence in ms after which a line says what is under way. */
const heartbeatMs = 5000;

interface RunOptions {
  /** Gathers what a preview tells. */
  readonly steps?: Pick<PlannedSteps, "handle">;
  /** True: of what happens only the heartbeat is reported. */
  readonly quiet?: boolean;
  /** True: an update does what the last preview has planned, or fails. */
  readonly planned?: boolean;
  /** URNs of resources that a preview or an update replaces, though nothing of them has changed. */
  readonly replace?: readonly string[];
  /** URNs of the resources that a refresh reads. */
  readonly target?: readonly string[];
  /** True: a destroy leaves what is protected, instead of failing at it. */
  readonly excludeProtected?: boolean;
}

/** Runs it, reports what happens, and gives its result: a failure of Pulumi too. */
export async function run(
  { stack, pulumi, deployment }: Session,
  operation: Action | "preview of destroy" | "preview of refresh" | "refresh",
  { steps, quiet, planned, replace, target, excludeProtected }: RunOptions = {},
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
      const lines = progress.handle(event);
      if (quiet !== true) lines.forEach(report);
    },
  };
  /** For what runs the program. */
  const running = () => ({
    ...options,
    ...policyOptions({ pulumi, deployment }),
    ...(replace === undefined ? {} : { replace: [...replace] }),
  });
  const end = (rest: Partial<DeploymentResult>): DeploymentResult => ({
    succeeded: true,
    changed: progress.changed,
    changes: progress.changes,
    seconds: Math.round((Date.now() - started) / 100) / 10,
    failures: progress.failures,
    notes: progress.notes,
    warnings: progress.warnings,
    ...rest,
  });
  try {
    switch (operation) {
      case "preview":
        await stack.preview({ ...running(), plan: pulumi.planFile });
        return end({});
      case "preview of destroy":
        await stack.previewDestroy({ ...options, excludeProtected });
        return end({});
      case "destroy":
        await stack.destroy({ ...options, excludeProtected });
        return end({});
      case "preview of refresh":
        await stack.previewRefresh(options);
        return end({});
      case "refresh":
        await stack.refresh({ ...options, target: [...(target ?? [])] });
        return end({});
      case "update":
        return end({
          outputs: readOutputs(
            plainOutputs((await stack.up({ ...running(), plan: planned ? pulumi.planFile : undefined })).outputs),
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

/** The failure in one text, with the resource's name where it has one. */
export function failureText({ resource, message }: ResourceFailure): string {
  return resource === "" ? message : `${resource}: ${message}`;
}

/** The outputs that are no secrets. */
export function plainOutputs(outputs: OutputMap): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([key, { value, secret }]) => (secret ? [] : [[key, value as unknown]])),
  );
}
