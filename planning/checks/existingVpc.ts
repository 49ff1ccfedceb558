import { cidrOf, cidrsOverlap, containsCidr } from "../../settings/cidr";
import type { Fault } from "../../settings/faults";
import type { Settings } from "../../settings/settings";
import { planNetwork } from "../addresses";

/** An existing VPC (`network.vpcId`). */
export interface ExistingVpc {
  readonly id: string;
  readonly cidrs: readonly string[];
  /** Its subnets that are not this cluster's own. */
  readonly subnets: readonly { readonly id: string; readonly cidr: string }[];
}

export function existingVpcFaults(settings: Settings, vpc: ExistingVpc): Fault[] {
  const { vpcCidr, nodeSubnetCidrs, opsSubnetCidr } = settings.network;
  if (!vpc.cidrs.some((cidr) => containsCidr(cidrOf(cidr), cidrOf(vpcCidr)))) {
    return [
      {
        path: "network.vpcCidr",
        message: `${vpcCidr} is not inside ${vpc.id}, which has ${vpc.cidrs.join(", ")}; give a free block of that VPC`,
      },
    ];
  }
  const { nodeSubnets, opsSubnet } = planNetwork(settings);
  const planned = [
    ...nodeSubnets.map(({ cidr }, index) => ({
      cidr,
      path: nodeSubnetCidrs.length > 0 ? `network.nodeSubnetCidrs[${index}]` : "network.vpcCidr",
    })),
    { cidr: opsSubnet.cidr, path: opsSubnetCidr ? "network.opsSubnetCidr" : "network.vpcCidr" },
  ];
  return planned.flatMap(({ cidr, path }) =>
    vpc.subnets
      .filter((subnet) => cidrsOverlap(cidrOf(subnet.cidr), cidrOf(cidr)))
      .map((subnet) => ({
        path,
        message:
          `subnet ${cidr} overlaps ${subnet.id} (${subnet.cidr}) of ${vpc.id}; ` +
          `give network.nodeSubnetCidrs and network.opsSubnetCidr in free space`,
      })),
  );
}
