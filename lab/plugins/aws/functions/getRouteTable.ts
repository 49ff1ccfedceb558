import { DescribeRouteTablesCommand } from "@aws-sdk/client-ec2";

import { unlessMissing } from "../core/errors";
import { idOf, tagMap } from "../core/kinds";
import { optional } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { ec2 } from "../ec2/client";
import { tagsFrom } from "../core/tags";
import { apiFilters, filterList, filterOn, theOnly } from "./filters";

export const getRouteTable = providerFunction({
  token: "aws:ec2/getRouteTable:getRouteTable",
  properties: {
    filters: optional(filterList),
    gatewayId: optional(idOf("igw")),
    routeTableId: optional(idOf("rtb")),
    subnetId: optional(idOf("subnet")),
    tags: optional(tagMap),
    vpcId: optional(idOf("vpc")),
  },

  async invoke(context, inputs) {
    const command = new DescribeRouteTablesCommand({
      Filters: apiFilters(
        inputs.filters,
        inputs.tags,
        filterOn("association.gateway-id", inputs.gatewayId),
        filterOn("route-table-id", inputs.routeTableId),
        filterOn("association.subnet-id", inputs.subnetId),
        filterOn("vpc-id", inputs.vpcId),
      ),
    });
    const answer = await unlessMissing(() => ec2(context).send(command));
    const found = theOnly(answer?.RouteTables, "route table");
    const id = found.RouteTableId ?? "";
    return {
      id,
      routeTableId: id,
      vpcId: found.VpcId ?? "",
      ownerId: found.OwnerId ?? "",
      // The provider leaves out the route inside the VPC, and those that endpoints have made.
      routes: (found.Routes ?? [])
        .filter(({ GatewayId = "" }) => GatewayId !== "local" && !GatewayId.startsWith("vpce-"))
        .map((route) => ({
          cidrBlock: route.DestinationCidrBlock ?? "",
          gatewayId: route.GatewayId ?? "",
          natGatewayId: route.NatGatewayId ?? "",
          transitGatewayId: route.TransitGatewayId ?? "",
          vpcPeeringConnectionId: route.VpcPeeringConnectionId ?? "",
        })),
      associations: (found.Associations ?? []).map(({ Main, RouteTableAssociationId, SubnetId, GatewayId }) => ({
        main: Main ?? false,
        routeTableAssociationId: RouteTableAssociationId ?? "",
        routeTableId: id,
        subnetId: SubnetId ?? "",
        gatewayId: GatewayId ?? "",
      })),
      tags: tagsFrom(found.Tags),
    };
  },
});
