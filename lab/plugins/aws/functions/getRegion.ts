import { text } from "../core/kinds";
import { optional } from "../core/property";
import { providerFunction } from "../core/resourceType";

export const getRegion = providerFunction({
  token: "aws:index/getRegion:getRegion",
  properties: { region: optional(text) },

  invoke(context) {
    const { region } = context;
    const endpoint = `ec2.${region}.amazonaws.com`;
    return Promise.resolve({ id: region, name: region, region, endpoint, description: region });
  },
});
