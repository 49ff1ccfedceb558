import { paginateDescribeInstances } from "@aws-sdk/client-ec2";
import * as z from "zod";

import { oneOf, tagMap } from "../core/kinds";
import { optional } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { ec2 } from "../ec2/client";
import { apiFilters, filterList } from "./filters";

const states = oneOf("pending", "running", "shutting-down", "terminated", "stopping", "stopped");

export const getInstances = providerFunction({
  token: "aws:ec2/getInstances:getInstances",
  properties: {
    filters: optional(filterList),
    instanceStateNames: optional(z.array(states)),
    instanceTags: optional(tagMap),
  },

  async invoke(context, inputs) {
    const inState = { Name: "instance-state-name", Values: inputs.instanceStateNames ?? ["running"] };
    const request = { Filters: apiFilters(inputs.filters, inputs.instanceTags, inState) };
    const found = [];
    for await (const { Reservations = [] } of paginateDescribeInstances({ client: ec2(context) }, request))
      found.push(...Reservations.flatMap(({ Instances = [] }) => Instances));
    return {
      id: context.region,
      ids: found.map(({ InstanceId }) => InstanceId ?? ""),
      instanceTags: inputs.instanceTags ?? {},
      ipv6Addresses: [],
      privateIps: found.flatMap(({ PrivateIpAddress }) => PrivateIpAddress ?? []),
      publicIps: found.flatMap(({ PublicIpAddress }) => PublicIpAddress ?? []),
    };
  },
});
