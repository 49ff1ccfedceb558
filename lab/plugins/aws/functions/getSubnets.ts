import type { Subnet } from "@aws-sdk/client-ec2";
import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2";

import { unlessMissing } from "../core/errors";
import { flag, idOf, ipv4Block, oneOf, tagMap, text, zoneName } from "../core/kinds";
import { optional, unsupportedAll } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { ec2 } from "../ec2/client";
import { tagsFrom } from "../core/tags";
import { apiFilters, filterList, filterOn, theOnly } from "./filters";

export const getSubnets = providerFunction({
  token: "aws:ec2/getSubnets:getSubnets",
  properties: { filters: optional(filterList), tags: optional(tagMap) },

  async invoke(context, inputs) {
    const command = new DescribeSubnetsCommand({ Filters: apiFilters(inputs.filters, inputs.tags) });
    const { Subnets = [] } = await ec2(context).send(command);
    return { id: context.region, ids: Subnets.map(({ SubnetId }) => SubnetId ?? ""), tags: inputs.tags ?? {} };
  },
});

export const getSubnet = providerFunction({
  token: "aws:ec2/getSubnet:getSubnet",
  properties: {
    id: optional(idOf("subnet")),
    availabilityZone: optional(zoneName),
    availabilityZoneId: optional(text),
    cidrBlock: optional(ipv4Block()),
    defaultForAz: optional(flag),
    filters: optional(filterList),
    state: optional(oneOf("pending", "available", "unavailable")),
    tags: optional(tagMap),
    vpcId: optional(idOf("vpc")),
    ...unsupportedAll("ipv6CidrBlock"),
  },

  async invoke(context, inputs) {
    const command = new DescribeSubnetsCommand({
      SubnetIds: inputs.id === undefined ? undefined : [inputs.id],
      Filters: apiFilters(
        inputs.filters,
        inputs.tags,
        filterOn("availability-zone", inputs.availabilityZone),
        filterOn("availability-zone-id", inputs.availabilityZoneId),
        filterOn("cidr-block", inputs.cidrBlock),
        filterOn("default-for-az", inputs.defaultForAz === undefined ? undefined : String(inputs.defaultForAz)),
        filterOn("state", inputs.state),
        filterOn("vpc-id", inputs.vpcId),
      ),
    });
    return describe(theOnly((await unlessMissing(() => ec2(context).send(command)))?.Subnets, "subnet"));
  },
});

function describe(subnet: Subnet) {
  return {
    id: subnet.SubnetId,
    arn: subnet.SubnetArn,
    assignIpv6AddressOnCreation: subnet.AssignIpv6AddressOnCreation ?? false,
    availabilityZone: subnet.AvailabilityZone,
    availabilityZoneId: subnet.AvailabilityZoneId,
    availableIpAddressCount: subnet.AvailableIpAddressCount,
    cidrBlock: subnet.CidrBlock,
    defaultForAz: subnet.DefaultForAz ?? false,
    mapPublicIpOnLaunch: subnet.MapPublicIpOnLaunch ?? false,
    ownerId: subnet.OwnerId,
    state: subnet.State,
    tags: tagsFrom(subnet.Tags),
    vpcId: subnet.VpcId,
  };
}
