import { DescribeVpcEndpointsCommand } from "@aws-sdk/client-ec2";

import { unlessMissing } from "../core/errors";
import { idOf, tagMap, text } from "../core/kinds";
import { optional } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { ec2 } from "../ec2/client";
import { describeEndpoint } from "../ec2/vpcEndpoint";
import { apiFilters, filterList, filterOn, theOnly } from "./filters";

export const getVpcEndpoint = providerFunction({
  token: "aws:ec2/getVpcEndpoint:getVpcEndpoint",
  properties: {
    id: optional(idOf("vpce")),
    filters: optional(filterList),
    serviceName: optional(text),
    state: optional(text),
    tags: optional(tagMap),
    vpcId: optional(idOf("vpc")),
  },

  async invoke(context, inputs) {
    const command = new DescribeVpcEndpointsCommand({
      VpcEndpointIds: inputs.id === undefined ? undefined : [inputs.id],
      Filters: apiFilters(
        inputs.filters,
        inputs.tags,
        filterOn("service-name", inputs.serviceName),
        filterOn("vpc-endpoint-state", inputs.state),
        filterOn("vpc-id", inputs.vpcId),
      ),
    });
    const answer = await unlessMissing(() => ec2(context).send(command));
    const found = theOnly(answer?.VpcEndpoints, "VPC endpoint");
    const id = found.VpcEndpointId ?? "";
    return { id, ...(await describeEndpoint(context, id, found)) };
  },
});
