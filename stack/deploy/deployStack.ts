import { requireTerminal } from "../../cli/confirm";
import { tagRetained } from "../keptVolumes";
import { plannedChanges } from "../plannedChanges";
import { PlannedSteps } from "../plannedSteps";
import { measureLoad, type MeasureLoad } from "../remainingLoad";
import { volumeWorld, type VolumeWorld } from "../volumeReplacement";
import { checkStackFile } from "../stackFile";
import { SupervisedPulumi } from "../supervisedPulumi";
import { changing, type Deployment, type DeploymentResult, type Session } from "./deployment";
import { destroy } from "./destroy";
import { replaceVolume } from "./replaceVolume";
import { passInterruptionsOn } from "./interruptions";
import { openStack } from "./openStack";
import { recover } from "./recover";
import { guardedUpdate } from "./update";

/** Previews or updates. */
async function changed(
  session: Session,
  steps: PlannedSteps,
  measure: MeasureLoad,
  volumes: VolumeWorld,
): Promise<DeploymentResult> {
  const { replaceVolume: node } = session.deployment;
  if (node !== undefined) return replaceVolume(session, node, steps, volumes);
  return guardedUpdate(session, steps, measure);
}

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
  if (action !== "destroy") checkStackFile(name, environment, deployment.configFile);
  const pulumi = await SupervisedPulumi.find(name);
  const stopListening = passInterruptionsOn(pulumi, report);
  try {
    const { stack, isNew } = await openStack(deployment, pulumi);
    const session = { stack, pulumi, deployment };
    if (action !== "preview" && !isNew) await recover(session);
    if (action === "destroy") return await destroy(session, tag);
    const steps = new PlannedSteps();
    const result = await changed(session, steps, measure, volumes);
    return { ...result, planned: plannedChanges(steps) };
  } finally {
    stopListening();
    pulumi.close();
  }
}
