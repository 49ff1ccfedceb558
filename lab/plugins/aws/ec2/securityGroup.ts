import {
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import { completing, unlessMissing } from "../core/errors";
import { flag, idOf, shortText } from "../core/kinds";
import { defaulted, optional, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { ec2 } from "./client";
import { deleteWhenFree } from "./dependents";
import { anExistingVpc } from "./references";
import { tagsFrom } from "../core/tags";
import { ec2Tagging, tagSpecifications } from "./tags";

const description = shortText(255, 1).regex(
  /^[0-9A-Za-z_ .:/()#,@[\]+=&;{}!$*-]*$/,
  "must consist of letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
);
const name = shortText(255, 1).refine((value) => !value.startsWith("sg-"), `must not begin with "sg-"`);

export async function readSecurityGroup(context: Context, id: string) {
  const command = new DescribeSecurityGroupsCommand({ GroupIds: [id] });
  const found = (await unlessMissing(() => ec2(context).send(command)))?.SecurityGroups?.[0];
  if (found === undefined) return undefined;
  return {
    arn: await arnOf(context, "ec2", `security-group/${id}`),
    name: found.GroupName,
    description: found.Description,
    vpcId: found.VpcId,
    ownerId: found.OwnerId,
    tags: tagsFrom(found.Tags),
  };
}

export const securityGroup = resourceType({
  token: "aws:ec2/securityGroup:SecurityGroup",
  properties: {
    name: optional(name, { computed: true, replaces: true }),
    namePrefix: optional(shortText(229, 1), { computed: true, replaces: true }),
    description: defaulted(description, "Managed by Pulumi", { replaces: true }),
    vpcId: optional(idOf("vpc"), { computed: true, replaces: true, reference: anExistingVpc }),
    revokeRulesOnDelete: defaulted(flag, false),
    // Rules are resources of their own here; both at once fight each other.
    ...unsupportedAll("ingress", "egress"),
  },
  outputs: ["arn", "ownerId"],
  tagging: ec2Tagging,
  autoname: { property: "name", unless: "namePrefix", mostCharacters: 255 },

  check({ inputs, given }) {
    if (!given("namePrefix") || inputs.name === undefined) return [];
    return [{ property: "namePrefix", reason: "name and namePrefix: give one of them only" }];
  },

  async create(context, inputs, tags) {
    const { GroupId: id = "" } = await ec2(context).send(
      new CreateSecurityGroupCommand({
        GroupName: inputs.name ?? `${inputs.namePrefix}${Date.now()}`,
        Description: inputs.description,
        VpcId: inputs.vpcId,
        TagSpecifications: tagSpecifications("security-group", tags),
      }),
    );
    // AWS lets everything out of a new group; the provider takes that away, so that only the stated rules hold.
    const everything = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
    const revoke = new RevokeSecurityGroupEgressCommand({ GroupId: id, IpPermissions: [everything] });
    return completing(id, () => ec2(context).send(revoke));
  },

  read: readSecurityGroup,

  async delete(context, id, state) {
    if (state.revokeRulesOnDelete === true) await revokeAll(context, id);
    await deleteWhenFree(context, `security group ${id}`, () =>
      ec2(context).send(new DeleteSecurityGroupCommand({ GroupId: id })),
    );
  },
});

export async function revokeAll(context: Context, id: string): Promise<void> {
  const filter = { Name: "group-id", Values: [id] };
  const { SecurityGroupRules: rules = [] } = await ec2(context).send(
    new DescribeSecurityGroupRulesCommand({ Filters: [filter] }),
  );
  const ids = (egress: boolean) =>
    rules.filter(({ IsEgress }) => IsEgress === egress).map(({ SecurityGroupRuleId }) => SecurityGroupRuleId ?? "");
  const ingress = ids(false);
  const egress = ids(true);
  if (ingress.length > 0) {
    await ec2(context).send(new RevokeSecurityGroupIngressCommand({ GroupId: id, SecurityGroupRuleIds: ingress }));
  }
  if (egress.length > 0) {
    await ec2(context).send(new RevokeSecurityGroupEgressCommand({ GroupId: id, SecurityGroupRuleIds: egress }));
  }
}
