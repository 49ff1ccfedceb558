import { cidrOf, cidrsOverlap } from "../cidr";
import { isPair } from "../sshKeys";
import type { Fault } from "../faults";
import { layOutNetwork } from "../networkLayout";
import { rule, type Rule } from "./rule";
import type { ClientRoute } from "../settings";

/** The prefix from which on a block lets in too much: most of the internet is as bad as all of it. */
const anywherePrefix = 8;

/** Rules about zones, blocks, and who is let in. */
export const networkRules: readonly Rule[] = [
  rule(["availabilityZones", "region"], (zones, region) =>
    zones.flatMap((zone, index) =>
      new RegExp(`^${region}[a-z]$`).test(zone)
        ? []
        : [
            {
              path: `availabilityZones[${index}]`,
              message: `"${zone}" is not a zone of aws:region ${region}; give zones such as ${region}a`,
            },
          ],
    ),
  ),
  rule(
    ["vpcCidr", "availabilityZones", "nodeSubnetCidrs", "opsSubnetCidr", "nodeSubnetIds"],
    (vpcCidr, zones, nodeSubnetCidrs, opsSubnetCidr, nodeSubnetIds) =>
      // Where existing subnets are, AWS knows.
      nodeSubnetIds.length > 0 ? [] : layOutNetwork({ vpcCidr, zones, nodeSubnetCidrs, opsSubnetCidr }).faults,
  ),
  rule(["nodeSubnetIds", "vpcId", "nodeSubnetCidrs", "availabilityZones"], (ids, vpcId, cidrs, zones) =>
    ids.length === 0
      ? []
      : [
          ...(vpcId === ""
            ? [
                {
                  path: "nodeSubnetIds",
                  message: "given without vpcId; give the id of the VPC in which the subnets are",
                },
              ]
            : []),
          ...(cidrs.length === 0 ? [] : [existingAndMade("nodeSubnetIds", "nodeSubnetCidrs")]),
          ...(ids.length === zones.length
            ? []
            : [
                {
                  path: "nodeSubnetIds",
                  message:
                    `${ids.length} subnets for ${zones.length} availabilityZones; give one a zone, in the same ` +
                    "order, or none",
                },
              ]),
        ],
  ),
  rule(["nodeSubnetIds", "opsSubnetId", "clientRoutes"], (ids, opsSubnetId, routes) => [
    ...((ids.length === 0) === (opsSubnetId === "")
      ? []
      : [
          {
            path: ids.length === 0 ? "nodeSubnetIds" : "opsSubnetId",
            message:
              `missing, as ${ids.length === 0 ? "opsSubnetId" : "nodeSubnetIds"} is given; both are ` +
              "needed, or neither",
          },
        ]),
    ...(ids.length > 0 && routes.length > 0
      ? [
          {
            path: "clientRoutes",
            message: "given together with nodeSubnetIds, whose route tables are yours: add the routes there",
          },
        ]
      : []),
  ]),
  rule(["opsSubnetId", "opsSubnetCidr", "nodeSubnetIds"], (id, cidr, nodeSubnetIds) =>
    id === ""
      ? []
      : [
          ...(cidr === "" ? [] : [existingAndMade("opsSubnetId", "opsSubnetCidr")]),
          ...(nodeSubnetIds.includes(id)
            ? [
                {
                  path: "opsSubnetId",
                  message:
                    `${id} is also in nodeSubnetIds; nodes are in private subnets, the ops host in a public one: ` +
                    "give another",
                },
              ]
            : []),
        ],
  ),
  rule(["clientRoutes", "vpcCidr"], (routes, vpcCidr) =>
    routes.flatMap(({ cidr }, index) =>
      cidrsOverlap(cidrOf(cidr), cidrOf(vpcCidr))
        ? [
            {
              path: `clientRoutes[${index}].cidr`,
              message:
                `${cidr} overlaps vpcCidr ${vpcCidr}, whose machines are reached without a route; give the block ` +
                "of the clients' network",
            },
          ]
        : [],
    ),
  ),
  rule(["sshCidrs", "allowAnywhere"], (cidrs, allowed) => anywhereFaults("sshCidrs", cidrs, allowed)),
  rule(["clientCidrs", "allowAnywhere"], (cidrs, allowed) => anywhereFaults("clientCidrs", cidrs, allowed)),
  // The blocks of an existing VPC are known only to a preview: planning/checks/existingVpc.ts.
  rule(["clientCidrs", "clientRoutes", "vpcCidr", "vpcId"], (cidrs, routes, vpcCidr, vpcId) =>
    vpcId === "" ? unroutedFaults(cidrs, routes, [vpcCidr]) : [],
  ),
  rule(["sshPublicKey", "sshPrivateKey"], (publicKey, privateKey) => {
    if (publicKey && !privateKey) {
      return {
        path: "sshPrivateKey",
        message:
          "missing though sshPublicKey is given; the health gates log in with it: " +
          "pulumi config set --secret kafka-on-ec2:sshPrivateKey < KEYFILE, or give neither",
      };
    }
    if (privateKey && !publicKey) {
      return {
        path: "sshPublicKey",
        message: "missing though sshPrivateKey is given; give both or neither",
      };
    }
    if (publicKey && !isPair(publicKey, privateKey)) {
      return {
        path: "sshPrivateKey",
        message:
          "(hidden) is of another pair than sshPublicKey; give both of one pair (ssh-keygen -y -f KEYFILE shows " +
          "the public key)",
      };
    }
    return undefined;
  }),
];

/**
 * The fault of a block for subnets that exist already, and so have theirs.
 * @param other the setting that would make such subnets
 */
function existingAndMade(path: string, other: string): Fault {
  return { path, message: `given together with ${other}, which is for subnets to be made; give one of them` };
}

/** The faults of clients that get no answer: the nodes have no route to them, and to the internet none at all. */
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
            path: `clientCidrs[${index}]`,
            message:
              `${cidr} is outside the VPC (${vpcCidrs.join(", ")}), and no route of clientRoutes leads there, so its ` +
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
            message:
              `${cidr} lets in the whole internet, or much of it; give a smaller block, or set ` +
              "allowAnywhere to true",
          },
        ]
      : [],
  );
}
