import { confirmed } from "../../cli/confirm";
import { changesText } from "../engineProgress";
import type { PlannedSteps } from "../plannedSteps";
import { replaceableIn, volumeOf, type VolumeWorld } from "../volumeReplacement";
import { changing, type DeploymentResult, type Session } from "./deployment";
import { safePreview } from "./preview";
import { run } from "./run";
import { continued } from "./update";

/**
 * Replaces the data volume of a node by an empty one, which the node fills from the others: only where these have all
 * that is on it. The old one is kept in AWS.
 */
export async function replaceVolume(
  session: Session,
  node: string,
  steps: PlannedSteps,
  volumes: VolumeWorld,
): Promise<DeploymentResult> {
  const { pulumi, deployment } = session;
  const { stack: name, yes, environment, report } = deployment;
  const record = await pulumi.record(name, environment);
  const { id, urn, region } = volumeOf(record, node, name);
  await volumes.ask(name, environment, "check", node);
  report(`${node}: all that is on ${id} is in sync on other nodes, which are well`);

  const replace = [urn];
  await pulumi.writeRecord(name, replaceableIn(record, urn), environment);
  let begun = false;
  try {
    const preview = await safePreview(session, steps, undefined, replace);
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
    const first = await run(session, "update", { planned: true, replace });
    const result = await continued(session, first);
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
