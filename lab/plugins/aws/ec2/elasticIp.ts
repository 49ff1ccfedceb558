import type { Address } from "@aws-sdk/client-ec2";
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  DescribeAddressesCommand,
  DisassociateAddressCommand,
  ReleaseAddressCommand,
} from "@aws-sdk/client-ec2";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import { completing, unlessMissing } from "../core/errors";
import { flag, idOf, ipv4Address, oneOf } from "../core/kinds";
import { optional, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { ec2 } from "./client";
import { anExistingAddress, anExistingInstance, anExistingInterface } from "./references";
import { tagsFrom } from "../core/tags";
import { ec2Tagging, tagSpecifications } from "./tags";

async function findAddress(context: Context, id: string): Promise<Address | undefined> {
  return unlessMissing(
    async () => (await ec2(context).send(new DescribeAddressesCommand({ AllocationIds: [id] }))).Addresses?.[0],
  );
}

async function disassociate(context: Context, associationId: string | undefined): Promise<void> {
  if (associationId === undefined || associationId === "") return;
  await unlessMissing(() => ec2(context).send(new DisassociateAddressCommand({ AssociationId: associationId })));
}

export const elasticIp = resourceType({
  token: "aws:ec2/eip:Eip",
  properties: {
    domain: optional(oneOf("vpc"), { computed: true, replaces: true }),
    instance: optional(idOf("i"), { computed: true, reference: anExistingInstance }),
    networkInterface: optional(idOf("eni"), { computed: true, reference: anExistingInterface }),
    associateWithPrivateIp: optional(ipv4Address),
    ...unsupportedAll("address", "customerOwnedIpv4Pool", "ipamPoolId", "networkBorderGroup", "publicIpv4Pool"),
  },
  outputs: [
    "allocationId",
    "arn",
    "associationId",
    "carrierIp",
    "customerOwnedIp",
    "privateDns",
    "privateIp",
    "ptrRecord",
    "publicDns",
    "publicIp",
  ],
  tagging: ec2Tagging,

  check({ given }) {
    if (!given("instance") || !given("networkInterface")) return [];
    return [{ property: "instance", reason: "instance and networkInterface: give one of them only" }];
  },

  async create(context, inputs, tags) {
    const { AllocationId: id = "" } = await ec2(context).send(
      new AllocateAddressCommand({ Domain: "vpc", TagSpecifications: tagSpecifications("elastic-ip", tags) }),
    );
    return completing(id, () => associate(context, id, inputs));
  },

  async read(context, id) {
    const found = await findAddress(context, id);
    if (found === undefined) return undefined;
    return {
      allocationId: id,
      arn: await arnOf(context, "ec2", `elastic-ip/${id}`),
      associationId: found.AssociationId ?? "",
      domain: found.Domain,
      instance: found.InstanceId ?? "",
      networkInterface: found.NetworkInterfaceId ?? "",
      privateIp: found.PrivateIpAddress ?? "",
      publicIp: found.PublicIp,
      publicDns: `ec2-${found.PublicIp?.replaceAll(".", "-")}.compute-1.amazonaws.com`,
      tags: tagsFrom(found.Tags),
    };
  },

  async update(context, id, { news, state }) {
    await disassociate(context, state.associationId as string | undefined);
    await associate(context, id, news);
  },

  async delete(context, id) {
    await disassociate(context, (await findAddress(context, id))?.AssociationId);
    await unlessMissing(() => ec2(context).send(new ReleaseAddressCommand({ AllocationId: id })));
  },
});

async function associate(
  context: Context,
  id: string,
  target: {
    readonly instance: string | undefined;
    readonly networkInterface: string | undefined;
    readonly associateWithPrivateIp: string | undefined;
  },
): Promise<void> {
  if (target.instance === undefined && target.networkInterface === undefined) return;
  await ec2(context).send(
    new AssociateAddressCommand({
      AllocationId: id,
      InstanceId: target.instance,
      NetworkInterfaceId: target.networkInterface,
      PrivateIpAddress: target.associateWithPrivateIp,
    }),
  );
}

export const elasticIpAssociation = resourceType({
  token: "aws:ec2/eipAssociation:EipAssociation",
  properties: {
    allocationId: optional(idOf("eipalloc"), { computed: true, replaces: true, reference: anExistingAddress }),
    allowReassociation: optional(flag, { replaces: true }),
    instanceId: optional(idOf("i"), { computed: true, replaces: true, reference: anExistingInstance }),
    networkInterfaceId: optional(idOf("eni"), { computed: true, replaces: true, reference: anExistingInterface }),
    privateIpAddress: optional(ipv4Address, { computed: true, replaces: true }),
    ...unsupportedAll("publicIp"),
  },
  outputs: ["publicIp"],

  check({ given }) {
    const faults = [];
    if (!given("allocationId")) faults.push({ property: "allocationId", reason: "allocationId: missing" });
    if (given("instanceId") === given("networkInterfaceId")) {
      faults.push({ property: "instanceId", reason: "exactly one is needed: instanceId or networkInterfaceId" });
    }
    return faults;
  },

  async create(context, inputs) {
    const { AssociationId } = await ec2(context).send(
      new AssociateAddressCommand({
        AllocationId: inputs.allocationId,
        AllowReassociation: inputs.allowReassociation,
        InstanceId: inputs.instanceId,
        NetworkInterfaceId: inputs.networkInterfaceId,
        PrivateIpAddress: inputs.privateIpAddress,
      }),
    );
    return AssociationId ?? "";
  },

  async read(context, id) {
    const filter = { Name: "association-id", Values: [id] };
    const { Addresses } = await ec2(context).send(new DescribeAddressesCommand({ Filters: [filter] }));
    const found = Addresses?.find(({ AssociationId }) => AssociationId === id);
    if (found === undefined) return undefined;
    return {
      allocationId: found.AllocationId,
      instanceId: found.InstanceId ?? "",
      networkInterfaceId: found.NetworkInterfaceId,
      privateIpAddress: found.PrivateIpAddress,
      publicIp: found.PublicIp,
    };
  },

  async delete(context, id) {
    await disassociate(context, id);
  },
});
