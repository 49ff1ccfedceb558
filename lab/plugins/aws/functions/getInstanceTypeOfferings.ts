import { paginateDescribeInstanceTypeOfferings } from "@aws-sdk/client-ec2";

import { oneOf } from "../core/kinds";
import { optional } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { ec2 } from "../ec2/client";
import { apiFilters, filterList } from "./filters";

export const getInstanceTypeOfferings = providerFunction({
  token: "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings",
  properties: {
    filters: optional(filterList),
    locationType: optional(oneOf("region", "availability-zone", "availability-zone-id", "outpost")),
  },

  async invoke(context, inputs) {
    const request = { LocationType: inputs.locationType, Filters: apiFilters(inputs.filters, undefined) };
    const instanceTypes: string[] = [];
    const locations: string[] = [];
    const locationTypes: string[] = [];
    for await (const page of paginateDescribeInstanceTypeOfferings({ client: ec2(context) }, request)) {
      for (const { InstanceType, Location, LocationType } of page.InstanceTypeOfferings ?? []) {
        instanceTypes.push(InstanceType ?? "");
        locations.push(Location ?? "");
        locationTypes.push(LocationType ?? inputs.locationType ?? "region");
      }
    }
    return { id: context.region, instanceTypes, locations, locationTypes };
  },
});
