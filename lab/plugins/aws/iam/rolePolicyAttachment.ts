import {
  AttachRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  ListAttachedRolePoliciesCommand,
} from "@aws-sdk/client-iam";

import { unlessMissing } from "../core/errors";
import type { Reference } from "../core/property";
import { required } from "../core/property";
import { resourceType } from "../core/resourceType";
import { iam } from "./client";
import { anExistingRole } from "./references";
import { policyArn, roleName } from "./role";

const anExistingPolicy: Reference = {
  noun: "policy",
  exists: async (context, arn) =>
    (await unlessMissing(() => iam(context).send(new GetPolicyCommand({ PolicyArn: arn })))) !== undefined,
};

/** The id is `<role>/<ARN of the policy>`. */
const partsOf = (id: string) => {
  const slash = id.indexOf("/");
  return { RoleName: id.slice(0, slash), PolicyArn: id.slice(slash + 1) };
};

export const rolePolicyAttachment = resourceType({
  token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  regional: false,
  properties: {
    role: required(roleName, { replaces: true, reference: anExistingRole }),
    policyArn: required(policyArn, { replaces: true, reference: anExistingPolicy }),
  },
  outputs: [],

  async create(context, { role, policyArn: arn }) {
    await iam(context).send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn: arn }));
    return `${role}/${arn}`;
  },

  async read(context, id) {
    const { RoleName, PolicyArn } = partsOf(id);
    const found = await unlessMissing(() => iam(context).send(new ListAttachedRolePoliciesCommand({ RoleName })));
    const isThere = found?.AttachedPolicies?.some((policy) => policy.PolicyArn === PolicyArn) ?? false;
    return isThere ? { role: RoleName, policyArn: PolicyArn } : undefined;
  },

  async delete(context, id) {
    await unlessMissing(() => iam(context).send(new DetachRolePolicyCommand(partsOf(id))));
  },
});
