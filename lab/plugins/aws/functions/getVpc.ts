import { DescribeVpcsCommand } from "@aws-sdk/client-ec2";

import { arnOf } from "../core/context";
import { unlessMissing } from "../core/errors";
import { flag, idOf, ipv4Block, oneOf, tagMap, text } from "../core/kinds";
import { optional } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { ec2 } from "../ec2/client";
import { tagsFrom } from "../core/tags";
import { vpcDetails } from "../ec2/vpc";
import { apiFilters, filterList, filterOn, theOnly } from "./filters";

export const getVpc = providerFunction({
  token: "aws:ec2/getVpc:getVpc",
  properties: {
    id: optional(idOf("vpc")),
    cidrBlock: optional(ipv4Block()),
    default: optional(flag),
    dhcpOptionsId: optional(text),
    filters: optional(filterList),
    state: optional(oneOf("pending", "available")),
    tags: optional(tagMap),
  },

  async invoke(context, inputs) {
    const command = new DescribeVpcsCommand({
      VpcIds: inputs.id === undefined ? undefined : [inputs.id],
      Filters: apiFilters(
        inputs.filters,
        inputs.tags,
        filterOn("cidr", inputs.cidrBlock),
        filterOn("isDefault", inputs.default === undefined ? undefined : String(inputs.default)),
        filterOn("dhcp-options-id", inputs.dhcpOptionsId),
        filterOn("state", inputs.state),
      ),
    });
    const found = theOnly((await unlessMissing(() => ec2(context).send(command)))?.Vpcs, "VPC");
    const id = found.VpcId ?? "";
    const { enableDnsHostnames, enableDnsSupport, mainRouteTableId } = await vpcDetails(context, id);
    return {
      id,
      arn: await arnOf(context, "ec2", `vpc/${id}`),
      cidrBlock: found.CidrBlock,
      cidrBlockAssociations: (found.CidrBlockAssociationSet ?? []).map((item) => ({
        associationId: item.AssociationId ?? "",
        cidrBlock: item.CidrBlock ?? "",
        state: item.CidrBlockState?.State ?? "",
      })),
      default: found.IsDefault ?? false,
      dhcpOptionsId: found.DhcpOptionsId ?? "",
      enableDnsHostnames,
      enableDnsSupport,
      enableNetworkAddressUsageMetrics: false,
      instanceTenancy: found.InstanceTenancy,
      ipv6AssociationId: "",
      ipv6CidrBlock: "",
      ipv6CidrBlockAssociations: [],
      mainRouteTableId,
      ownerId: found.OwnerId,
      state: found.State,
      tags: tagsFrom(found.Tags),
    };
  },
});
