import * as ebs from "@pulumi/aws/ebs";
import * as ec2 from "@pulumi/aws/ec2";
import { clusterTags, tagKeys } from "../components/tags";
import type { ExistingSubnet, ExistingVolume } from "../planning/checks/existingNodes";

/** What the cluster's nodes have that they must keep. */
export interface ExistingNodes {
  readonly volumes: Record<string, ExistingVolume>;
  readonly subnets: ExistingSubnet[];
}

/** Looks for the data volumes and subnets of a cluster that exists already. */
export async function existingNodes(clusterName: string): Promise<ExistingNodes> {
  const volumes = await existingVolumes(clusterName);
  if (Object.keys(volumes).length === 0) return { volumes, subnets: [] };
  const { ids } = await ec2.getSubnets({ tags: { [tagKeys.cluster]: clusterName } });
  const subnets = (await Promise.all(ids.map((id) => ec2.getSubnet({ id }))))
    // Not the ops host's.
    .filter(({ tags, availabilityZone }) => tags.Name === clusterTags(clusterName, `nodes-${availabilityZone}`).Name)
    .map(({ availabilityZone, cidrBlock, vpcId }) => ({ zone: availabilityZone, cidr: cidrBlock, vpcId }));
  // Without subnets there is no node: a stack that was destroyed has left its volumes (`dataProtection`).
  return { volumes: subnets.length > 0 ? volumes : {}, subnets };
}

/** Node name -> its data volume. */
async function existingVolumes(clusterName: string): Promise<Record<string, ExistingVolume>> {
  const { ids } = await ebs.getEbsVolumes({ tags: { [tagKeys.cluster]: clusterName, [tagKeys.volume]: "data" } });
  const volumes = await Promise.all(ids.map((id) => ebs.getVolume({ filters: [{ name: "volume-id", values: [id] }] })));
  return Object.fromEntries(
    volumes.map(({ tags, size, availabilityZone }) => [
      tags[tagKeys.node] ?? "",
      { sizeGiB: size, zone: availabilityZone },
    ]),
  );
}
