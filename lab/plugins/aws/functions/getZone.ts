import { GetHostedZoneCommand, ListHostedZonesCommand } from "@aws-sdk/client-route-53";

import { flag, idOf, text } from "../core/kinds";
import { defaulted, optional, unsupportedAll } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { route53, withoutDot } from "../route53/client";
import { describeZone, zoneIdOf } from "../route53/zone";
import { theOnly } from "./filters";

export const getZone = providerFunction({
  token: "aws:route53/getZone:getZone",
  regional: false,
  properties: {
    name: optional(text),
    privateZone: defaulted(flag, false),
    vpcId: optional(idOf("vpc")),
    zoneId: optional(text),
    ...unsupportedAll("enableAcceleratedRecovery", "tags"),
  },

  async invoke(context, inputs) {
    const client = route53(context);
    const { HostedZones = [] } = await client.send(new ListHostedZonesCommand({}));
    const named = HostedZones.filter(
      ({ Id, Name = "", Config }) =>
        (inputs.zoneId === undefined || Id?.endsWith(`/${inputs.zoneId}`)) &&
        (inputs.name === undefined || withoutDot(Name) === withoutDot(inputs.name)) &&
        (Config?.PrivateZone ?? false) === (inputs.privateZone || inputs.vpcId !== undefined),
    );
    const all = await Promise.all(named.map(({ Id }) => client.send(new GetHostedZoneCommand({ Id }))));
    const found = theOnly(
      all.filter(({ VPCs = [] }) => inputs.vpcId === undefined || VPCs.some(({ VPCId }) => VPCId === inputs.vpcId)),
      "hosted zone",
    );
    const id = zoneIdOf(found.HostedZone);
    return {
      ...(await describeZone(context, id, found)),
      id,
      callerReference: found.HostedZone?.CallerReference ?? "",
      enableAcceleratedRecovery: false,
      linkedServiceDescription: "",
      linkedServicePrincipal: "",
      privateZone: found.HostedZone?.Config?.PrivateZone ?? false,
      resourceRecordSetCount: found.HostedZone?.ResourceRecordSetCount ?? 0,
      vpcId: inputs.vpcId ?? "",
    };
  },
});
