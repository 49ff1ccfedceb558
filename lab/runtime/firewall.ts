import { cidrContains } from "./cidr";
import type { DesiredInterface, DesiredState, SecurityGroup, SecurityGroupRule } from "./desiredState";
import { primaryInterface } from "./desiredState";
import {
  apiAddress,
  apiPort,
  metadataAddress,
  regionInterface,
  resolverAddress,
  routerPort,
  routerPortPattern,
  s3Address,
  s3PlainAddress,
  tlsPort,
} from "./names";
import type { NetworkFaults } from "./networkFaults";
import { noFaults, renderFaults } from "./networkFaults";
import { run } from "./processes";

/**
 * Security groups, public addresses and network faults, as one nftables table of the region's router. It stands outside
 * of the instances, as EC2's own does, so nothing that runs in an instance can change it. Each packet between two
 * instances passes two stages: may the sender's groups send it, may the receiver's groups receive it.
 */

const tableName = "kafka_on_ec2_lab";

const chainName = (direction: "in" | "out", id: string): string => `${direction}_${id.replace(/[^0-9a-zA-Z]/g, "_")}`;
const setName = (groupId: string): string => `members_${groupId.replace(/[^0-9a-zA-Z]/g, "_")}`;

/** Instances with their address. Those that are stopped too: a rule for a port that is not there does no harm. */
function attachedInterfaces(desired: DesiredState) {
  return desired.instances.flatMap((instance) => {
    const primary = primaryInterface(instance);
    return primary === undefined ? [] : [{ instance, port: routerPort(instance.id), primary }];
  });
}

/** IPv4 only: rules for IPv6 ranges have nothing to match in the lab. */
const isIpv4 = (cidr: string): boolean => !cidr.includes(":");

/** The part of a rule that looks at protocol and port, or undefined when the rule says nothing about them. */
export function protocolMatch(rule: SecurityGroupRule): string {
  const { protocol, fromPort, toPort } = rule;
  if (protocol === "-1") return "";
  if (protocol === "tcp" || protocol === "6" || protocol === "udp" || protocol === "17") {
    const name = protocol === "6" ? "tcp" : protocol === "17" ? "udp" : protocol;
    const everyPort = fromPort === null || toPort === null || fromPort < 0 || (fromPort === 0 && toPort >= 65535);
    if (everyPort) return `meta l4proto ${name}`;
    return fromPort === toPort ? `${name} dport ${fromPort}` : `${name} dport ${fromPort}-${toPort}`;
  }
  if (protocol === "icmp" || protocol === "1") {
    // For ICMP the "ports" are type and code; -1 is any.
    if (fromPort === null || fromPort < 0) return "meta l4proto icmp";
    return toPort === null || toPort < 0 ? `icmp type ${fromPort}` : `icmp type ${fromPort} icmp code ${toPort}`;
  }
  return `meta l4proto ${protocol}`;
}

/** nftables statements of one security group rule: one for its ranges and one for each group it names. */
export function renderRule(rule: SecurityGroupRule, direction: "in" | "out"): readonly string[] {
  const peer = direction === "in" ? "ip saddr" : "ip daddr";
  const match = protocolMatch(rule);
  const cidrs = rule.cidrs.filter(isIpv4);
  const lines: string[] = [];
  if (cidrs.includes("0.0.0.0/0")) lines.push(`${match} accept`);
  else if (cidrs.length > 0) lines.push(`${peer} { ${[...new Set(cidrs)].sort().join(", ")} } ${match} accept`);
  for (const groupId of rule.groupIds) lines.push(`${peer} @${setName(groupId)} ${match} accept`);
  return lines.map((line) => line.replace(/\s+/g, " ").trim());
}

function block(head: string, lines: readonly string[]): string {
  return [`  ${head} {`, ...lines.map((line) => `    ${line}`), "  }"].join("\n");
}

const byId = (left: { readonly id: string }, right: { readonly id: string }): number =>
  left.id < right.id ? -1 : left.id > right.id ? 1 : 0;

/** Where AWS's public names lead. */
const publicServices = [apiAddress, s3Address, s3PlainAddress];

/**
 * Whether the interface's subnet has a way to a public address: by a gateway endpoint, or to the internet with an
 * address of its own.
 */
