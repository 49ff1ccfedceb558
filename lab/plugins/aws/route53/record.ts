import type { Change, ResourceRecordSet, RRType } from "@aws-sdk/client-route-53";
import {
  ChangeResourceRecordSetsCommand,
  GetHostedZoneCommand,
  ListResourceRecordSetsCommand,
} from "@aws-sdk/client-route-53";
import * as z from "zod";

import type { Context } from "../core/context";
import { Refusal, awsErrorCode, unlessMissing } from "../core/errors";
import { flag, integer, ipv4Address, oneOf, shortText } from "../core/kinds";
import type { InputsOf } from "../core/property";
import { defaulted, required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { dnsName, hostedZoneId, route53, waitForChange, withoutDot } from "./client";

const properties = {
  zoneId: required(hostedZoneId, {
    replaces: true,
    reference: {
      noun: "hosted zone",
      exists: async (context, id) =>
        (await unlessMissing(() => route53(context).send(new GetHostedZoneCommand({ Id: id })))) !== undefined,
    },
  }),
  name: required(dnsName, { replaces: true }),
  type: required(oneOf("A", "AAAA", "CNAME", "TXT")),
  ttl: required(integer(0, 2147483647)),
  records: required(z.array(shortText(4000, 1)).min(1, "must hold a value"), { compare: "set" }),
  allowOverwrite: defaulted(flag, false),
} as const;

type Inputs = InputsOf<typeof properties>;

async function zoneNameOf(context: Context, zoneId: string): Promise<string> {
  const { HostedZone } = await route53(context).send(new GetHostedZoneCommand({ Id: zoneId }));
  return withoutDot(HostedZone?.Name ?? "");
}

/** A name that does not end in the zone's own is taken as relative to it. */
function fullName(name: string, zoneName: string): string {
  const short = withoutDot(name);
  return short === zoneName || short.endsWith(`.${zoneName}`) ? short : `${short}.${zoneName}`;
}

function recordSet(inputs: Pick<Inputs, "type" | "ttl" | "records">, name: string): ResourceRecordSet {
  return {
    Name: name,
    Type: inputs.type,
    TTL: inputs.ttl,
    ResourceRecords: inputs.records.map((value) => ({ Value: inputs.type === "TXT" ? `"${value}"` : value })),
  };
}

async function change(context: Context, zoneId: string, ...changes: Change[]): Promise<void> {
  const { ChangeInfo } = await route53(context).send(
    new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes: changes } }),
  );
  await waitForChange(context, ChangeInfo?.Id);
}

async function findRecord(
  context: Context,
  zoneId: string,
  name: string,
  type: string,
): Promise<ResourceRecordSet | undefined> {
  const { ResourceRecordSets } = await route53(context).send(
    new ListResourceRecordSetsCommand({
      HostedZoneId: zoneId,
      StartRecordName: name,
      StartRecordType: type as RRType,
      MaxItems: 1,
    }),
  );
  return ResourceRecordSets?.find((set) => withoutDot(set.Name ?? "") === name && set.Type === type);
}

export const record = resourceType({
  token: "aws:route53/record:Record",
  regional: false,
  properties: {
    ...properties,
    ...unsupportedAll(
      "aliases",
      "cidrRoutingPolicy",
      "failoverRoutingPolicies",
      "geolocationRoutingPolicies",
      "geoproximityRoutingPolicy",
      "healthCheckId",
      "latencyRoutingPolicies",
      "multivalueAnswerRoutingPolicy",
      "setIdentifier",
      "weightedRoutingPolicies",
    ),
  },
  outputs: ["fqdn"],

  check({ inputs }) {
    const faults: { property: string; reason: string }[] = [];
    if (inputs.type === "A") {
      for (const [index, value] of (inputs.records ?? []).entries()) {
        if (ipv4Address.safeParse(value).success) continue;
        faults.push({
          property: "records",
          reason: `records[${index}] = "${value}": an A record needs IPv4 addresses`,
        });
      }
    }
    if (inputs.type === "CNAME" && (inputs.records ?? []).length > 1) {
      faults.push({ property: "records", reason: "records: a CNAME has exactly one value" });
    }
    return faults;
  },

  async create(context, inputs) {
    const name = fullName(inputs.name, await zoneNameOf(context, inputs.zoneId));
    const Action = inputs.allowOverwrite ? "UPSERT" : "CREATE";
    try {
      await change(context, inputs.zoneId, { Action, ResourceRecordSet: recordSet(inputs, name) });
    } catch (error) {
      if (awsErrorCode(error) !== "InvalidChangeBatch") throw error;
      throw new Refusal(
        `${inputs.type} record ${name}: ${(error as Error).message} (allowOverwrite: true replaces it)`,
      );
    }
    return `${inputs.zoneId}_${name}_${inputs.type}`;
  },

  async read(context, id, prior) {
    const [importedZone, importedName, importedType] = id.split("_");
    const zoneId = (prior.zoneId ?? importedZone) as string;
    const type = (prior.type ?? importedType) as string;
    const zoneName = await unlessMissing(() => zoneNameOf(context, zoneId));
    if (zoneName === undefined) return undefined;
    const given = (prior.name ?? importedName) as string;
    const name = fullName(given, zoneName);
    const found = await findRecord(context, zoneId, name, type);
    if (found === undefined) return undefined;
    return {
      zoneId,
      name: given,
      type,
      fqdn: name,
      ttl: found.TTL,
      records: found.ResourceRecords?.map(({ Value = "" }) => (type === "TXT" ? Value.replace(/^"|"$/g, "") : Value)),
    };
  },

  async update(context, _id, { news, changed, state }) {
    const name = state.fqdn as string;
    const set = recordSet(news, name);
    if (!changed.has("type")) return change(context, news.zoneId, { Action: "UPSERT", ResourceRecordSet: set });
    const before = recordSet(state as unknown as Inputs, name);
    await change(
      context,
      news.zoneId,
      { Action: "DELETE", ResourceRecordSet: before },
      { Action: "CREATE", ResourceRecordSet: set },
    );
  },

  async delete(context, _id, state) {
    const { zoneId, type, fqdn } = state as { zoneId: string; type: string; fqdn: string };
    await unlessMissing(async () => {
      const found = await findRecord(context, zoneId, fqdn, type);
      if (found !== undefined) await change(context, zoneId, { Action: "DELETE", ResourceRecordSet: found });
    });
  },
});
