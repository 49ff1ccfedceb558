import { randomUUID } from "node:crypto";

import type { GetHostedZoneCommandOutput, HostedZone, VPCRegion } from "@aws-sdk/client-route-53";
import {
  AssociateVPCWithHostedZoneCommand,
  ChangeResourceRecordSetsCommand,
  ChangeTagsForResourceCommand,
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  DisassociateVPCFromHostedZoneCommand,
  GetHostedZoneCommand,
  ListResourceRecordSetsCommand,
  ListTagsForResourceCommand,
  UpdateHostedZoneCommentCommand,
} from "@aws-sdk/client-route-53";
import * as z from "zod";

import type { Context } from "../core/context";
import { completing, unlessMissing } from "../core/errors";
import { flag, idOf, shortText, text } from "../core/kinds";
import { defaulted, optional, required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { anExistingVpc, mustExist } from "../ec2/references";
import { tagList, tagsFrom } from "../core/tags";
import { dnsName, route53, waitForChange, withoutDot } from "./client";

const zoneVpc = z.strictObject({ vpcId: idOf("vpc"), vpcRegion: text.optional() });
export type ZoneVpc = z.infer<typeof zoneVpc>;

export async function findZone(context: Context, id: string): Promise<GetHostedZoneCommandOutput | undefined> {
  return unlessMissing(() => route53(context).send(new GetHostedZoneCommand({ Id: id })));
}

/** The id in what Route 53 answers: `/hostedzone/Z…`. */
export const zoneIdOf = (zone: HostedZone | undefined): string => (zone?.Id ?? "").replace(/^\/hostedzone\//, "");

/** What a zone and a look-up of one have in common. */
export async function describeZone(context: Context, id: string, found: GetHostedZoneCommandOutput) {
  const { ResourceTagSet } = await route53(context).send(
    new ListTagsForResourceCommand({ ResourceType: "hostedzone", ResourceId: id }),
  );
  const servers = found.DelegationSet?.NameServers ?? [];
  return {
    arn: `arn:aws:route53:::hostedzone/${id}`,
    zoneId: id,
    name: withoutDot(found.HostedZone?.Name ?? ""),
    comment: found.HostedZone?.Config?.Comment ?? "",
    nameServers: [...servers].sort(),
    primaryNameServer: servers[0] ?? "",
    tags: tagsFrom(ResourceTagSet?.Tags),
  };
}

function apiVpc(context: Context, { vpcId, vpcRegion }: ZoneVpc) {
  return { VPCId: vpcId, VPCRegion: (vpcRegion ?? context.region) as VPCRegion };
}

export const zone = resourceType({
  token: "aws:route53/zone:Zone",
  regional: false,
  properties: {
    name: optional(dnsName, { computed: true, replaces: true }),
    comment: defaulted(shortText(256), "Managed by Pulumi"),
    forceDestroy: defaulted(flag, false),
    vpcs: required(z.array(zoneVpc).min(1, "must name a VPC: public zones are not supported here"), { compare: "set" }),
    ...unsupportedAll("delegationSetId", "enableAcceleratedRecovery"),
  },
  outputs: ["arn", "nameServers", "primaryNameServer", "zoneId"],
  autoname: { property: "name", mostCharacters: 255 },
  tagging: {
    async retag(context, id, set, remove) {
      await route53(context).send(
        new ChangeTagsForResourceCommand({
          ResourceType: "hostedzone",
          ResourceId: id,
          AddTags: Object.keys(set).length > 0 ? tagList(set) : undefined,
          RemoveTagKeys: remove.length > 0 ? [...remove] : undefined,
        }),
      );
    },
  },

  async create(context, inputs, tags) {
    await checkVpcs(context, inputs.vpcs);
    const [first, ...others] = inputs.vpcs;
    const { HostedZone, ChangeInfo } = await route53(context).send(
      new CreateHostedZoneCommand({
        Name: inputs.name,
        CallerReference: randomUUID(),
        HostedZoneConfig: { Comment: inputs.comment, PrivateZone: true },
        VPC: first && apiVpc(context, first),
      }),
    );
    const id = zoneIdOf(HostedZone);
    return completing(id, async () => {
      await waitForChange(context, ChangeInfo?.Id);
      for (const vpc of others) await associate(context, id, vpc);
      if (Object.keys(tags).length > 0) await this.tagging?.retag(context, id, tags, [], {});
    });
  },

  async read(context, id, prior) {
    const found = await findZone(context, id);
    if (found === undefined) return undefined;
    return {
      ...(await describeZone(context, id, found)),
      vpcs: vpcsLike(
        prior.vpcs as ZoneVpc[] | undefined,
        (found.VPCs ?? []).map(({ VPCId = "", VPCRegion }) => ({ vpcId: VPCId, vpcRegion: VPCRegion })),
      ),
    };
  },

  async update(context, id, { news, changed, state }) {
    if (changed.has("comment")) {
      await route53(context).send(new UpdateHostedZoneCommentCommand({ Id: id, Comment: news.comment }));
    }
    if (changed.has("vpcs")) {
      await checkVpcs(context, news.vpcs);
      const before = state.vpcs as ZoneVpc[];
      const missingIn = (list: readonly ZoneVpc[]) => (vpc: ZoneVpc) => !list.some(({ vpcId }) => vpcId === vpc.vpcId);
      // First the new ones: a private zone must never be without a VPC.
      for (const vpc of news.vpcs.filter(missingIn(before))) await associate(context, id, vpc);
      for (const vpc of before.filter(missingIn(news.vpcs))) await disassociate(context, id, vpc);
    }
  },

  async delete(context, id, state) {
    await unlessMissing(async () => {
      if (state.forceDestroy === true) await removeRecords(context, id);
      await route53(context).send(new DeleteHostedZoneCommand({ Id: id }));
    });
  },
});

async function checkVpcs(context: Context, vpcs: readonly ZoneVpc[]): Promise<void> {
  for (const [index, { vpcId }] of vpcs.entries())
    await mustExist(context, anExistingVpc, `vpcs[${index}].vpcId`, vpcId);
}

export async function associate(context: Context, id: string, vpc: ZoneVpc): Promise<void> {
  const command = new AssociateVPCWithHostedZoneCommand({ HostedZoneId: id, VPC: apiVpc(context, vpc) });
  await waitForChange(context, (await route53(context).send(command)).ChangeInfo?.Id);
}

export async function disassociate(context: Context, id: string, vpc: ZoneVpc): Promise<void> {
  const command = new DisassociateVPCFromHostedZoneCommand({ HostedZoneId: id, VPC: apiVpc(context, vpc) });
  await waitForChange(context, (await route53(context).send(command)).ChangeInfo?.Id);
}

/** The program may leave out the region, AWS never does. */
function vpcsLike(wanted: readonly ZoneVpc[] | undefined, live: readonly ZoneVpc[]): readonly ZoneVpc[] {
  const ids = (list: readonly ZoneVpc[]) =>
    list
      .map(({ vpcId }) => vpcId)
      .sort()
      .join();
  return wanted !== undefined && ids(wanted) === ids(live) ? wanted : live;
}

async function removeRecords(context: Context, id: string): Promise<void> {
  const { ResourceRecordSets = [] } = await route53(context).send(
    new ListResourceRecordSetsCommand({ HostedZoneId: id }),
  );
  const own = ResourceRecordSets.filter(({ Type }) => Type !== "NS" && Type !== "SOA");
  if (own.length === 0) return;
  const Changes = own.map((ResourceRecordSet) => ({ Action: "DELETE" as const, ResourceRecordSet }));
  await route53(context).send(new ChangeResourceRecordSetsCommand({ HostedZoneId: id, ChangeBatch: { Changes } }));
}
