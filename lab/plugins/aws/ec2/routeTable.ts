import { createHash } from "node:crypto";

import type { Route, RouteTable, RouteTableAssociation } from "@aws-sdk/client-ec2";
import {
  AssociateRouteTableCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DescribeRouteTablesCommand,
  DisassociateRouteTableCommand,
  ReplaceRouteCommand,
  ReplaceRouteTableAssociationCommand,
} from "@aws-sdk/client-ec2";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import { unlessMissing } from "../core/errors";
import { idOf, ipv4Block } from "../core/kinds";
import { optional, required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { ec2 } from "./client";
import { deleteWhenFree } from "./dependents";
import {
  anExistingInterface,
  anExistingInternetGateway,
  anExistingRouteTable,
  anExistingSubnet,
  anExistingVpc,
} from "./references";
import { tagsFrom } from "../core/tags";
import { ec2Tagging, tagSpecifications } from "./tags";

async function findRouteTable(context: Context, id: string): Promise<RouteTable | undefined> {
  return unlessMissing(
    async () => (await ec2(context).send(new DescribeRouteTablesCommand({ RouteTableIds: [id] }))).RouteTables?.[0],
  );
}

export const routeTable = resourceType({
  token: "aws:ec2/routeTable:RouteTable",
  properties: {
    vpcId: required(idOf("vpc"), { replaces: true, reference: anExistingVpc }),
    // Routes are resources of their own here; both at once fight each other.
    ...unsupportedAll("routes", "propagatingVgws"),
  },
  outputs: ["arn", "ownerId"],
  tagging: ec2Tagging,

  async create(context, inputs, tags) {
    const { RouteTable: made } = await ec2(context).send(
      new CreateRouteTableCommand({ VpcId: inputs.vpcId, TagSpecifications: tagSpecifications("route-table", tags) }),
    );
    return made?.RouteTableId ?? "";
  },

  async read(context, id) {
    const found = await findRouteTable(context, id);
    if (found === undefined) return undefined;
    return {
      arn: await arnOf(context, "ec2", `route-table/${id}`),
      ownerId: found.OwnerId,
      vpcId: found.VpcId,
      tags: tagsFrom(found.Tags),
    };
  },

  async delete(context, id) {
    await deleteWhenFree(context, `route table ${id}`, () =>
      ec2(context).send(new DeleteRouteTableCommand({ RouteTableId: id })),
    );
  },
});

async function findRoute(context: Context, tableId: string, destination: string): Promise<Route | undefined> {
  const table = await findRouteTable(context, tableId);
  return table?.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === destination);
}

/** The real provider's id of a route, which AWS has none for. */
function routeId(tableId: string, destination: string): string {
  return `r-${tableId}${createHash("sha256").update(destination).digest().readUInt32BE(0)}`;
}

export const route = resourceType({
  token: "aws:ec2/route:Route",
  properties: {
    routeTableId: required(idOf("rtb"), { replaces: true, reference: anExistingRouteTable }),
    destinationCidrBlock: required(ipv4Block(), { replaces: true }),
    gatewayId: optional(idOf("igw"), { reference: anExistingInternetGateway }),
    networkInterfaceId: optional(idOf("eni"), { computed: true, reference: anExistingInterface }),
    vpcPeeringConnectionId: optional(idOf("pcx")),
    ...unsupportedAll(
      "carrierGatewayId",
      "coreNetworkArn",
      "destinationIpv6CidrBlock",
      "destinationPrefixListId",
      "egressOnlyGatewayId",
      "localGatewayId",
      "natGatewayId",
      "odbNetworkArn",
      "transitGatewayId",
      "vpcEndpointId",
    ),
  },
  outputs: ["instanceId", "instanceOwnerId", "origin", "state"],

  check({ given }) {
    const targets = (["gatewayId", "networkInterfaceId", "vpcPeeringConnectionId"] as const).filter((name) =>
      given(name),
    );
    if (targets.length === 1) return [];
    return [
      {
        property: "gatewayId",
        reason: "exactly one target is needed: gatewayId, networkInterfaceId or vpcPeeringConnectionId",
      },
    ];
  },

  async create(context, inputs) {
    await ec2(context).send(new CreateRouteCommand(routeRequest(inputs)));
    return routeId(inputs.routeTableId, inputs.destinationCidrBlock);
  },

  async read(context, id, prior) {
    // An import names a route as `<route table>_<destination>`.
    const [importedTable, importedDestination] = id.includes("_") ? id.split("_") : [];
    const tableId = (prior.routeTableId ?? importedTable) as string;
    const destination = (prior.destinationCidrBlock ?? importedDestination) as string;
    const found = await findRoute(context, tableId, destination);
    if (found === undefined) return undefined;
    return {
      id: routeId(tableId, destination),
      routeTableId: tableId,
      destinationCidrBlock: destination,
      gatewayId: found.GatewayId,
      networkInterfaceId: found.NetworkInterfaceId,
      vpcPeeringConnectionId: found.VpcPeeringConnectionId,
      instanceId: found.InstanceId,
      instanceOwnerId: found.InstanceOwnerId,
      origin: found.Origin,
      state: found.State,
    };
  },

  async update(context, _id, { news }) {
    await ec2(context).send(new ReplaceRouteCommand(routeRequest(news)));
  },

  async delete(context, _id, state) {
    const command = new DeleteRouteCommand({
      RouteTableId: state.routeTableId as string,
      DestinationCidrBlock: state.destinationCidrBlock as string,
    });
    await unlessMissing(() => ec2(context).send(command));
  },
});

