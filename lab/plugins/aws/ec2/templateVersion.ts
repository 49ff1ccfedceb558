import { DescribeLaunchTemplateVersionsCommand } from "@aws-sdk/client-ec2";

import type { Context } from "../core/context";
import { unlessMissing } from "../core/errors";
import { ec2 } from "./client";

/** Whether a launch template, by id or name, has a version (a number, `$Latest` or `$Default`). */
export async function anExistingTemplateVersion(
  context: Context,
  template: { readonly id?: string | undefined; readonly name?: string | undefined },
  version: string,
): Promise<boolean> {
  const command = new DescribeLaunchTemplateVersionsCommand({
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    Versions: [version],
  });
  const found = await unlessMissing(() => ec2(context).send(command));
  return (found?.LaunchTemplateVersions ?? []).length > 0;
}
