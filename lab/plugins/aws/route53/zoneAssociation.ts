import type { VPCRegion } from "@aws-sdk/client-route-53";
import {
  AssociateVPCWithHostedZoneCommand,
  DisassociateVPCFromHostedZoneCommand,
  GetHostedZoneCommand,
} from "@aws-sdk/client-route-53";

import type { Context } from "../core/context";
import { unlessMissing } from "../core/errors";
import { idOf, text, textOf } from "../core/kinds";
import { optional, required } from "../core/property";
import { resourceType } from "../core/resourceType";
import { route53, waitForChange } from "./client";

function request(context: Context, inputs: { zoneId: string; vpcId: string; vpcRegion?: string }) {
  const region = inputs.vpcRegion ?? context.region;
  return { HostedZoneId: inputs.zoneId, VPC: { VPCId: inputs.vpcId, VPCRegion: region as VPCRegion } };
}

export const zoneAssociation = resourceType({
  token: "aws:route53/zoneAssociation:ZoneAssociation",
  regional: false,
  properties: {
    zoneId: required(textOf(/^Z[A-Z0-9]{1,31}$/, "a hosted zone id like Z0123456789ABCDEFGHIJ"), { replaces: true }),
    vpcId: required(idOf("vpc"), { replaces: true }),
    vpcRegion: optional(text, { computed: true, replaces: true }),
  },
  outputs: ["owningAccount"],

  async create(context, inputs) {
    const made = await route53(context).send(new AssociateVPCWithHostedZoneCommand(request(context, inputs)));
    await waitForChange(context, made.ChangeInfo?.Id);
    return `${inputs.zoneId}:${inputs.vpcId}${inputs.vpcRegion === undefined ? "" : `:${inputs.vpcRegion}`}`;
  },

  async read(context, id) {
    const [zoneId = "", vpcId = ""] = id.split(":");
    const zone = await unlessMissing(() => route53(context).send(new GetHostedZoneCommand({ Id: zoneId })));
    const found = zone?.VPCs?.find(({ VPCId }) => VPCId === vpcId);
    return found && { zoneId, vpcId, vpcRegion: found.VPCRegion, owningAccount: await context.session.account() };
  },

  async delete(context, _id, state) {
    const inputs = state as { zoneId: string; vpcId: string; vpcRegion?: string };
    await unlessMissing(async () => {
      const command = new DisassociateVPCFromHostedZoneCommand(request(context, inputs));
      await waitForChange(context, (await route53(context).send(command)).ChangeInfo?.Id);
    });
  },
});
