import {
  CreateVpcCommand,
  DeleteVpcCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  ModifyVpcAttributeCommand,
} from "@aws-sdk/client-ec2";
import type { Vpc } from "@aws-sdk/client-ec2";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import { completing, unlessMissing } from "../core/errors";
import { flag, ipv4Block, oneOf } from "../core/kinds";
import { defaulted, optional, required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { ec2 } from "./client";
import { tagsFrom } from "../core/tags";
import { ec2Tagging, tagSpecifications } from "./tags";

export async function findVpc(context: Context, id: string): Promise<Vpc | undefined> {
  return unlessMissing(async () => (await ec2(context).send(new DescribeVpcsCommand({ VpcIds: [id] }))).Vpcs?.[0]);
}

async function setDns(context: Context, id: string, support?: boolean, hostnames?: boolean): Promise<void> {
  // One attribute a call is all that AWS takes.
  if (support !== undefined) {
    await ec2(context).send(new ModifyVpcAttributeCommand({ VpcId: id, EnableDnsSupport: { Value: support } }));
  }
  if (hostnames !== undefined) {
    await ec2(context).send(new ModifyVpcAttributeCommand({ VpcId: id, EnableDnsHostnames: { Value: hostnames } }));
  }
}

/** What a VPC is born with. */
export async function vpcDetails(context: Context, id: string) {
  const inVpc = { Name: "vpc-id", Values: [id] };
  const client = ec2(context);
  const [support, hostnames, tables, groups, acls] = await Promise.all([
    client.send(new DescribeVpcAttributeCommand({ VpcId: id, Attribute: "enableDnsSupport" })),
    client.send(new DescribeVpcAttributeCommand({ VpcId: id, Attribute: "enableDnsHostnames" })),
    client.send(new DescribeRouteTablesCommand({ Filters: [inVpc, { Name: "association.main", Values: ["true"] }] })),
    client.send(new DescribeSecurityGroupsCommand({ Filters: [inVpc, { Name: "group-name", Values: ["default"] }] })),
    client.send(new DescribeNetworkAclsCommand({ Filters: [inVpc, { Name: "default", Values: ["true"] }] })),
  ]);
  return {
    enableDnsSupport: support.EnableDnsSupport?.Value,
    enableDnsHostnames: hostnames.EnableDnsHostnames?.Value,
    mainRouteTableId: tables.RouteTables?.[0]?.RouteTableId,
    defaultSecurityGroupId: groups.SecurityGroups?.[0]?.GroupId,
    defaultNetworkAclId: acls.NetworkAcls?.[0]?.NetworkAclId,
  };
}

export const vpc = resourceType({
  token: "aws:ec2/vpc:Vpc",
  properties: {
    cidrBlock: required(ipv4Block(16, 28), { replaces: true }),
    enableDnsHostnames: optional(flag, { computed: true }),
    enableDnsSupport: defaulted(flag, true),
    instanceTenancy: defaulted(oneOf("default", "dedicated"), "default", { replaces: true }),
    ...unsupportedAll(
      "assignGeneratedIpv6CidrBlock",
      "enableNetworkAddressUsageMetrics",
      "ipv4IpamPoolId",
      "ipv4NetmaskLength",
      "ipv6CidrBlock",
      "ipv6CidrBlockNetworkBorderGroup",
      "ipv6IpamPoolId",
      "ipv6NetmaskLength",
    ),
  },
  outputs: [
    "arn",
    "defaultNetworkAclId",
    "defaultRouteTableId",
    "defaultSecurityGroupId",
    "dhcpOptionsId",
    "mainRouteTableId",
    "ownerId",
  ],
  tagging: ec2Tagging,

  async create(context, inputs, tags) {
    const { Vpc } = await ec2(context).send(
      new CreateVpcCommand({
        CidrBlock: inputs.cidrBlock,
        InstanceTenancy: inputs.instanceTenancy,
        TagSpecifications: tagSpecifications("vpc", tags),
      }),
    );
    const id = Vpc?.VpcId ?? "";
    return completing(id, () => setDns(context, id, inputs.enableDnsSupport, inputs.enableDnsHostnames));
  },

  async read(context, id) {
    const found = await findVpc(context, id);
    if (found === undefined) return undefined;
    const details = await vpcDetails(context, id);
    return {
      arn: await arnOf(context, "ec2", `vpc/${id}`),
      cidrBlock: found.CidrBlock,
      instanceTenancy: found.InstanceTenancy,
      dhcpOptionsId: found.DhcpOptionsId,
      ownerId: found.OwnerId,
      defaultRouteTableId: details.mainRouteTableId,
      ...details,
      tags: tagsFrom(found.Tags),
    };
  },

  async update(context, id, { news, changed }) {
    await setDns(
      context,
      id,
      changed.has("enableDnsSupport") ? news.enableDnsSupport : undefined,
      changed.has("enableDnsHostnames") ? news.enableDnsHostnames : undefined,
    );
  },

  async delete(context, id) {
    await unlessMissing(() => ec2(context).send(new DeleteVpcCommand({ VpcId: id })));
  },
});
