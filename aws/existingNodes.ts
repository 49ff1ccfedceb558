import * as ebs from "@pulumi/aws/ebs";
import * as ec2 from "@pulumi/aws/ec2";
import type { InvokeOptions } from "@pulumi/pulumi";
import { clusterTags, tagKeys } from "../planning/cluster/tags";
import type { ExistingSubnet } from "../planning/checks/existingNodes";
import type { FoundVolume } from "../planning/checks/volumeChoice";

/** What there is in AWS of the cluster's nodes, whoever has made it. */
export interface ExistingNodes {
  readonly volumes: readonly FoundVolume[];
  readonly subnets: readonly ExistingSubnet[];
}

/** Looks for the data volumes and node subnets of a cluster. */
export async function existingNodes(clusterName: string, ask: InvokeOptions): Promise<ExistingNodes> {
  const [volumes, subnets] = await Promise.all([existingVolumes(clusterName, ask), existingSubnets(clusterName, ask)]);
  return { volumes, subnets };
}

async function existingSubnets(clusterName: string, ask: InvokeOptions): Promise<ExistingSubnet[]> {
  const { ids } = await ec2.getSubnets({ tags: { [tagKeys.cluster]: clusterName } }, ask);
  return (
    (await Promise.all(ids.map((id) => ec2.getSubnet({ id }, ask))))
      // The ops host's subnet is left out.
      .filter(({ tags, availabilityZone }) => tags.Name === clusterTags(clusterName, `nodes-${availabilityZone}`).Name)
      .map(({ availabilityZone, cidrBlock, vpcId }) => ({ zone: availabilityZone, cidr: cidrBlock, vpcId }))
  );
}

async function existingVolumes(clusterName: string, ask: InvokeOptions): Promise<FoundVolume[]> {
  const idsIn = (...states: string[]) =>
    ebs.getEbsVolumes(
      {
        tags: { [tagKeys.cluster]: clusterName, [tagKeys.volume]: "data" },
        filters: [{ name: "status", values: states }],
      },
      ask,
    );
  const [free, attached] = await Promise.all([idsIn("creating", "available"), idsIn("in-use")]);
  const describe = async (id: string, isAttached: boolean): Promise<FoundVolume> => {
    const found = await ebs.getVolume({ filters: [{ name: "volume-id", values: [id] }] }, ask);
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
  return Promise.all([...free.ids.map((id) => describe(id, false)), ...attached.ids.map((id) => describe(id, true))]);
}
