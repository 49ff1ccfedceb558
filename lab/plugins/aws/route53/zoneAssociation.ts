import { idOf, text } from "../core/kinds";
import { unlessMissing } from "../core/errors";
import { optional, required } from "../core/property";
import { resourceType } from "../core/resourceType";
import { hostedZoneId } from "./client";
import type { ZoneVpc } from "./zone";
import { associate, disassociate, findZone } from "./zone";

export const zoneAssociation = resourceType({
  token: "aws:route53/zoneAssociation:ZoneAssociation",
  regional: false,
  properties: {
    zoneId: required(hostedZoneId, { replaces: true }),
    vpcId: required(idOf("vpc"), { replaces: true }),
    vpcRegion: optional(text, { computed: true, replaces: true }),
  },
  outputs: ["owningAccount"],

  async create(context, inputs) {
    await associate(context, inputs.zoneId, inputs);
    return `${inputs.zoneId}:${inputs.vpcId}${inputs.vpcRegion === undefined ? "" : `:${inputs.vpcRegion}`}`;
  },

  async read(context, id) {
    const [zoneId = "", vpcId = ""] = id.split(":");
    const found = (await findZone(context, zoneId))?.VPCs?.find(({ VPCId }) => VPCId === vpcId);
    return found && { zoneId, vpcId, vpcRegion: found.VPCRegion, owningAccount: await context.session.account() };
  },

  async delete(context, _id, state) {
    const { zoneId, ...vpc } = state as unknown as ZoneVpc & { readonly zoneId: string };
    await unlessMissing(() => disassociate(context, zoneId, vpc));
  },
});
