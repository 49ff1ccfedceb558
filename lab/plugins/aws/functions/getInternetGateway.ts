import { DescribeInternetGatewaysCommand } from "@aws-sdk/client-ec2";

import { arnOf } from "../core/context";
import { unlessMissing } from "../core/errors";
import { idOf, tagMap } from "../core/kinds";
import { optional } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { ec2 } from "../ec2/client";
import { tagsFrom } from "../core/tags";
import { apiFilters, filterList, filterOn, theOnly } from "./filters";

export const getInternetGateway = providerFunction({
  token: "aws:ec2/getInternetGateway:getInternetGateway",
  properties: {
    filters: optional(filterList),
    internetGatewayId: optional(idOf("igw")),
    tags: optional(tagMap),
  },

  check({ given }) {
    if (given("filters") || given("internetGatewayId") || given("tags")) return [];
    return [{ property: "filters", reason: "one is needed: internetGatewayId, tags or filters" }];
  },

  async invoke(context, inputs) {
    const gatewayId = filterOn("internet-gateway-id", inputs.internetGatewayId);
    const command = new DescribeInternetGatewaysCommand({
      Filters: apiFilters(inputs.filters, inputs.tags, gatewayId),
    });
    const answer = await unlessMissing(() => ec2(context).send(command));
    const found = theOnly(answer?.InternetGateways, "internet gateway");
    const id = found.InternetGatewayId ?? "";
    return {
      id,
      internetGatewayId: id,
      arn: await arnOf(context, "ec2", `internet-gateway/${id}`),
      attachments: (found.Attachments ?? []).map(({ State, VpcId }) => ({ state: State ?? "", vpcId: VpcId ?? "" })),
      ownerId: found.OwnerId ?? (await context.session.account()),
      tags: tagsFrom(found.Tags),
    };
  },
});
