import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";

import type { Context } from "../core/context";
import { Refusal, unlessMissing } from "../core/errors";
import { flag, integer, policyDocument, shortText, textOf } from "../core/kinds";
import { defaulted, optional, required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { iam } from "./client";
import { anExistingRole } from "./references";
import { taggingBy, tagList, tagsFrom } from "../core/tags";

export const roleName = textOf(/^[\w+=,.@-]{1,64}$/, "1 to 64 letters, digits and +=,.@-_");
export const path = textOf(/^\/(?:[\x21-\x7e]+\/)?$/, "a path that begins and ends with /");

/** The name of whatever is not a role. */
export const nameOf128 = {
  name: optional(textOf(/^[\w+=,.@-]{1,128}$/, "1 to 128 letters, digits and +=,.@-_"), {
    computed: true,
    replaces: true,
  }),
  namePrefix: optional(shortText(102, 1), { computed: true, replaces: true }),
};
export const policyArn = textOf(/^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/.+$/, "the ARN of a policy");

/** IAM hands documents out URL-encoded; some emulators do not. */
export function decoded(document: string | undefined): string | undefined {
  return document?.startsWith("%") ? decodeURIComponent(document) : document;
}

export const role = resourceType({
  token: "aws:iam/role:Role",
  regional: false,
  properties: {
    name: optional(roleName, { computed: true, replaces: true }),
    namePrefix: optional(shortText(38, 1), { computed: true, replaces: true }),
    assumeRolePolicy: required(policyDocument, { compare: "json", document: true }),
    description: optional(shortText(1000)),
    forceDetachPolicies: defaulted(flag, false),
    maxSessionDuration: defaulted(integer(3600, 43200), 3600),
    path: defaulted(path, "/", { replaces: true }),
    permissionsBoundary: optional(policyArn),
    ...unsupportedAll("inlinePolicies", "managedPolicyArns"),
  },
  outputs: ["arn", "createDate", "uniqueId"],
  autoname: { property: "name", unless: "namePrefix", mostCharacters: 64 },
  tagging: taggingBy({
    tag: (context, id, tags) => iam(context).send(new TagRoleCommand({ RoleName: id, Tags: tagList(tags) })),
    untag: (context, id, TagKeys) => iam(context).send(new UntagRoleCommand({ RoleName: id, TagKeys })),
  }),

  async create(context, inputs, tags) {
    const { Role } = await iam(context).send(
      new CreateRoleCommand({
        RoleName: inputs.name ?? `${inputs.namePrefix}${Date.now()}`,
        AssumeRolePolicyDocument: inputs.assumeRolePolicy,
        Description: inputs.description,
        MaxSessionDuration: inputs.maxSessionDuration,
        Path: inputs.path,
        PermissionsBoundary: inputs.permissionsBoundary,
        Tags: tagList(tags),
      }),
    );
    return Role?.RoleName ?? "";
  },

  async read(context, id) {
    const found = (await unlessMissing(() => iam(context).send(new GetRoleCommand({ RoleName: id }))))?.Role;
    if (found === undefined) return undefined;
    const { Tags } = await iam(context).send(new ListRoleTagsCommand({ RoleName: id }));
    return {
      arn: found.Arn,
      name: found.RoleName,
      assumeRolePolicy: decoded(found.AssumeRolePolicyDocument),
      description: found.Description || undefined,
      maxSessionDuration: found.MaxSessionDuration,
      path: found.Path,
      permissionsBoundary: found.PermissionsBoundary?.PermissionsBoundaryArn,
      createDate: found.CreateDate?.toISOString(),
      uniqueId: found.RoleId,
      tags: tagsFrom(Tags),
    };
  },

  async update(context, id, { news, changed }) {
    if (changed.has("assumeRolePolicy")) {
      await iam(context).send(
        new UpdateAssumeRolePolicyCommand({ RoleName: id, PolicyDocument: news.assumeRolePolicy }),
      );
    }
    if (changed.has("permissionsBoundary")) {
      const PermissionsBoundary = news.permissionsBoundary;
      await (PermissionsBoundary === undefined
        ? iam(context).send(new DeleteRolePermissionsBoundaryCommand({ RoleName: id }))
        : iam(context).send(new PutRolePermissionsBoundaryCommand({ RoleName: id, PermissionsBoundary })));
    }
    if (changed.has("description") || changed.has("maxSessionDuration")) {
      await iam(context).send(
        new UpdateRoleCommand({
          RoleName: id,
          Description: news.description ?? "",
          MaxSessionDuration: news.maxSessionDuration,
        }),
      );
    }
  },

  async delete(context, id, state) {
    if (state.forceDetachPolicies === true) await detachAll(context, id);
    await unlessMissing(() => iam(context).send(new DeleteRoleCommand({ RoleName: id })));
  },
});

async function detachAll(context: Context, name: string): Promise<void> {
  const { AttachedPolicies = [] } = await iam(context).send(new ListAttachedRolePoliciesCommand({ RoleName: name }));
  for (const { PolicyArn } of AttachedPolicies) {
    await iam(context).send(new DetachRolePolicyCommand({ RoleName: name, PolicyArn }));
  }
  const { PolicyNames = [] } = await iam(context).send(new ListRolePoliciesCommand({ RoleName: name }));
  for (const PolicyName of PolicyNames) {
    await iam(context).send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName }));
  }
}

/** The id of a role's policy: `<role>:<policy>`. */
function splitPolicyId(id: string): { RoleName: string; PolicyName: string } {
  const [RoleName, PolicyName, ...rest] = id.split(":");
  if (!RoleName || !PolicyName || rest.length > 0) {
    throw new Refusal(`${id} is not the id of a role policy, which is <role name>:<policy name>`);
  }
  return { RoleName, PolicyName };
}

export const rolePolicy = resourceType({
  token: "aws:iam/rolePolicy:RolePolicy",
  regional: false,
  properties: {
    ...nameOf128,
    role: required(roleName, { replaces: true, reference: anExistingRole }),
    policy: required(policyDocument, { compare: "json", document: true }),
  },
  outputs: [],
  autoname: { property: "name", unless: "namePrefix", mostCharacters: 128 },

  async create(context, inputs) {
    const PolicyName = inputs.name ?? `${inputs.namePrefix}${Date.now()}`;
    await iam(context).send(
      new PutRolePolicyCommand({ RoleName: inputs.role, PolicyName, PolicyDocument: inputs.policy }),
    );
    return `${inputs.role}:${PolicyName}`;
  },

  async read(context, id) {
    const command = new GetRolePolicyCommand(splitPolicyId(id));
    const found = await unlessMissing(() => iam(context).send(command));
    if (found === undefined) return undefined;
    return { name: found.PolicyName, role: found.RoleName, policy: decoded(found.PolicyDocument) };
  },

  async update(context, id, { news }) {
    await iam(context).send(new PutRolePolicyCommand({ ...splitPolicyId(id), PolicyDocument: news.policy }));
  },

  async delete(context, id) {
    await unlessMissing(() => iam(context).send(new DeleteRolePolicyCommand(splitPolicyId(id))));
  },
});
