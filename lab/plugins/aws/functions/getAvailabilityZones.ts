import { DescribeAvailabilityZonesCommand } from "@aws-sdk/client-ec2";

import { flag, oneOf, textList } from "../core/kinds";
import { optional } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { ec2 } from "../ec2/client";
import { apiFilters, filterList, filterOn } from "./filters";

export const getAvailabilityZones = providerFunction({
  token: "aws:index/getAvailabilityZones:getAvailabilityZones",
  properties: {
    allAvailabilityZones: optional(flag),
    excludeNames: optional(textList),
    excludeZoneIds: optional(textList),
    filters: optional(filterList),
    state: optional(oneOf("available", "information", "impaired", "unavailable", "constrained")),
  },

  async invoke(context, inputs) {
    const { AvailabilityZones = [] } = await ec2(context).send(
      new DescribeAvailabilityZonesCommand({
        AllAvailabilityZones: inputs.allAvailabilityZones,
        Filters: apiFilters(inputs.filters, undefined, filterOn("state", inputs.state)),
      }),
    );
    const zones = AvailabilityZones.filter(
      ({ ZoneName = "", ZoneId = "" }) =>
        !inputs.excludeNames?.includes(ZoneName) && !inputs.excludeZoneIds?.includes(ZoneId),
    ).sort((a, b) => (a.ZoneName ?? "").localeCompare(b.ZoneName ?? ""));
    return {
      id: context.region,
      names: zones.map(({ ZoneName }) => ZoneName ?? ""),
      zoneIds: zones.map(({ ZoneId }) => ZoneId ?? ""),
      groupNames: [...new Set(zones.map(({ GroupName }) => GroupName ?? context.region))],
    };
  },
});
