import { DescribeVolumesCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { tagKeys } from "../planning/cluster/names";
import { tagValue } from "../planning/cluster/tags";

/** A data volume of a node. */
export interface DataVolume {
  readonly id: string;
  /** `kafka-3`. */
  readonly node: string;
  readonly sizeGiB: number;
}

/** The data volumes of a cluster's nodes. */
export async function dataVolumes(ec2: EC2Client, clusterName: string): Promise<DataVolume[]> {
  const { Volumes = [] } = await ec2.send(
    new DescribeVolumesCommand({
      Filters: [
        { Name: `tag:${tagKeys.cluster}`, Values: [clusterName] },
        { Name: `tag:${tagKeys.volume}`, Values: ["data"] },
      ],
    }),
  );
  return Volumes.map(({ VolumeId: id = "", Size: sizeGiB = 0, Tags }) => ({
    id,
    node: tagValue(Tags, tagKeys.node) ?? id,
    sizeGiB,
  }));
}
