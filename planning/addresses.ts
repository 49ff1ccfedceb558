import { SettingsError } from "../settings/faults";
import { layOutNetwork } from "../settings/networkLayout";
import type { Settings } from "../settings/settings";

/** One subnet to make. */
export interface PlannedSubnet {
  readonly zone: string;
  readonly cidr: string;
}

/** The network's blocks: one private subnet for nodes in each zone, and a public one for the ops host in the first zone. */
export interface NetworkPlan {
  readonly vpcCidr: string;
  readonly nodeSubnets: readonly PlannedSubnet[];
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
    brokers: settings.brokers.count,
    zookeeperNodes: settings.zookeeper.count,
  });
  if (!layout) throw new SettingsError(faults);
  return { vpcCidr, ...layout };
}