function isRouted({ routes, publicIp }: DesiredInterface, address: string): boolean {
  return routes.some(
    ({ destinations, target }) =>
      destinations.some((cidr) => cidrContains(cidr, address)) &&
      (target.startsWith("vpce-") || (target.startsWith("igw-") && publicIp !== null)),
  );
}

/**
 * The whole table. The same region gives the same text, so that an unchanged one need not be loaded again; the first
 * lines replace the former table in the same transaction, so that there is no moment without rules.
 */
export function renderFirewall(desired: DesiredState, faults: NetworkFaults = noFaults): string {
  const attached = attachedInterfaces(desired).sort((left, right) => byId(left.instance, right.instance));
  const endpoints = [...desired.endpoints].sort(byId).filter(({ addresses }) => addresses.length > 0);
  const used = new Set([
    ...attached.flatMap(({ primary }) => primary.securityGroupIds),
    ...endpoints.flatMap(({ securityGroupIds }) => securityGroupIds),
  ]);
  const known = new Map<string, SecurityGroup>(desired.securityGroups.map((group) => [group.id, group]));
  const groups = [...known.values()].filter((group) => used.has(group.id)).sort(byId);
  const named = new Set(
    groups.flatMap((group) => [...group.ingress, ...group.egress].flatMap((rule) => rule.groupIds)),
  );

  const parts: string[] = [];
  for (const groupId of [...named].sort()) {
    const members = [
      ...attached
        .filter(({ primary }) => primary.securityGroupIds.includes(groupId))
        .map(({ primary }) => primary.privateIp),
      ...endpoints
        .filter(({ securityGroupIds }) => securityGroupIds.includes(groupId))
        .flatMap(({ addresses }) => addresses),
    ];
    const elements = members.length > 0 ? [`elements = { ${[...new Set(members)].sort().join(", ")} }`] : [];
    parts.push(block(`set ${setName(groupId)}`, ["type ipv4_addr", ...elements]));
  }
  for (const group of groups) {
    parts.push(
      block(
        `chain ${chainName("in", group.id)}`,
        group.ingress.flatMap((rule) => renderRule(rule, "in")),
      ),
    );
    parts.push(
      block(
        `chain ${chainName("out", group.id)}`,
        group.egress.flatMap((rule) => renderRule(rule, "out")),
      ),
    );
  }
  for (const { instance, primary } of attached) {
    for (const direction of ["in", "out"] as const) {
      const jumps = primary.securityGroupIds
        .filter((id) => known.has(id))
        .map((id) => `jump ${chainName(direction, id)}`);
      // The sender's address is its own: an instance cannot pretend to be another.
      const spoof = direction === "out" ? [`ip saddr != ${primary.privateIp} drop`] : [];
      parts.push(block(`chain ${chainName(direction, instance.id)}`, [...spoof, ...jumps, "drop"]));
    }
  }

  for (const { id, vpcCidrs, securityGroupIds } of endpoints) {
    const jumps = securityGroupIds.filter((group) => known.has(group)).map((group) => `jump ${chainName("in", group)}`);
    parts.push(
      block(`chain ${chainName("in", id)}`, [`ip saddr != { ${vpcCidrs.join(", ")} } drop`, ...jumps, "drop"]),
    );
  }

  const map = (direction: "in" | "out"): string =>
    attached.map(({ instance, port }) => `"${port}" : jump ${chainName(direction, instance.id)}`).join(", ");
  const perPort = (key: "iifname" | "oifname", direction: "in" | "out"): readonly string[] =>
    attached.length > 0 ? [`${key} vmap { ${map(direction)} }`] : [];

  parts.push(
    // Faults come before routing: nobody says "unreachable" for an address that is silent. They look at private
    // addresses, so they come after the public ones were translated (-100); what the region itself sends is lost too.
    block("chain faults", renderFaults(faults)),
    block("chain passing", ["type filter hook prerouting priority -90; policy accept;", "jump faults"]),
    block("chain answering", ["type filter hook output priority -90; policy accept;", "jump faults"]),
    // Stage 1: what the sender's groups permit. `accept` ends this stage only.
    block("chain sending", [
      "type filter hook forward priority filter - 10; policy accept;",
      "ct state established,related accept",
      ...perPort("iifname", "out"),
      // An instance that has no rules yet can do nothing.
      `iifname "${routerPortPattern}" drop`,
    ]),
    // Stage 2: what the receiver's groups permit. The operator's network is a receiver that takes answers only.
    block("chain receiving", [
      "type filter hook forward priority filter; policy drop;",
      "ct state established,related accept",
      ...perPort("oifname", "in"),
    ]),
    // The same two stages for AWS's own addresses, as the region itself receives. Metadata and DNS are never filtered.
    block("chain asking", [
      "type filter hook input priority filter - 10; policy accept;",
      "ct state established,related accept",
      `ip daddr { ${metadataAddress}, ${resolverAddress} } accept`,
      ...perPort("iifname", "out"),
      `iifname "${routerPortPattern}" drop`,
    ]),
    block("chain region", [
      "type filter hook input priority filter; policy drop;",
      'iifname "lo" accept',
      "ct state established,related accept",
      `iifname "${regionInterface}" ip daddr ${apiAddress} tcp dport ${apiPort} accept`,
      `iifname "${regionInterface}" ip daddr ${s3PlainAddress} tcp dport ${tlsPort} accept`,
      `iifname "${regionInterface}" meta l4proto icmp accept`,
      `iifname "${routerPortPattern}" ip daddr ${metadataAddress} tcp dport 80 accept`,
      `iifname "${routerPortPattern}" ip daddr ${resolverAddress} meta l4proto { tcp, udp } th dport 53 accept`,
      ...endpoints.map(
        ({ id, addresses }) => `tcp dport ${tlsPort} ip daddr { ${addresses.join(", ")} } jump ${chainName("in", id)}`,
      ),
      ...publicServices.flatMap((address) => {
        const askers = attached
          .filter(({ primary }) => isRouted(primary, address))
          .map(({ primary }) => primary.privateIp);
        if (askers.length === 0) return [];
        return [`tcp dport ${tlsPort} ip daddr ${address} ip saddr { ${askers.sort().join(", ")} } accept`];
      }),
    ]),
  );

  const hopLimits = attached.map(
    ({ instance, primary }) =>
      `ip saddr ${metadataAddress} ip daddr ${primary.privateIp} ip ttl set ${instance.metadataOptions.hopLimit}`,
  );
  parts.push(block("chain metadata", ["type filter hook output priority mangle; policy accept;", ...hopLimits]));

  const published = attached.filter(({ primary }) => primary.publicIp !== null);
  parts.push(
    block("chain inward", [
      "type nat hook prerouting priority dstnat; policy accept;",
      ...published.map(
        ({ primary }) => `iifname "${regionInterface}" ip daddr ${primary.publicIp} dnat ip to ${primary.privateIp}`,
      ),
    ]),
    block("chain outward", [
      "type nat hook postrouting priority srcnat; policy accept;",
      ...published.map(
        ({ primary }) => `oifname "${regionInterface}" ip saddr ${primary.privateIp} snat ip to ${primary.publicIp}`,
      ),
    ]),
  );
  return [
    `table inet ${tableName}`,
    `delete table inet ${tableName}`,
    `table inet ${tableName} {`,
    ...parts,
    "}",
    "",
  ].join("\n");
}

/** Loads the rules in this process's network namespace; a text that is loaded already costs nothing. */
export class Firewall {
  private loaded = "";
  private last: Promise<unknown> = Promise.resolve();

  /** Calls are done in their order: what was asked for last is what stands. */
  apply(desired: DesiredState, faults: NetworkFaults): Promise<boolean> {
    const text = renderFirewall(desired, faults);
    const result = this.last.then(() => this.load(text));
    this.last = result.catch(() => undefined);
    return result;
  }

  private async load(text: string): Promise<boolean> {
    if (text === this.loaded) return false;
    await run("nft", ["-f", "-"], { input: text });
    this.loaded = text;
    return true;
  }
}

/** An empty region: everything is closed but the API for the operator. */
export const emptyRegion: DesiredState = {
  generation: -1,
  region: "us-east-1",
  accountId: "000000000000",
  instances: [],
  volumes: [],
  vpcs: [],
  securityGroups: [],
  endpoints: [],
  dns: [],
};
