import { DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";

import { Refusal } from "../core/errors";
import { idOf } from "../core/kinds";
import { required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { ec2 } from "./client";
import { anExistingVpc } from "./references";
import { readSecurityGroup, revokeAll } from "./securityGroup";
import { ec2Tagging } from "./tags";

/** The group that comes with a VPC: taken over without its rules, and left alone at the end. */
export const defaultSecurityGroup = resourceType({
  token: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  properties: {
    vpcId: required(idOf("vpc"), { replaces: true, reference: anExistingVpc }),
    ...unsupportedAll("ingress", "egress", "revokeRulesOnDelete"),
  },
  outputs: ["arn", "description", "name", "namePrefix", "ownerId"],
  tagging: ec2Tagging,

  async create(context, inputs, tags) {
    const { SecurityGroups } = await ec2(context).send(
      new DescribeSecurityGroupsCommand({
        Filters: [
          { Name: "vpc-id", Values: [inputs.vpcId] },
          { Name: "group-name", Values: ["default"] },
        ],
      }),
    );
    const id = SecurityGroups?.[0]?.GroupId;
    if (id === undefined) throw new Refusal(`${inputs.vpcId} has no default security group`);
    await revokeAll(context, id);
    if (Object.keys(tags).length > 0) await ec2Tagging.retag(context, id, tags, [], {});
    return id;
  },

  async read(context, id) {
    const found = await readSecurityGroup(context, id);
    return found && { ...found, namePrefix: "" };
  },

  delete: () => Promise.resolve(),
});
