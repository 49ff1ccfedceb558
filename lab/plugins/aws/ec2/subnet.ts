import type { Subnet } from "@aws-sdk/client-ec2";
import {
  CreateSubnetCommand,
  DeleteSubnetCommand,
  DescribeSubnetsCommand,
  ModifySubnetAttributeCommand,
} from "@aws-sdk/client-ec2";

import type { Context } from "../core/context";
import { completing, unlessMissing } from "../core/errors";
import { flag, idOf, ipv4Block, textOf, zoneName } from "../core/kinds";
import { defaulted, optional, required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { ec2 } from "./client";
import { anExistingVpc, anExistingZone } from "./references";
import { tagsFrom } from "../core/tags";
import { ec2Tagging, tagSpecifications } from "./tags";
import { deleteWhenFree } from "./dependents";

export async function findSubnet(context: Context, id: string): Promise<Subnet | undefined> {
  return unlessMissing(
    async () => (await ec2(context).send(new DescribeSubnetsCommand({ SubnetIds: [id] }))).Subnets?.[0],
  );
}

export const subnet = resourceType({
  token: "aws:ec2/subnet:Subnet",
  properties: {
    vpcId: required(idOf("vpc"), { replaces: true, reference: anExistingVpc }),
    cidrBlock: required(ipv4Block(16, 28), { replaces: true }),
    availabilityZone: optional(zoneName, { computed: true, replaces: true, reference: anExistingZone }),
    availabilityZoneId: optional(textOf(/^[a-z]+\d+-az\d+$/, "a zone id like use1-az1"), {
      computed: true,
      replaces: true,
    }),
    mapPublicIpOnLaunch: defaulted(flag, false),
    ...unsupportedAll(
      "assignIpv6AddressOnCreation",
      "customerOwnedIpv4Pool",
      "enableDns64",
      "enableLniAtDeviceIndex",
      "enableResourceNameDnsARecordOnLaunch",
      "enableResourceNameDnsAaaaRecordOnLaunch",
      "ipv4IpamPoolId",
      "ipv4NetmaskLength",
      "ipv6CidrBlock",
      "ipv6IpamPoolId",
      "ipv6Native",
      "ipv6NetmaskLength",
      "mapCustomerOwnedIpOnLaunch",
      "outpostArn",
      "privateDnsHostnameTypeOnLaunch",
    ),
  },
  outputs: ["arn", "ownerId"],
  tagging: ec2Tagging,

  check({ given }) {
    if (!given("availabilityZone") || !given("availabilityZoneId")) return [];
    return [{ property: "availabilityZone", reason: "availabilityZone and availabilityZoneId: give one of them only" }];
  },

  async create(context, inputs, tags) {
    const { Subnet: made } = await ec2(context).send(
      new CreateSubnetCommand({
        VpcId: inputs.vpcId,
        CidrBlock: inputs.cidrBlock,
        AvailabilityZone: inputs.availabilityZone,
        AvailabilityZoneId: inputs.availabilityZoneId,
        TagSpecifications: tagSpecifications("subnet", tags),
      }),
    );
    const id = made?.SubnetId ?? "";
    return completing(id, async () => {
      if (inputs.mapPublicIpOnLaunch) await setPublicAddresses(context, id, true);
    });
  },

  async read(context, id) {
    const found = await findSubnet(context, id);
    if (found === undefined) return undefined;
    return {
      arn: found.SubnetArn,
      vpcId: found.VpcId,
      cidrBlock: found.CidrBlock,
      availabilityZone: found.AvailabilityZone,
      availabilityZoneId: found.AvailabilityZoneId,
      mapPublicIpOnLaunch: found.MapPublicIpOnLaunch,
      ownerId: found.OwnerId,
      tags: tagsFrom(found.Tags),
    };
  },

  async update(context, id, { news, changed }) {
    if (changed.has("mapPublicIpOnLaunch")) await setPublicAddresses(context, id, news.mapPublicIpOnLaunch);
  },

  async delete(context, id) {
    await deleteWhenFree(context, `subnet ${id}`, () => ec2(context).send(new DeleteSubnetCommand({ SubnetId: id })));
  },
});

async function setPublicAddresses(context: Context, id: string, value: boolean): Promise<void> {
  await ec2(context).send(new ModifySubnetAttributeCommand({ SubnetId: id, MapPublicIpOnLaunch: { Value: value } }));
}
