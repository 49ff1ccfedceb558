import type { IpPermission, SecurityGroupRule } from "@aws-sdk/client-ec2";
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupRulesCommand,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import type { Fault } from "../core/errors";
import { show, unlessMissing } from "../core/errors";
import { idOf, integer, ipv4Block, shortText, textOf } from "../core/kinds";
import type { InputsOf } from "../core/property";
import { optional, required, unsupportedAll } from "../core/property";
import type { AnyResourceType, Draft } from "../core/resourceType";
import { resourceType } from "../core/resourceType";
import { ec2 } from "./client";
import { anExistingPrefixList, anExistingSecurityGroup } from "./references";
import { tagsFrom } from "../core/tags";
import { ec2Tagging, tagSpecifications } from "./tags";

const properties = {
  securityGroupId: required(idOf("sg"), { replaces: true, reference: anExistingSecurityGroup }),
  ipProtocol: required(
    textOf(/^(tcp|udp|icmp|icmpv6|-1|\d{1,3})$/, "tcp, udp, icmp, icmpv6, a protocol number, or -1 for all"),
  ),
  fromPort: optional(integer(-1, 65535)),
  toPort: optional(integer(-1, 65535)),
  cidrIpv4: optional(ipv4Block()),
  referencedSecurityGroupId: optional(idOf("sg"), { reference: anExistingSecurityGroup }),
  description: optional(shortText(255)),
  prefixListId: optional(idOf("pl"), { reference: anExistingPrefixList }),
  ...unsupportedAll("cidrIpv6"),
} as const;

type Inputs = InputsOf<typeof properties>;
type Properties = typeof properties;

const sources = ["cidrIpv4", "referencedSecurityGroupId", "prefixListId"] as const;

function check({ inputs, given }: Draft<Properties>): Fault[] {
  const faults: Fault[] = [];
  const complain = (property: string, reason: string) => faults.push({ property, reason });
  if (sources.filter((name) => given(name)).length !== 1) {
    complain("cidrIpv4", `exactly one is needed: ${sources.join(" or ")}`);
  }
  const { ipProtocol, fromPort, toPort } = inputs;
  const ported = ipProtocol === "tcp" || ipProtocol === "udp";
  if (ipProtocol === "-1" && (given("fromPort") || given("toPort"))) {
    complain("fromPort", `fromPort, toPort: ipProtocol "-1" means all ports, leave them out`);
  } else if (ported && !(given("fromPort") && given("toPort"))) {
    complain("fromPort", `fromPort and toPort are both needed with ${ipProtocol}`);
  } else if (ported && ((fromPort ?? 0) < 0 || (toPort ?? 0) < 0)) {
    complain("fromPort", `ports ${show(fromPort)}-${show(toPort)}: must be from 0 to 65535 with ${ipProtocol}`);
  } else if (ported && fromPort !== undefined && toPort !== undefined && fromPort > toPort) {
    complain("toPort", `ports ${fromPort}-${toPort}: the first must not be above the last`);
  }
  return faults;
}

function permission(inputs: Inputs): IpPermission {
  const { description: Description, cidrIpv4, referencedSecurityGroupId, prefixListId } = inputs;
  return {
    IpProtocol: inputs.ipProtocol,
    FromPort: inputs.fromPort,
    ToPort: inputs.toPort,
    ...(cidrIpv4 === undefined ? {} : { IpRanges: [{ CidrIp: cidrIpv4, Description }] }),
    ...(referencedSecurityGroupId === undefined
      ? {}
      : { UserIdGroupPairs: [{ GroupId: referencedSecurityGroupId, Description }] }),
    ...(prefixListId === undefined ? {} : { PrefixListIds: [{ PrefixListId: prefixListId, Description }] }),
  };
}

async function findRule(context: Context, id: string): Promise<SecurityGroupRule | undefined> {
  const command = new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] });
  return unlessMissing(async () => (await ec2(context).send(command)).SecurityGroupRules?.[0]);
}

/** AWS says -1 for ports that were not given. */
function port(value: number | undefined, prior: unknown): number | undefined {
  return value === -1 && prior === undefined ? undefined : value;
}

function ruleType(token: string, egress: boolean): AnyResourceType {
  return resourceType({
    token,
    properties,
    outputs: ["arn", "securityGroupRuleId"],
    tagging: ec2Tagging,
    check,

    replaces(property, { olds, news }) {
      // A rule can't be given another kind of source.
      const kind = (inputs: Inputs) => sources.find((name) => inputs[name] !== undefined);
      return sources.some((name) => name === property) && kind(olds) !== kind(news);
    },

    async create(context, inputs, tags) {
      const request = {
        GroupId: inputs.securityGroupId,
        IpPermissions: [permission(inputs)],
        TagSpecifications: tagSpecifications("security-group-rule", tags),
      };
      const command = egress
        ? new AuthorizeSecurityGroupEgressCommand(request)
        : new AuthorizeSecurityGroupIngressCommand(request);
      const { SecurityGroupRules } = await ec2(context).send(command as AuthorizeSecurityGroupIngressCommand);
      return SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? "";
    },

    async read(context, id, prior) {
      const found = await findRule(context, id);
      if (found === undefined) return undefined;
      return {
        arn: await arnOf(context, "ec2", `security-group-rule/${id}`),
        securityGroupRuleId: id,
        securityGroupId: found.GroupId,
        ipProtocol: found.IpProtocol,
        fromPort: port(found.FromPort, prior.fromPort),
        toPort: port(found.ToPort, prior.toPort),
        cidrIpv4: found.CidrIpv4,
        referencedSecurityGroupId: found.ReferencedGroupInfo?.GroupId,
        prefixListId: found.PrefixListId,
        description: found.Description || undefined,
        tags: tagsFrom(found.Tags),
      };
    },

    async update(context, id, { news }) {
      const rule = {
        IpProtocol: news.ipProtocol,
        FromPort: news.fromPort,
        ToPort: news.toPort,
        CidrIpv4: news.cidrIpv4,
        ReferencedGroupId: news.referencedSecurityGroupId,
        PrefixListId: news.prefixListId,
        Description: news.description,
      };
      await ec2(context).send(
        new ModifySecurityGroupRulesCommand({
          GroupId: news.securityGroupId,
          SecurityGroupRules: [{ SecurityGroupRuleId: id, SecurityGroupRule: rule }],
        }),
      );
    },

    async delete(context, id, state) {
      const request = { GroupId: state.securityGroupId as string, SecurityGroupRuleIds: [id] };
      const command = egress
        ? new RevokeSecurityGroupEgressCommand(request)
        : new RevokeSecurityGroupIngressCommand(request);
      await unlessMissing(() => ec2(context).send(command as RevokeSecurityGroupIngressCommand));
    },
  });
}

export const ingressRule = ruleType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", false);
export const egressRule = ruleType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", true);
