import * as pulumi from "@pulumi/pulumi";
import { clusterTags, nodeTags, type Tags } from "../planning/cluster/tags";

/** What every part of a cluster is given. */
export interface ClusterIdentity {
  /** Prefix of every name in AWS, at most 32 characters. */
  readonly clusterName: pulumi.Input<string>;
  /** Region of the provider, `us-east-1`. */
  readonly region: pulumi.Input<string>;
  /** Tags of everything that has tags, instances and volumes among them. Default: none beside the cluster's own. */
  readonly tags?: pulumi.Input<Tags>;
  /** ARN of the IAM policy that bounds every role. Default, and "": none. */
  readonly permissionsBoundary?: pulumi.Input<string>;
}

/** The part of a component's arguments that its own parts are given. */
export function identityOf({ clusterName, region, tags, permissionsBoundary }: ClusterIdentity): ClusterIdentity {
  return { clusterName, region, tags, permissionsBoundary };
}

/** The tags of a thing that belongs to the cluster as a whole. */
export function tagsOf({ clusterName, tags = {} }: ClusterIdentity, thing: string): pulumi.Output<Tags> {
  return pulumi.all([clusterName, tags]).apply(([cluster, given]) => ({ ...given, ...clusterTags(cluster, thing) }));
}

/** The tags of a thing that belongs to one node. */
export function nodeTagsOf({ clusterName, tags = {} }: ClusterIdentity, node: string): pulumi.Output<Tags> {
  return pulumi.all([clusterName, tags]).apply(([cluster, given]) => ({ ...given, ...nodeTags(cluster, node) }));
}

/** A role's boundary as the provider takes it, which knows no empty one. */
export function boundaryOf({ permissionsBoundary = "" }: ClusterIdentity): pulumi.Output<string> {
  return pulumi.output(permissionsBoundary).apply((arn) => (arn === "" ? undefined : arn)) as pulumi.Output<string>;
}
