import type { DeployedPlan } from "../../planning/cluster/outputs";
import { resourceLabel } from "../engineProgress";
import { leavingBrokers, protectedParts, refusals } from "../guard";
import type { PlannedSteps } from "../plannedSteps";
import { failureKind } from "../pulumiFailures";
import { overload, type MeasureLoad } from "../remainingLoad";
import type { DeploymentResult, Session } from "./deployment";
import { failureText, run } from "./run";

/**
 * Previews; fails also when the update would do what it may not, and not when that is only protected and may.
 * @param measure the load that the brokers carry, where those that stay have to carry it all; left out when it was
 * asked before
 * @param replace URNs of the resources that are replaced, though nothing of them has changed
 */
export async function safePreview(
  session: Session,
  planned: PlannedSteps,
  measure?: MeasureLoad,
  replace?: readonly string[],
): Promise<DeploymentResult> {
  const { pulumi, deployment } = session;
  const { stack: name, action, yes, remove = [], environment, report } = deployment;
  const isShown = action === "preview" || !yes;
  if (!isShown) report("looking at what would change");
  const shown = isShown ? deployment : { ...deployment, report: () => undefined };
  const preview = await run({ ...session, deployment: shown }, "preview", { steps: planned, replace });
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
