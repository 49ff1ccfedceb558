import { blockOf, cidrOf, cidrsOverlap, containsCidr, formatCidr, type Cidr } from "./cidr";
import type { Fault } from "./faults";

/** The host number of broker i in its zone's subnet, 10 + i. AWS keeps 0 to 3 for itself. */
export const brokerHostNumber = (id: number): number => 10 + id;
/** The host number of ZooKeeper node i in its zone's subnet, 100 + i. */
export const zookeeperHostNumber = (id: number): number => 100 + id;
/** The most brokers: so many fit below the first ZooKeeper address. */
export const maximumBrokers = 90;
/**
 * The host numbers that are kept for the nodes, there or to come, and for the EC2 endpoint: nothing else is given an
 * address there. The first is the lowest that AWS lets anyone have; the last ends a block of sixteen, beyond the
 * highest ZooKeeper node (7).
 */
export const keptHostNumbers = { first: 4, last: 111 } as const;

/** The zone of node i of a pool. */
export function zoneOf(zones: readonly string[], id: number): string {
  return zones[(id - 1) % zones.length] ?? "";
}

/** The blocks as the settings give them. */
export interface LayoutInput {
  readonly vpcCidr: string;
  readonly zones: readonly string[];
  readonly nodeSubnetCidrs: readonly string[];
  readonly opsSubnetCidr: string;
}

/** The subnets, with their blocks. */
export interface NetworkLayout {
  readonly nodeSubnets: readonly { readonly zone: string; readonly cidr: string }[];
  readonly opsSubnet: { readonly zone: string; readonly cidr: string };
}

/** The prefix of the smallest subnet: AWS takes /16 to /28. */
const smallestSubnetPrefix = 28;
/**
 * The prefix of the smallest node subnet: its 128 addresses are the least that has room for what is kept for nodes, and
 * some for client hosts.
 */
export const smallestNodePrefix = 25;
/**
 * Bits by which a VPC's block is cut: into 16 blocks, so that a zone added later moves no other subnet. The last is for
 * the ops host.
 */
const blockBits = 4;
const opsPrefix = 26;

/** The setting from which the node subnet of zone number `index` (0, 1, 2 …) has its block. */
export function nodeSubnetPath({ nodeSubnetCidrs }: Pick<LayoutInput, "nodeSubnetCidrs">, index: number): string {
  return nodeSubnetCidrs.length > 0 ? `nodeSubnetCidrs[${index}]` : "vpcCidr";
}

/** The setting from which the ops host's subnet has its block. */
export function opsSubnetPath({ opsSubnetCidr }: Pick<LayoutInput, "opsSubnetCidr">): string {
  return opsSubnetCidr ? "opsSubnetCidr" : "vpcCidr";
}

/** Lays the subnets into the VPC, or says what is wrong with those that were given. */
export function layOutNetwork(input: LayoutInput): { layout?: NetworkLayout; faults: Fault[] } {
  const faults: Fault[] = [];
  const vpc = cidrOf(input.vpcCidr);
  const nodes = nodeBlocks(vpc, input, faults);
  const ops = input.opsSubnetCidr ? cidrOf(input.opsSubnetCidr) : opsBlock(vpc);
  if (faults.length > 0) return { faults };

  const blocks = [
    ...nodes.map((cidr, index) => ({
      path: nodeSubnetPath(input, index),
      given: input.nodeSubnetCidrs.length > 0,
      cidr,
    })),
    {
      path: opsSubnetPath(input),
      given: input.opsSubnetCidr !== "",
      cidr: ops,
    },
  ];
  for (const { path, cidr, given } of blocks) {
    if (given && !containsCidr(vpc, cidr)) {
      faults.push({
        path,
        message: `${formatCidr(cidr)} is outside vpcCidr ${input.vpcCidr}; choose a block inside`,
      });
    }
  }
  // Only the later one of a pair is named: it is the one that came second.
  for (const [index, block] of blocks.entries()) {
    const earlier = blocks.slice(0, index).find((other) => cidrsOverlap(other.cidr, block.cidr));
    if (!earlier) continue;
    const [named, other] = block.given || !earlier.given ? [block, earlier] : [earlier, block];
    const origin = other.given ? other.path : "computed from vpcCidr";
    faults.push({
      path: named.path,
      message:
        `${formatCidr(named.cidr)} overlaps ${formatCidr(other.cidr)} (${origin}); choose blocks that ` +
        "share no address",
    });
  }
  faults.push(...tooSmall(input, nodes));
  if (faults.length > 0) return { faults };
  return {
    faults,
    layout: {
      nodeSubnets: input.zones.map((zone, index) => ({ zone, cidr: formatCidr(nodes[index] ?? vpc) })),
      opsSubnet: { zone: zoneOf(input.zones, 1), cidr: formatCidr(ops) },
    },
  };
}

function nodeBlocks(vpc: Cidr, input: LayoutInput, faults: Fault[]): Cidr[] {
  const { zones, nodeSubnetCidrs } = input;
  if (nodeSubnetCidrs.length > 0) {
    if (nodeSubnetCidrs.length !== zones.length) {
      faults.push({
        path: "nodeSubnetCidrs",
        message:
          `${nodeSubnetCidrs.length} blocks for ${zones.length} availabilityZones; give one a zone, in the same ` +
          "order, or none",
      });
    }
    return nodeSubnetCidrs.map(cidrOf);
  }
  const prefix = computedPrefix(vpc);
  const available = 2 ** (prefix - vpc.prefix) - 1;
  if (prefix < vpc.prefix || available < zones.length) {
    const needed = smallestNodePrefix - Math.ceil(Math.log2(zones.length + 1));
    faults.push({
      path: "vpcCidr",
      message:
        `${input.vpcCidr} is too small for a /${smallestNodePrefix} in each of ${zones.length} availabilityZones ` +
        `and one for the ops host; use /${needed} or larger, or give nodeSubnetCidrs`,
    });
    return [];
  }
  return zones.map((_, index) => blockOf(vpc, prefix, index));
}

function opsBlock(vpc: Cidr): Cidr {
  const prefix = computedPrefix(vpc);
  if (prefix < vpc.prefix) return { base: vpc.base, prefix: Math.max(vpc.prefix, smallestSubnetPrefix) };
  const last = blockOf(vpc, prefix, 2 ** (prefix - vpc.prefix) - 1);
  return blockOf(last, Math.max(opsPrefix, prefix), 0);
}

function computedPrefix(vpc: Cidr): number {
  return Math.min(vpc.prefix + blockBits, smallestNodePrefix);
}

/** The faults of subnets without room for what is kept for nodes. */
function tooSmall(input: LayoutInput, nodes: readonly Cidr[]): Fault[] {
  return nodes.flatMap((cidr, index) =>
    cidr.prefix <= smallestNodePrefix
      ? []
      : [
          {
            path: nodeSubnetPath(input, index),
            message:
              `${formatCidr(cidr)} is too small: host numbers up to ${keptHostNumbers.last} are kept for nodes; ` +
              `use /${smallestNodePrefix} or larger`,
          },
        ],
  );
}
