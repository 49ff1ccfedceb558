import { DescribeDhcpOptionsCommand } from "@aws-sdk/client-ec2";

import { arnOf } from "../core/context";
import { unlessMissing } from "../core/errors";
import { text } from "../core/kinds";
import { optional } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { tagsFrom } from "../core/tags";
import { ec2 } from "../ec2/client";
import { apiFilters, filterList, theOnly } from "./filters";

export const getVpcDhcpOptions = providerFunction({
  token: "aws:ec2/getVpcDhcpOptions:getVpcDhcpOptions",
  properties: { dhcpOptionsId: optional(text), filters: optional(filterList) },

  async invoke(context, inputs) {
    const command = new DescribeDhcpOptionsCommand({
      DhcpOptionsIds: inputs.dhcpOptionsId === undefined ? undefined : [inputs.dhcpOptionsId],
      Filters: apiFilters(inputs.filters, undefined),
    });
    const answer = await unlessMissing(() => ec2(context).send(command));
    const found = theOnly(answer?.DhcpOptions, "DHCP options set");
    const id = found.DhcpOptionsId ?? "";
    const values = (key: string) =>
      (found.DhcpConfigurations ?? [])
        .filter(({ Key }) => Key === key)
        .flatMap(({ Values = [] }) => Values.map(({ Value = "" }) => Value));
    return {
      id,
      dhcpOptionsId: id,
      arn: await arnOf(context, "ec2", `dhcp-options/${id}`),
      domainName: values("domain-name")[0] ?? "",
      domainNameServers: values("domain-name-servers"),
      ipv6AddressPreferredLeaseTime: "",
      netbiosNameServers: [],
      netbiosNodeType: "",
      ntpServers: values("ntp-servers"),
      ownerId: found.OwnerId ?? (await context.session.account()),
      tags: tagsFrom(found.Tags),
    };
  },
});
