/** Updates that do nothing else than what a preview has shown. */
import { confirmed } from "../../cli/confirm";
import { unfinishedExitCode } from "../../planning/cluster/names";
import { readOutputs } from "../../planning/cluster/outputs";
import { changesText, resourceLabel } from "../engineProgress";
import { protectedParts } from "../guard";
import { PlannedSteps } from "../plannedSteps";
import type { MeasureLoad } from "../remainingLoad";
import { changing, type DeploymentResult, type Session } from "./deployment";
import { safePreview } from "./preview";
import { plainOutputs, run } from "./run";

/**
 * Previews, and if that is free of danger and there is something to change, updates: by the preview's plan, so that
 * Pulumi does nothing else than what was checked.
 * @param planned gathers what the preview tells
 */
export async function guardedUpdate(
  session: Session,
  planned: PlannedSteps,
  measure: MeasureLoad,
): Promise<DeploymentResult> {
  const { stack, pulumi, deployment } = session;
  const { stack: name, action, yes, remove = [], report } = deployment;
  const preview = await safePreview(session, planned, measure);
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
  const update = () => (lifted.length > 0 ? checkedUpdate(session) : run(session, "update", { planned: true }));
  const result = await continued(session, await update());
  if (!result.succeeded) return result;
  for (const { node, id, change, retained } of planned.all) {
    if (change !== "deleted" || !retained) continue;
    report(`${id}, the volume of ${node}, is kept in AWS; once nobody needs its data, delete it there`);
  }
  return result;
}

/** Updates by the plan of a preview that nobody has to look at. */
async function checkedUpdate(session: Session): Promise<DeploymentResult> {
  const { pulumi, deployment } = session;
  const agreed = { ...deployment, yes: true };
  const preview = await safePreview({ ...session, deployment: agreed }, new PlannedSteps());
  if (!preview.succeeded || pulumi.interrupted) return preview;
  return run(session, "update", { planned: true });
}

/** Updates, and updates again, as long as each ends early because there is more to do than fits into one. */
export async function continued(session: Session, first: DeploymentResult): Promise<DeploymentResult> {
  const { pulumi, deployment } = session;
  let result = first;
  while (isUnfinished(result) && !pulumi.interrupted) {
    deployment.report("there is more to do than fits into one update: going on with the next");
    const { changed, seconds } = result;
    const next = await checkedUpdate(session);
    result = { ...next, changed: changed || next.changed, seconds: Math.round((seconds + next.seconds) * 10) / 10 };
  }
  return result;
}

/** Whether nothing went wrong, and a command of the ops host is to be run again. */
function isUnfinished({ succeeded, failures }: DeploymentResult): boolean {
  const exit = new RegExp(`exited with status ${unfinishedExitCode}\\b`);
  return !succeeded && failures.length > 0 && failures.every(({ message }) => exit.test(message));
}
