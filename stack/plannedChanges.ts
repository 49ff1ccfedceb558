/** What an update does, in an operator's words: what is created, rolled, moved, replaced, deleted. Pure. */
import type { DeployedPlan } from "../planning/cluster/outputs";
import { resourceLabel, resourceName, resourceType } from "./engineProgress";
import type { Change, PlannedStep, PlannedSteps } from "./plannedSteps";

/** The changes of an update, by nodes and by the resources that belong to no node which comes or goes. */
export interface PlannedChanges {
  /** Nodes that are made: `kafka-6`. */
  readonly created: readonly string[];
  /** Nodes whose machines are replaced one by one, each with its address, id and data. */
  readonly rolled: readonly string[];
  /** Nodes that are deleted. */
  readonly deleted: readonly string[];
  /** Whether copies and leaders of partitions move. */
  readonly moved: boolean;
  /** Remote commands that are run: `cluster-kafka-roll`. */
  readonly commands: readonly string[];
  /** Other resources by what happens to them: `ebs.Volume kafka-3`. */
  readonly resources: Readonly<Record<Change, readonly string[]>>;
  /** The plan of the cluster after the update; absent when the program did not come so far. */
  readonly plan?: DeployedPlan;
  /** The plan of what is deployed; absent where nothing is. */
  readonly deployedPlan?: DeployedPlan;
}

/** The changes that a preview, or an update, has told of. */
export function plannedChanges({ all, plan, deployedPlan }: PlannedSteps): PlannedChanges {
  const steps = all.filter(({ urn }) => !isComposed(urn));
  const nodes = [...new Set(steps.flatMap(({ node }) => node ?? []))].sort(byName);
  const partsOf = (name: string) => steps.filter(({ node }) => node === name);
  const wholly = (wanted: Change) => nodes.filter((node) => partsOf(node).every(({ change }) => change === wanted));
  const created = wholly("created");
  const deleted = wholly("deleted");
  const rolled = nodes.filter((node) => !created.includes(node) && partsOf(node).some(changesMachine));

  const isCommand = ({ urn }: PlannedStep) => resourceType(urn).startsWith("command:");
  const commands = steps
    .filter((step) => isCommand(step) && step.change !== undefined && step.change !== "deleted")
    .map(({ urn }) => resourceName(urn));
  const others = steps.filter(
    (step) => !isCommand(step) && !created.includes(step.node ?? "") && !deleted.includes(step.node ?? ""),
  );
  const by = (wanted: Change) => others.filter(({ change }) => change === wanted).map(labelOf);
  return {
    created,
    rolled,
    deleted,
    moved:
      deployedPlan !== undefined &&
      ([...created, ...deleted].some((node) => node.startsWith("kafka-")) ||
        (plan !== undefined && plan.replicationFactor !== deployedPlan.replicationFactor)),
    commands,
    resources: { created: by("created"), updated: by("updated"), replaced: by("replaced"), deleted: by("deleted") },
    plan,
    deployedPlan,
  };
}

/** Components, the stack and providers are no more than what they are made of. */
const isComposed = (urn: string) => /^(kafka-on-ec2:|pulumi:)/.test(resourceType(urn));

/** A node's instance is what its launch template says, or is replaced. */
function changesMachine({ urn, change }: PlannedStep): boolean {
  return (
    resourceType(urn) === "aws:ec2/launchTemplate:LaunchTemplate" && (change === "updated" || change === "replaced")
  );
}

function labelOf({ urn, change, because }: PlannedStep): string {
  const reason = change === "replaced" && because.length > 0 ? ` (${because.join(", ")})` : "";
  return resourceLabel(urn) + reason;
}

const byName = (a: string, b: string) => a.localeCompare(b, "en", { numeric: true });
