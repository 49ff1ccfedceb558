import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import type { StackOutputs } from "../../planning/cluster/outputs";
import { ec2Client } from "../../stack/awsClients";

/** A node subnet with its zone. */
export interface ZoneSubnet {
  readonly zone: string;
  readonly subnetId: string;
}

/** The node subnets of a stack, with their zones. */
export async function nodeSubnets({
  region,
  nodeSubnetIds,
}: Pick<StackOutputs, "region" | "nodeSubnetIds">): Promise<ZoneSubnet[]> {
  const ec2 = ec2Client(region);
  try {
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [...nodeSubnetIds] }));
    // In the order of the outputs, which is that of the zones.
    return nodeSubnetIds.flatMap((subnetId) => {
      const zone = Subnets.find((subnet) => subnet.SubnetId === subnetId)?.AvailabilityZone;
      return zone === undefined ? [] : [{ zone, subnetId }];
    });
  } finally {
    ec2.destroy();
  }
}

/**
 * The subnets in which a drill's client may run: in zones that the fault leaves alone, the last one first; the first
 * ones have more brokers.
 */
export function clientSubnets(subnets: readonly ZoneSubnet[], zonesHit: readonly string[]): string[] {
  const outside = subnets.filter(({ zone }) => !zonesHit.includes(zone));
  if (outside.length === 0) throw new Error(`no node subnet is outside ${zonesHit.join(", ")}`);
  return outside.map(({ subnetId }) => subnetId).reverse();
}
