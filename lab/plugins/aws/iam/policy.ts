import type { PolicyVersion } from "@aws-sdk/client-iam";
import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListPolicyVersionsCommand,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
} from "@aws-sdk/client-iam";

import type { Context } from "../core/context";
import { unlessMissing } from "../core/errors";
import { policyDocument, shortText } from "../core/kinds";
import { defaulted, optional, required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { taggingBy, tagList, tagsFrom } from "../core/tags";
import { iam } from "./client";
import { decoded, nameOf128, path } from "./role";

/** How many versions IAM keeps of a policy. */
const mostVersions = 5;

async function otherVersions(context: Context, arn: string): Promise<readonly PolicyVersion[]> {
  const { Versions = [] } = await iam(context).send(new ListPolicyVersionsCommand({ PolicyArn: arn }));
  return Versions.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true);
}

async function deleteVersion(context: Context, arn: string, version: PolicyVersion | undefined): Promise<void> {
  if (version === undefined) return;
  await iam(context).send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: version.VersionId }));
}

export const policy = resourceType({
  token: "aws:iam/policy:Policy",
  regional: false,
  properties: {
    ...nameOf128,
    description: optional(shortText(1000), { replaces: true }),
    path: defaulted(path, "/", { replaces: true }),
    policy: required(policyDocument, { compare: "json", document: true }),
    ...unsupportedAll("delayAfterPolicyCreationInMs"),
  },
  outputs: ["arn", "attachmentCount", "policyId"],
  autoname: { property: "name", unless: "namePrefix", mostCharacters: 128 },
  tagging: taggingBy({
    tag: (context, id, tags) => iam(context).send(new TagPolicyCommand({ PolicyArn: id, Tags: tagList(tags) })),
    untag: (context, id, TagKeys) => iam(context).send(new UntagPolicyCommand({ PolicyArn: id, TagKeys })),
  }),

  async create(context, inputs, tags) {
    const { Policy } = await iam(context).send(
      new CreatePolicyCommand({
        PolicyName: inputs.name ?? `${inputs.namePrefix}${Date.now()}`,
        Description: inputs.description,
        Path: inputs.path,
        PolicyDocument: inputs.policy,
        Tags: tagList(tags),
      }),
    );
    return Policy?.Arn ?? "";
  },

  async read(context, id) {
    const found = (await unlessMissing(() => iam(context).send(new GetPolicyCommand({ PolicyArn: id }))))?.Policy;
    if (found === undefined) return undefined;
    const { PolicyVersion } = await iam(context).send(
      new GetPolicyVersionCommand({ PolicyArn: id, VersionId: found.DefaultVersionId }),
    );
    return {
      arn: found.Arn,
      name: found.PolicyName,
      description: found.Description || undefined,
      path: found.Path,
      policy: decoded(PolicyVersion?.Document),
      policyId: found.PolicyId,
      attachmentCount: found.AttachmentCount,
      tags: tagsFrom(found.Tags),
    };
  },

  // A change is a new version; the oldest goes when there are as many as IAM keeps.
  async update(context, id, { news, changed }) {
    if (!changed.has("policy")) return;
    const others = await otherVersions(context, id);
    const age = ({ CreateDate }: PolicyVersion) => CreateDate?.getTime() ?? 0;
    const [oldest] = [...others].sort((one, other) => age(one) - age(other));
    if (others.length + 1 >= mostVersions) await deleteVersion(context, id, oldest);
    const { PolicyVersion } = await iam(context).send(
      new CreatePolicyVersionCommand({ PolicyArn: id, PolicyDocument: news.policy, SetAsDefault: false }),
    );
    await iam(context).send(new SetDefaultPolicyVersionCommand({ PolicyArn: id, VersionId: PolicyVersion?.VersionId }));
  },

  async delete(context, id) {
    await unlessMissing(async () => {
      for (const version of await otherVersions(context, id)) await deleteVersion(context, id, version);
      await iam(context).send(new DeletePolicyCommand({ PolicyArn: id }));
    });
  },
});
