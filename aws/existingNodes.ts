import * as ebs from "@pulumi/aws/ebs";
import * as ec2 from "@pulumi/aws/ec2";
import { clusterTags, tagKeys } from "../planning/cluster/tags";
import type { ExistingSubnet } from "../planning/checks/existingNodes";
import type { FoundVolume } from "../planning/checks/volumeChoice";

/** What there is in AWS of the cluster's nodes, whoever has made it. */
export interface ExistingNodes {
  readonly volumes: readonly FoundVolume[];
  readonly subnets: readonly ExistingSubnet[];
}

/** Looks for the data volumes and node subnets of a cluster. */
export async function existingNodes(clusterName: string): Promise<ExistingNodes> {
  const [volumes, subnets] = await Promise.all([existingVolumes(clusterName), existingSubnets(clusterName)]);
  return { volumes, subnets };
}

async function existingSubnets(clusterName: string): Promise<ExistingSubnet[]> {
  const { ids } = await ec2.getSubnets({ tags: { [tagKeys.cluster]: clusterName } });
  return (
    (await Promise.all(ids.map((id) => ec2.getSubnet({ id }))))
      // Not the ops host's.
      .filter(({ tags, availabilityZone }) => tags.Name === clusterTags(clusterName, `nodes-${availabilityZone}`).Name)
      .map(({ availabilityZone, cidrBlock, vpcId }) => ({ zone: availabilityZone, cidr: cidrBlock, vpcId }))
  );
}

async function existingVolumes(clusterName: string): Promise<FoundVolume[]> {
  const idsIn = (...states: string[]) =>
    ebs.getEbsVolumes({
      tags: { [tagKeys.cluster]: clusterName, [tagKeys.volume]: "data" },
      filters: [{ name: "status", values: states }],
    });
  const [free, attached] = await Promise.all([idsIn("creating", "available"), idsIn("in-use")]);
  const look = async (id: string, isAttached: boolean): Promise<FoundVolume> => {
    const found = await ebs.getVolume({ filters: [{ name: "volume-id", values: [id] }] });
    return {
      id,
      node: found.tags[tagKeys.node] ?? "",
      sizeGiB: found.size,
      zone: found.availabilityZone,
      encrypted: found.encrypted,
      created: found.createTime,
      isAttached,
      retained: found.tags[tagKeys.retained],
    };
  };
  return Promise.all([...free.ids.map((id) => look(id, false)), ...attached.ids.map((id) => look(id, true))]);
}
