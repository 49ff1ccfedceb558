export type Tags = Readonly<Record<string, string>>;

/** Keys of the tags by which programs find things. Roles are limited by the first two, so no role may set tags. */
export const tagKeys = {
  cluster: "kafka-on-ec2:cluster",
  node: "kafka-on-ec2:node",
  /** On instances: what they were started from. */
  revision: "kafka-on-ec2:revision",
  /** `data` on data volumes; root volumes, which have the node's other tags too, don't have it. */
  volume: "kafka-on-ec2:volume",
} as const;

/** The tags of a thing that belongs to the cluster as a whole. */
export function clusterTags(clusterName: string, thing: string): Tags {
  return { Name: `${clusterName}-${thing}`, [tagKeys.cluster]: clusterName };
}

/** The tags of a thing that belongs to one node. */
export function nodeTags(clusterName: string, node: string): Tags {
  return { ...clusterTags(clusterName, node), [tagKeys.node]: node };
}
