import { cidrOf, cidrsOverlap } from "../cidr";
import type { Fault } from "../faults";
import { layOutNetwork } from "../networkLayout";
import { rule, type Rule } from "./rule";
import type { ClientRoute } from "../settings";

/** Most of the internet is as bad as all of it. */
const anywherePrefix = 8;

/** Zones, blocks, and who is let in. */
export const networkRules: readonly Rule[] = [
  rule(["network.zones", "region"], (zones, region) =>
    zones.flatMap((zone, index) =>
      new RegExp(`^${region}[a-z]$`).test(zone)
        ? []
        : [
            {
              path: `network.zones[${index}]`,
              message: `"${zone}" is not a zone of aws:region ${region}; give zones such as ${region}a`,
            },
          ],
    ),
  ),
  rule(
    ["network.vpcCidr", "network.zones", "network.nodeSubnetCidrs", "network.opsSubnetCidr"],
    (vpcCidr, zones, nodeSubnetCidrs, opsSubnetCidr) =>
      layOutNetwork({ vpcCidr, zones, nodeSubnetCidrs, opsSubnetCidr }).faults,
  ),
  rule(["network.clientRoutes", "network.vpcCidr"], (routes, vpcCidr) =>
    routes.flatMap(({ cidr }, index) =>
      cidrsOverlap(cidrOf(cidr), cidrOf(vpcCidr))
        ? [
            {
              path: `network.clientRoutes[${index}].cidr`,
              message: `${cidr} overlaps network.vpcCidr ${vpcCidr}, whose machines are reached without a route; give the block of the clients' network`,
            },
          ]
        : [],
    ),
  ),
  rule(["access.sshCidrs", "access.allowAnywhere"], (cidrs, allowed) =>
    anywhereFaults("access.sshCidrs", cidrs, allowed),
  ),
  rule(["access.clientCidrs", "access.allowAnywhere"], (cidrs, allowed) =>
    anywhereFaults("access.clientCidrs", cidrs, allowed),
  ),
  // Of an existing VPC's blocks only a preview knows: planning/checks/existingVpc.ts.
  rule(
    ["access.clientCidrs", "network.clientRoutes", "network.vpcCidr", "network.vpcId"],
    (cidrs, routes, vpcCidr, vpcId) => (vpcId === "" ? unroutedFaults(cidrs, routes, [vpcCidr]) : []),
  ),
  rule(["access.sshPublicKey", "access.sshPrivateKey"], (publicKey, privateKey) => {
    if (publicKey && !privateKey) {
      return {
        path: "access.sshPrivateKey",
        message:
          "missing though access.sshPublicKey is given; the health gates log in with it: " +
          "pulumi config set --secret kafka-on-ec2:access.sshPrivateKey < KEYFILE, or give neither",
      };
    }
    if (privateKey && !publicKey) {
      return {
        path: "access.sshPublicKey",
        message: "missing though access.sshPrivateKey is given; give both or neither",
      };
    }
    return undefined;
  }),
];

/** Clients that get no answer: the nodes have no route to them, and to the internet none at all. */
export function unroutedFaults(
  clientCidrs: readonly string[],
  routes: readonly ClientRoute[],
  vpcCidrs: readonly string[],
): Fault[] {
  const reached = [...vpcCidrs, ...routes.map(({ cidr }) => cidr)].map(cidrOf);
  return clientCidrs.flatMap((cidr, index) =>
    reached.some((block) => cidrsOverlap(block, cidrOf(cidr)))
      ? []
      : [
          {
            path: `access.clientCidrs[${index}]`,
            message:
              `${cidr} is outside the VPC (${vpcCidrs.join(", ")}), and no route of network.clientRoutes leads there, so its ` +
              "clients would get no answer; add one, e.g. {cidr: " +
              `${cidr}, target: pcx-…}`,
          },
        ],
  );
}

function anywhereFaults(path: string, cidrs: readonly string[], allowed: boolean): Fault[] {
  if (allowed) return [];
  return cidrs.flatMap((cidr, index) =>
    cidrOf(cidr).prefix < anywherePrefix
      ? [
          {
            path: `${path}[${index}]`,
            message: `${cidr} lets in the whole internet, or much of it; give a smaller block, or set access.allowAnywhere to true`,
          },
        ]
      : [],
  );
}
