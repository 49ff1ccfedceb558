import type { StackOutputs } from "../../../planning/cluster/outputs";
import { ec2Client } from "../../../stack/awsClients";
import { dataVolumes } from "../../../stack/dataVolumes";
import type { VolumeSizes } from "./stackSettings";

/** The sizes of the cluster's data volumes. */
export async function volumeSizes({
  region,
  clusterName,
}: Pick<StackOutputs, "region" | "clusterName">): Promise<VolumeSizes> {
  const ec2 = ec2Client(region);
  try {
    const volumes = await dataVolumes(ec2, clusterName);
    const largest = (pool: string) =>
      Math.max(0, ...volumes.filter(({ node }) => node.startsWith(`${pool}-`)).map(({ sizeGiB }) => sizeGiB));
    return { brokers: largest("kafka"), zookeeper: largest("zookeeper") };
  } finally {
    ec2.destroy();
  }
}
