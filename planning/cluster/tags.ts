import { tagKeys } from "./names";

export type Tags = Readonly<Record<string, string>>;

export { tagKeys };

/** The tags of a thing that belongs to the cluster as a whole. */
export function clusterTags(clusterName: string, thing: string): Tags {
  return { Name: `${clusterName}-${thing}`, [tagKeys.cluster]: clusterName };
}

/** The tags of a thing that belongs to one node. */
export function nodeTags(clusterName: string, node: string): Tags {
  return { ...clusterTags(clusterName, node), [tagKeys.node]: node };
}