function routeRequest(inputs: {
  readonly routeTableId: string;
  readonly destinationCidrBlock: string;
  readonly gatewayId: string | undefined;
  readonly networkInterfaceId: string | undefined;
  readonly vpcPeeringConnectionId: string | undefined;
}) {
  return {
    RouteTableId: inputs.routeTableId,
    DestinationCidrBlock: inputs.destinationCidrBlock,
    GatewayId: inputs.gatewayId,
    NetworkInterfaceId: inputs.networkInterfaceId,
    VpcPeeringConnectionId: inputs.vpcPeeringConnectionId,
  };
}

async function findAssociation(context: Context, subnetId: string): Promise<RouteTableAssociation | undefined> {
  const filter = { Name: "association.subnet-id", Values: [subnetId] };
  const { RouteTables } = await ec2(context).send(new DescribeRouteTablesCommand({ Filters: [filter] }));
  return (RouteTables ?? [])
    .flatMap(({ Associations }) => Associations ?? [])
    .find(({ SubnetId, AssociationState }) => SubnetId === subnetId && AssociationState?.State !== "disassociated");
}

export const routeTableAssociation = resourceType({
  token: "aws:ec2/routeTableAssociation:RouteTableAssociation",
  properties: {
    routeTableId: required(idOf("rtb"), { reference: anExistingRouteTable }),
    subnetId: required(idOf("subnet"), { replaces: true, reference: anExistingSubnet }),
    ...unsupportedAll("gatewayId"),
  },
  outputs: [],

  async create(context, inputs) {
    const { AssociationId } = await ec2(context).send(
      new AssociateRouteTableCommand({ RouteTableId: inputs.routeTableId, SubnetId: inputs.subnetId }),
    );
    return AssociationId ?? "";
  },

  async read(context, id, prior) {
    // An import names an association as `<subnet>/<route table>`.
    const subnetId = (prior.subnetId ?? id.split("/")[0]) as string;
    const found = await findAssociation(context, subnetId);
    if (found === undefined) return undefined;
    return { id: found.RouteTableAssociationId, routeTableId: found.RouteTableId, subnetId };
  },

  async update(context, id, { news, changed }) {
    if (!changed.has("routeTableId")) return;
    // The association gets another id by this; it is always looked up by its subnet.
    const current = (await findAssociation(context, news.subnetId))?.RouteTableAssociationId ?? id;
    await ec2(context).send(
      new ReplaceRouteTableAssociationCommand({ AssociationId: current, RouteTableId: news.routeTableId }),
    );
  },

  async delete(context, id, state) {
    const current = (await findAssociation(context, state.subnetId as string))?.RouteTableAssociationId ?? id;
    await unlessMissing(() => ec2(context).send(new DisassociateRouteTableCommand({ AssociationId: current })));
  },
});
