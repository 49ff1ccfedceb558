/** Rules that somebody else has put into the stack's security groups: Pulumi's refresh does not see them. */
import { paginateDescribeSecurityGroupRules, type EC2Client, type SecurityGroupRule } from "@aws-sdk/client-ec2";
import type { Recorded, ResourceDifference } from "./differences";

/** The rules of AWS in groups of the state that are none of the state's. */
export async function foreignRules(
  recorded: readonly Recorded[],
  clientOf: (region: string) => EC2Client,
): Promise<ResourceDifference[]> {
  const groups = new Map(
    recorded.filter(({ type }) => type === "aws:ec2/securityGroup:SecurityGroup").map((group) => [group.id, group]),
  );
  const [first] = groups.values();
  if (first === undefined) return [];
  const known = new Set(recorded.filter(({ type }) => type.startsWith("aws:vpc/securityGroup")).map(({ id }) => id));
  // arn:aws:ec2:REGION:ACCOUNT:security-group/ID
  const client = clientOf(String(first.outputs.arn).split(":")[3] ?? "");
  const Filters = [{ Name: "group-id", Values: [...groups.keys()] }];
  const found: ResourceDifference[] = [];
  for await (const { SecurityGroupRules = [] } of paginateDescribeSecurityGroupRules({ client }, { Filters })) {
    for (const rule of SecurityGroupRules) {
      const { SecurityGroupRuleId: ruleId = "", GroupId = "", IsEgress } = rule;
      const group = groups.get(GroupId);
      if (group === undefined || known.has(ruleId)) continue;
      const property = `${IsEgress ? "egress" : "ingress"} rule ${ruleId}`;
      const properties = [{ property, state: undefined, aws: ruleText(rule) }];
      found.push({ resource: group.resource, id: GroupId, gone: false, properties });
    }
  }
  return found;
}

/** `tcp 22 0.0.0.0/0` */
function ruleText(rule: SecurityGroupRule): string {
  const { IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo } = rule;
  const ports =
    FromPort === undefined || FromPort === -1 ? "" : ` ${FromPort === ToPort ? FromPort : `${FromPort}-${ToPort}`}`;
  const other = CidrIpv4 ?? CidrIpv6 ?? PrefixListId ?? ReferencedGroupInfo?.GroupId ?? "?";
  return `${IpProtocol === "-1" ? "all protocols" : IpProtocol}${ports} ${other}`;
}
