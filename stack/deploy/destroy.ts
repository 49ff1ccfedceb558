import { confirmed } from "../../cli/confirm";
import { UserError } from "../../cli/userError";
import { changesText } from "../engineProgress";
import { keptText, keptVolumes, type tagRetained } from "../keptVolumes";
import { changing, type DeploymentResult, type Session } from "./deployment";
import { run } from "./run";

/** Takes the stack down; with `dataProtection` all but the data volumes, which stay in Pulumi's record too. */
export async function destroy(session: Session, tag: typeof tagRetained): Promise<DeploymentResult> {
  const { pulumi, deployment } = session;
  const { stack: name, yes, report } = deployment;
  const kept = keptVolumes(await pulumi.record(name, deployment.environment));
  const excludeProtected = kept.length > 0;
  if (!yes) {
    const preview = await run(session, "preview of destroy", { excludeProtected });
    if (!preview.succeeded) throw new UserError(preview.error ?? "the preview failed");
    report(changesText(preview.changes, true));
    const what = excludeProtected ? `but keep its ${kept.length} data volumes` : "and all its data";
    await confirmed(`destroy stack ${name} ${what}? Type its name: `, name, changing(name));
  }
  if (!excludeProtected) return run(session, "destroy");

  report(`marking ${kept.length} data volumes as retained`);
  // Before anything goes: a destroy that is cut off leaves marked volumes too.
  await tag(kept, name, new Date());
  // So that Pulumi knows of the tag, and the next update takes it off.
  const read = await run(session, "refresh", { target: kept.map(({ urn }) => urn) });
  if (!read.succeeded) return read;
  const result = await run(session, "destroy", { excludeProtected });
  if (result.succeeded) report(keptText(kept, name));
  return { ...result, kept };
}
