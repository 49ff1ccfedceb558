import type { VpcEndpoint } from "@aws-sdk/client-ec2";
import {
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  DescribeNetworkInterfacesCommand,
  DescribePrefixListsCommand,
  DescribeVpcEndpointServicesCommand,
  DescribeVpcEndpointsCommand,
  ModifyVpcEndpointCommand,
} from "@aws-sdk/client-ec2";
import * as z from "zod";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import { Refusal, show, unlessMissing } from "../core/errors";
import { flag, idOf, ipv4Address, oneOf, policyDocument, setOf, textOf } from "../core/kinds";
import { defaulted, optional, required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { waitFor } from "../core/wait";
import { ec2 } from "./client";
import { checkAddress } from "./networkInterface";
import { anExistingRouteTable, anExistingSecurityGroup, anExistingSubnet, anExistingVpc } from "./references";
import { tagsFrom } from "../core/tags";
import { ec2Tagging, tagSpecifications } from "./tags";

const timeoutSeconds = 10 * 60;

async function findEndpoint(context: Context, id: string): Promise<VpcEndpoint | undefined> {
  const found = await unlessMissing(
    async () => (await ec2(context).send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] }))).VpcEndpoints?.[0],
  );
  return found?.State?.toLowerCase() === "deleted" ? undefined : found;
}

async function checkService(context: Context, name: string): Promise<void> {
  const { ServiceNames = [] } = await ec2(context).send(new DescribeVpcEndpointServicesCommand({}));
  if (!ServiceNames.includes(name)) {
    throw new Refusal(`serviceName = ${show(name)}: there is no such endpoint service in ${context.region}`);
  }
}

/** Ids that are in `after` and not in `before`. */
function added(before: readonly string[] = [], after: readonly string[] = []): string[] | undefined {
  const ids = after.filter((id) => !before.includes(id));
  return ids.length > 0 ? ids : undefined;
}

/** A fixed address of the endpoint in a subnet. */
const subnetConfiguration = z.strictObject({ subnetId: idOf("subnet"), ipv4: ipv4Address });
type SubnetConfiguration = z.infer<typeof subnetConfiguration>;

function apiConfigurations(configurations: readonly SubnetConfiguration[] | undefined) {
  return configurations?.map(({ subnetId, ipv4 }) => ({ SubnetId: subnetId, Ipv4: ipv4 }));
}

async function checkConfigurations(
  context: Context,
  configurations: readonly SubnetConfiguration[] = [],
  subnetIds: readonly string[] = [],
): Promise<void> {
  for (const [index, { subnetId, ipv4 }] of configurations.entries()) {
    const path = `subnetConfigurations[${index}]`;
    if (!subnetIds.includes(subnetId)) {
      throw new Refusal(`${path}.subnetId = ${show(subnetId)}: must be one of subnetIds too`);
    }
    await checkAddress(context, `${path}.ipv4`, ipv4, subnetId);
  }
}

