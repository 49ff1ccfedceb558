import type { NetworkInterface } from "@aws-sdk/client-ec2";
import {
  CreateNetworkInterfaceCommand,
  DeleteNetworkInterfaceCommand,
  DescribeNetworkInterfacesCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from "@aws-sdk/client-ec2";
import * as z from "zod";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import { Refusal, completing, show, unlessMissing } from "../core/errors";
import { flag, idOf, ipv4Address, isInBlock, isReservedInSubnet, setOf, shortText } from "../core/kinds";
import { defaulted, optional, required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { waitFor } from "../core/wait";
import { ec2 } from "./client";
import { deleteWhenFree } from "./dependents";
import { anExistingSecurityGroup, anExistingSubnet } from "./references";
import { findSubnet } from "./subnet";
import { tagsFrom } from "../core/tags";
import { ec2Tagging, tagSpecifications } from "./tags";

/** A terminated instance lets go of its interfaces after a while; the real provider hardly waits for it. */
const releaseTimeoutSeconds = 120;

export async function findInterface(context: Context, id: string): Promise<NetworkInterface | undefined> {
  const command = new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] });
  return unlessMissing(async () => (await ec2(context).send(command)).NetworkInterfaces?.[0]);
}

/** AWS refuses such an address, the emulator does not always. */
export async function checkAddress(context: Context, path: string, address: string, subnetId: string): Promise<void> {
  const block = (await findSubnet(context, subnetId))?.CidrBlock ?? "";
  if (!isInBlock(address, block)) {
    throw new Refusal(`${path} = ${show(address)}: is not in the block ${block} of ${subnetId}`);
  }
  if (isReservedInSubnet(address, block)) {
    throw new Refusal(
      `${path} = ${show(address)}: AWS keeps the first four addresses and the last of a subnet (${block}) for itself`,
    );
  }
}

export const networkInterface = resourceType({
  token: "aws:ec2/networkInterface:NetworkInterface",
  properties: {
    subnetId: required(idOf("subnet"), { replaces: true, reference: anExistingSubnet }),
    // The one address is the primary one, which can't change while the interface exists.
    privateIps: optional(z.array(ipv4Address).length(1, "must be one address; secondary ones are not supported here"), {
      computed: true,
      replaces: true,
      compare: "set",
    }),
    securityGroups: optional(setOf(idOf("sg")), {
      computed: true,
      compare: "set",
      reference: anExistingSecurityGroup,
    }),
    description: optional(shortText(255)),
    sourceDestCheck: defaulted(flag, true),
    ...unsupportedAll(
      "attachments",
      "enaSrdSpecification",
      "enablePrimaryIpv6",
      "interfaceType",
      "ipv4PrefixCount",
      "ipv4Prefixes",
      "ipv6AddressCount",
      "ipv6AddressListEnabled",
      "ipv6AddressLists",
      "ipv6Addresses",
      "ipv6PrefixCount",
      "ipv6Prefixes",
      "privateIp",
      "privateIpListEnabled",
      "privateIpLists",
      "privateIpsCount",
    ),
  },
  outputs: [
    "arn",
    "attachments",
    "interfaceType",
    "macAddress",
    "outpostArn",
    "ownerId",
    "privateDnsName",
    "privateIp",
    "privateIpLists",
    "privateIpsCount",
  ],
  tagging: ec2Tagging,

  async create(context, inputs, tags) {
    const address = inputs.privateIps?.[0];
    if (address !== undefined) await checkAddress(context, "privateIps[0]", address, inputs.subnetId);
    const { NetworkInterface: made } = await ec2(context).send(
      new CreateNetworkInterfaceCommand({
        SubnetId: inputs.subnetId,
        Description: inputs.description,
        Groups: inputs.securityGroups,
        PrivateIpAddress: address,
        TagSpecifications: tagSpecifications("network-interface", tags),
      }),
    );
    const id = made?.NetworkInterfaceId ?? "";
    return completing(id, async () => {
      if (!inputs.sourceDestCheck) await modify(context, id, { SourceDestCheck: { Value: false } });
    });
  },

  async ready(context, id) {
    let status = "";
    await waitFor(context, {
      what: `network interface ${id} to be available`,
      timeoutSeconds: 5 * 60,
      seen: () => status,
      poll: async () => {
        status = (await findInterface(context, id))?.Status ?? "gone";
        return status === "available" || status === "in-use" ? true : undefined;
      },
    });
  },

  async read(context, id) {
    const found = await findInterface(context, id);
    if (found === undefined) return undefined;
    const addresses = (found.PrivateIpAddresses ?? []).map(({ PrivateIpAddress }) => PrivateIpAddress ?? "");
    const attachment = found.Attachment;
    return {
      arn: await arnOf(context, "ec2", `network-interface/${id}`),
      subnetId: found.SubnetId,
      description: found.Description || undefined,
      interfaceType: found.InterfaceType,
      macAddress: found.MacAddress,
      ownerId: found.OwnerId,
      outpostArn: found.OutpostArn ?? "",
      privateDnsName: found.PrivateDnsName,
      privateIp: found.PrivateIpAddress,
      privateIps: addresses,
      privateIpLists: addresses,
      privateIpsCount: Math.max(addresses.length - 1, 0),
      securityGroups: (found.Groups ?? []).map(({ GroupId }) => GroupId ?? ""),
      sourceDestCheck: found.SourceDestCheck,
      attachments:
        attachment?.InstanceId === undefined
          ? []
          : [
              {
                attachmentId: attachment.AttachmentId ?? "",
                deviceIndex: attachment.DeviceIndex ?? 0,
                instance: attachment.InstanceId,
                networkCardIndex: attachment.NetworkCardIndex ?? 0,
              },
            ],
      tags: tagsFrom(found.TagSet),
    };
  },

  async update(context, id, { news, changed }) {
    if (changed.has("description")) await modify(context, id, { Description: { Value: news.description ?? "" } });
    if (changed.has("securityGroups")) await modify(context, id, { Groups: news.securityGroups });
    if (changed.has("sourceDestCheck")) await modify(context, id, { SourceDestCheck: { Value: news.sourceDestCheck } });
  },

  async delete(context, id) {
    await deleteWhenFree(
      context,
      `network interface ${id}`,
      () => ec2(context).send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id })),
      releaseTimeoutSeconds,
    );
  },
});

async function modify(
  context: Context,
  id: string,
  attribute: {
    readonly Description?: { readonly Value: string };
    readonly Groups?: string[] | undefined;
    readonly SourceDestCheck?: { readonly Value: boolean };
  },
): Promise<void> {
  await ec2(context).send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: id, ...attribute }));
}
