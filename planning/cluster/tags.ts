import { tagKeys } from "./names";

/** Tags of an AWS resource, by key. */
export type Tags = Readonly<Record<string, string>>;

export { tagKeys };

/** The tags of a thing that belongs to the cluster as a whole. */
export function clusterTags(clusterName: string, thing: string): Tags {
  return { Name: `${clusterName}-${thing}`, [tagKeys.cluster]: clusterName };
}

/**
 * The tags of a thing that belongs to one node. What looks at a stack knows a node's parts by these, never by their
 * names.
 */
export function nodeTags(clusterName: string, node: string): Tags {
  return { ...clusterTags(clusterName, node), [tagKeys.node]: node };
}

/**
 * The node whose part a resource is, by the tags among its properties: `kafka-3`, or `opsNode`. Undefined for all
 * others.
 * @param properties as Pulumi records them; a group has its tags as a list
 */
export function taggedNode(properties: Readonly<Record<string, unknown>> = {}): string | undefined {
  const { tags } = properties;
  if (typeof tags !== "object" || tags === null) return undefined;
  const node = Array.isArray(tags)
    ? (tags as readonly { readonly key?: unknown; readonly value?: unknown }[]).find(({ key }) => key === tagKeys.node)
        ?.value
    : (tags as Readonly<Record<string, unknown>>)[tagKeys.node];
  return typeof node === "string" ? node : undefined;
}

/** The value of a tag among those of a thing, as AWS answers; undefined when it has no such tag. */
export function tagValue(
  tags: readonly { readonly Key?: string; readonly Value?: string }[] | undefined,
  key: string,
): string | undefined {
  return tags?.find(({ Key }) => Key === key)?.Value;
}