export const vpcEndpoint = resourceType({
  token: "aws:ec2/vpcEndpoint:VpcEndpoint",
  properties: {
    vpcId: required(idOf("vpc"), { replaces: true, reference: anExistingVpc }),
    serviceName: required(textOf(/^(com|aws)\.[a-z0-9.-]+$/, "a service name like com.amazonaws.us-east-1.s3"), {
      replaces: true,
    }),
    vpcEndpointType: defaulted(oneOf("Gateway", "Interface"), "Gateway", { replaces: true }),
    routeTableIds: optional(setOf(idOf("rtb")), {
      computed: true,
      compare: "set",
      reference: anExistingRouteTable,
    }),
    subnetIds: optional(setOf(idOf("subnet")), { computed: true, compare: "set", reference: anExistingSubnet }),
    securityGroupIds: optional(setOf(idOf("sg")), {
      computed: true,
      compare: "set",
      reference: anExistingSecurityGroup,
    }),
    subnetConfigurations: optional(z.array(subnetConfiguration), { computed: true, compare: "set" }),
    privateDnsEnabled: optional(flag, { computed: true }),
    policy: optional(policyDocument, { computed: true, compare: "json" }),
    ...unsupportedAll(
      "autoAccept",
      "dnsOptions",
      "ipAddressType",
      "resourceConfigurationArn",
      "serviceNetworkArn",
      "serviceRegion",
    ),
  },
  outputs: [
    "arn",
    "cidrBlocks",
    "dnsEntries",
    "networkInterfaceIds",
    "ownerId",
    "prefixListId",
    "requesterManaged",
    "state",
  ],
  tagging: ec2Tagging,

  check({ inputs, given }) {
    if (inputs.vpcEndpointType === undefined) return [];
    const wrong =
      inputs.vpcEndpointType === "Interface"
        ? (["routeTableIds"] as const)
        : (["subnetIds", "subnetConfigurations", "securityGroupIds", "privateDnsEnabled"] as const);
    return wrong
      .filter((name) => given(name))
      .map((name) => ({ property: name, reason: `${name}: not for an endpoint of type ${inputs.vpcEndpointType}` }));
  },

  async create(context, inputs, tags) {
    await checkService(context, inputs.serviceName);
    await checkConfigurations(context, inputs.subnetConfigurations, inputs.subnetIds);
    const { VpcEndpoint: made } = await ec2(context).send(
      new CreateVpcEndpointCommand({
        VpcId: inputs.vpcId,
        ServiceName: inputs.serviceName,
        VpcEndpointType: inputs.vpcEndpointType,
        RouteTableIds: inputs.routeTableIds,
        SubnetIds: inputs.subnetIds,
        SubnetConfigurations: apiConfigurations(inputs.subnetConfigurations),
        SecurityGroupIds: inputs.securityGroupIds,
        PrivateDnsEnabled: inputs.privateDnsEnabled,
        PolicyDocument: inputs.policy,
        TagSpecifications: tagSpecifications("vpc-endpoint", tags),
      }),
    );
    return made?.VpcEndpointId ?? "";
  },

  async ready(context, id) {
    let state = "";
    await waitFor(context, {
      what: `VPC endpoint ${id} to be available`,
      timeoutSeconds,
      seen: () => state,
      poll: async () => {
        const found = await findEndpoint(context, id);
        state = found?.State ?? "gone";
        if (/^(failed|rejected)$/i.test(state)) throw new Refusal(`VPC endpoint ${id} is ${state}`);
        return state.toLowerCase() === "available" ? true : undefined;
      },
    });
  },

  async read(context, id) {
    const found = await findEndpoint(context, id);
    if (found === undefined) return undefined;
    return describeEndpoint(context, id, found);
  },

  async update(context, id, { news, changed, state }) {
    await checkConfigurations(context, news.subnetConfigurations, news.subnetIds);
    const difference = (name: "routeTableIds" | "subnetIds" | "securityGroupIds") => {
      const before = state[name] as string[] | undefined;
      return { add: added(before, news[name]), remove: added(news[name], before) };
    };
    const tables = difference("routeTableIds");
    const subnets = difference("subnetIds");
    const groups = difference("securityGroupIds");
    await ec2(context).send(
      new ModifyVpcEndpointCommand({
        VpcEndpointId: id,
        AddRouteTableIds: tables.add,
        RemoveRouteTableIds: tables.remove,
        AddSubnetIds: subnets.add,
        RemoveSubnetIds: subnets.remove,
        AddSecurityGroupIds: groups.add,
        RemoveSecurityGroupIds: groups.remove,
        ...(changed.has("subnetConfigurations")
          ? { SubnetConfigurations: apiConfigurations(news.subnetConfigurations) }
          : {}),
        ...(changed.has("privateDnsEnabled") ? { PrivateDnsEnabled: news.privateDnsEnabled } : {}),
        ...(changed.has("policy") ? { PolicyDocument: news.policy } : {}),
      }),
    );
  },

  async delete(context, id) {
    const command = new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] });
    const unsuccessful = async () => (await ec2(context).send(command)).Unsuccessful?.[0]?.Error;
    const failure = (await findEndpoint(context, id)) && (await unsuccessful());
    if (failure !== undefined && failure.Code !== "InvalidVpcEndpointId.NotFound") {
      throw new Refusal(`VPC endpoint ${id}: AWS answered ${failure.Code}: ${failure.Message}`);
    }
    let state = "";
    await waitFor(context, {
      what: `VPC endpoint ${id} to be gone`,
      timeoutSeconds,
      seen: () => state,
      poll: async () => {
        const found = await findEndpoint(context, id);
        state = found?.State ?? "";
        return found === undefined ? true : undefined;
      },
    });
  },
});

export async function describeEndpoint(context: Context, id: string, found: VpcEndpoint) {
  const gateway = found.VpcEndpointType !== "Interface";
  const groups = found.Groups?.map(({ GroupId }) => GroupId ?? "");
  return {
    arn: await arnOf(context, "ec2", `vpc-endpoint/${id}`),
    vpcId: found.VpcId,
    serviceName: found.ServiceName,
    vpcEndpointType: found.VpcEndpointType,
    state: found.State,
    ownerId: found.OwnerId,
    policy: found.PolicyDocument,
    routeTableIds: found.RouteTableIds ?? [],
    subnetIds: found.SubnetIds ?? [],
    securityGroupIds: groups ?? [],
    privateDnsEnabled: gateway ? false : found.PrivateDnsEnabled,
    networkInterfaceIds: found.NetworkInterfaceIds ?? [],
    subnetConfigurations: await configurationsFrom(context, found.NetworkInterfaceIds),
    requesterManaged: found.RequesterManaged ?? false,
    dnsEntries: (found.DnsEntries ?? []).map(({ DnsName, HostedZoneId }) => ({
      dnsName: DnsName ?? "",
      hostedZoneId: HostedZoneId ?? "",
    })),
    ...(gateway ? await prefixList(context, found.ServiceName ?? "") : {}),
    tags: tagsFrom(found.Tags),
  };
}

/** The provider too reads them from the endpoint's interfaces. */
async function configurationsFrom(context: Context, ids: readonly string[] = []): Promise<SubnetConfiguration[]> {
  if (ids.length === 0) return [];
  const command = new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [...ids] });
  const { NetworkInterfaces = [] } = await ec2(context).send(command);
  return NetworkInterfaces.map(({ SubnetId = "", PrivateIpAddress = "" }) => ({
    subnetId: SubnetId,
    ipv4: PrivateIpAddress,
  }));
}

async function prefixList(context: Context, serviceName: string) {
  const filter = { Name: "prefix-list-name", Values: [serviceName] };
  const { PrefixLists } = await ec2(context).send(new DescribePrefixListsCommand({ Filters: [filter] }));
  return { prefixListId: PrefixLists?.[0]?.PrefixListId, cidrBlocks: PrefixLists?.[0]?.Cidrs };
}
