import { blocksCovering, cidrOf, formatCidr, type Cidr } from "../../settings/cidr";
import { SettingsError } from "../../settings/faults";
import { keptHostNumbers, layOutNetwork } from "../../settings/networkLayout";
import type { Settings } from "../../settings/settings";

/** One subnet to make. */
export interface PlannedSubnet {
  readonly zone: string;
  readonly cidr: string;
}

/** A subnet for nodes. */
export interface NodeSubnet extends PlannedSubnet {
  /**
   * Blocks of addresses that EC2 gives only to whoever asks for one by name, so that those which a later broker needs
   * are free.
   */
  readonly keptCidrs: readonly string[];
}

/**
 * The network's blocks: one private subnet for nodes in each zone, and a public one for the ops host in the first zone.
 */
export interface NetworkPlan {
  readonly vpcCidr: string;
  readonly nodeSubnets: readonly NodeSubnet[];
  readonly opsSubnet: PlannedSubnet;
}

/** The subnets of the settings. Throws `SettingsError` when they don't fit (which `parseSettings` has told before). */
export function planNetwork(settings: Settings): NetworkPlan {
  const { vpcCidr, zones, nodeSubnetCidrs, opsSubnetCidr } = settings.network;
  const { layout, faults } = layOutNetwork({
    vpcCidr,
    zones,
    nodeSubnetCidrs,
    opsSubnetCidr,
  });
  if (!layout) throw new SettingsError(faults);
  const nodeSubnets = layout.nodeSubnets.map((subnet) => ({ ...subnet, keptCidrs: keptBlocks(cidrOf(subnet.cidr)) }));
  return { vpcCidr, nodeSubnets, opsSubnet: layout.opsSubnet };
}

/**
 * The addresses of each node subnet that are kept for nodes, as blocks of host numbers. They are the same in all
 * subnets, as none is smaller than a /25.
 */
export const keptHostBlocks: readonly Cidr[] = blocksCovering(
  { base: 0, prefix: 25 },
  keptHostNumbers.first,
  keptHostNumbers.last,
);

/** The blocks of a node subnet that are kept for nodes. */
export function keptBlocks(subnet: Cidr): string[] {
  return keptHostBlocks.map(({ base, prefix }) => formatCidr({ base: subnet.base + base, prefix }));
}
