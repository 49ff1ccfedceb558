/** Whether the things that EC2 properties name exist. */
import {
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeImagesCommand,
  DescribeInstanceTypesCommand,
  DescribeInstancesCommand,
  DescribeInternetGatewaysCommand,
  DescribeKeyPairsCommand,
  DescribeManagedPrefixListsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
} from "@aws-sdk/client-ec2";

import type { Context } from "../core/context";
import { Refusal, isNotFound, show } from "../core/errors";
import type { Reference } from "../core/property";
import { ec2 } from "./client";

function reference(noun: string, look: (context: Context, id: string) => Promise<unknown[] | undefined>): Reference {
  return {
    noun,
    async exists(context, id) {
      try {
        return ((await look(context, id)) ?? []).length > 0;
      } catch (error) {
        if (isNotFound(error)) return false;
        throw error;
      }
    },
  };
}

export const anExistingVpc = reference("VPC", async (context, id) => {
  return (await ec2(context).send(new DescribeVpcsCommand({ VpcIds: [id] }))).Vpcs;
});

export const anExistingSubnet = reference("subnet", async (context, id) => {
  return (await ec2(context).send(new DescribeSubnetsCommand({ SubnetIds: [id] }))).Subnets;
});

export const anExistingRouteTable = reference("route table", async (context, id) => {
  return (await ec2(context).send(new DescribeRouteTablesCommand({ RouteTableIds: [id] }))).RouteTables;
});

export const anExistingInternetGateway = reference("internet gateway", async (context, id) => {
  const command = new DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] });
  return (await ec2(context).send(command)).InternetGateways;
});

export const anExistingSecurityGroup = reference("security group", async (context, id) => {
  return (await ec2(context).send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }))).SecurityGroups;
});

export const anExistingInterface = reference("network interface", async (context, id) => {
  const command = new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] });
  return (await ec2(context).send(command)).NetworkInterfaces;
});

export const anExistingInstance = reference("instance", async (context, id) => {
  const { Reservations } = await ec2(context).send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  const instances = (Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
  return instances.filter(({ State }) => State?.Name !== "terminated");
});

export const anExistingAddress = reference("Elastic IP allocation", async (context, id) => {
  return (await ec2(context).send(new DescribeAddressesCommand({ AllocationIds: [id] }))).Addresses;
});

export const anExistingImage = reference("image (AMI)", async (context, id) => {
  return (await ec2(context).send(new DescribeImagesCommand({ ImageIds: [id] }))).Images;
});

export const anExistingKeyPair = reference("key pair", async (context, name) => {
  return (await ec2(context).send(new DescribeKeyPairsCommand({ KeyNames: [name] }))).KeyPairs;
});

export const anExistingPrefixList = reference("prefix list", async (context, id) => {
  const command = new DescribeManagedPrefixListsCommand({ PrefixListIds: [id] });
  return (await ec2(context).send(command)).PrefixLists?.filter(({ PrefixListId }) => PrefixListId === id);
});

export const anExistingZone = reference("Availability Zone", async (context, name) => {
  const { AvailabilityZones } = await ec2(context).send(new DescribeAvailabilityZonesCommand({}));
  return AvailabilityZones?.filter(({ ZoneName }) => ZoneName === name);
});

export const anExistingInstanceType: Reference = {
  noun: "instance type",
  async exists(context, name) {
    try {
      const command = new DescribeInstanceTypesCommand({ InstanceTypes: [name as never] });
      return ((await ec2(context).send(command)).InstanceTypes ?? []).length > 0;
    } catch (error) {
      if (error instanceof Error && error.name === "InvalidInstanceType") return false;
      throw error;
    }
  },
};

/** For ids deep inside a property, where the table can't say it. */
export async function mustExist(
  context: Context,
  kind: Reference,
  path: string,
  id: string | undefined,
): Promise<void> {
  if (id !== undefined && !(await kind.exists(context, id))) {
    throw new Refusal(`${path} = ${show(id)}: there is no such ${kind.noun} in ${context.region}`);
  }
}
