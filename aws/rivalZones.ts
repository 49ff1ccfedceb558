import * as route53 from "@pulumi/aws/route53";
import type { InvokeOptions } from "@pulumi/pulumi";
import { tagKeys } from "../planning/cluster/tags";
import { rivalZoneFaults, type RivalZone } from "../planning/checks/existingVpc";
import { dnsVpcOf } from "../settings/dnsVpc";
import type { Fault } from "../settings/faults";
import type { Settings } from "../settings/settings";
import { answerOrReason } from "./answer";

/** Whether the VPCs in which the cluster's names are to resolve have another private zone of that name. */
export async function findRivalZones(settings: Settings, ask: InvokeOptions): Promise<Fault[]> {
  const { domain, vpcId, dnsVpcIds } = settings.network;
  const vpcIds = [...(vpcId ? [vpcId] : []), ...dnsVpcIds.map((entry) => dnsVpcOf(entry, settings.region).id)];
  const found = vpcIds.map(async (id): Promise<RivalZone[]> => {
    const zone = await answerOrReason(route53.getZone({ name: domain, privateZone: true, vpcId: id }, ask));
    const rival = typeof zone !== "string" && zone.tags[tagKeys.cluster] !== settings.clusterName;
    return rival ? [{ zoneId: zone.zoneId, vpcId: id }] : [];
  });
  return rivalZoneFaults(domain, (await Promise.all(found)).flat());
}
