/** Which data volume each node has, of those in the stack's state and those in AWS. Pure. */
import type { Fault } from "../../settings/faults";
import { tagKeys } from "../cluster/names";
import type { NodePlan } from "../node/nodes";
import type { ExistingVolume } from "./existingNodes";

/** A data volume of the stack's state. */
export interface OwnVolume extends ExistingVolume {
  readonly id: string;
}

/** A data volume in AWS that has the cluster's tags. */
export interface FoundVolume extends OwnVolume {
  /** `kafka-3`. */
  readonly node: string;
  readonly encrypted: boolean;
  /** When it was made, ISO 8601. */
  readonly created: string;
  readonly isAttached: boolean;
  /** The value of the tag which says that what is on the volume is wanted. */
  readonly retained?: string;
}

/** The volumes that the nodes get, and what stands against it. */
export interface VolumeChoice {
  /** Node name -> the volume that it has, or takes up; new nodes are not in it. */
  readonly volumes: Readonly<Record<string, ExistingVolume>>;
  /** Node name -> id of the volume that it takes up: one without a stack, and not in this stack's state. */
  readonly adopted: Readonly<Record<string, string>>;
  readonly faults: readonly Fault[];
}

/**
 * Chooses each node's volume. The one in the stack's state is the node's, whatever else there is. A node that the state
 * has none for takes up the one that is retained for it; whatever else has its name must be looked at by a person
 * first, as an empty volume would be made beside it.
 *
 * @param own node name -> its volume in the stack's state
 * @param found every data volume with the cluster's tags
 */
export function chooseVolumes(
  clusterName: string,
  nodes: NodePlan,
  own: Readonly<Record<string, OwnVolume>>,
  found: readonly FoundVolume[],
): VolumeChoice {
  const volumes: Record<string, ExistingVolume> = {};
  const adopted: Record<string, string> = {};
  const inUse: FoundVolume[] = [];
  const several: FoundVolume[] = [];
  const unasked: FoundVolume[] = [];
  const open: FoundVolume[] = [];
  for (const [name, volume] of Object.entries(own)) {
    // AWS knows its size best: it may have been grown by hand.
    volumes[name] = found.find(({ id }) => id === volume.id) ?? volume;
  }
  for (const { name } of [...nodes.zookeeper, ...nodes.brokers]) {
    if (own[name]) continue;
    const candidates = found.filter(({ node }) => node === name);
    const [only, ...others] = candidates;
    if (!only) continue;
    if (candidates.some(({ isAttached }) => isAttached)) inUse.push(...candidates);
    else if (others.length > 0) several.push(...candidates);
    else if (only.retained === undefined) unasked.push(only);
    else if (!only.encrypted) open.push(only);
    else {
      volumes[name] = only;
      adopted[name] = only.id;
    }
  }
  const fault = (concerned: readonly FoundVolume[], text: string, remedy: string): Fault[] =>
    concerned.length === 0
      ? []
      : [{ path: "clusterName", message: `${clusterName} ${text}:\n${concerned.map(lineOf).join("\n")}\n  ${remedy}` }];
  const tag = `Key=${tagKeys.retained},Value=yes`;
  return {
    volumes,
    adopted,
    faults: [
      ...fault(
        inUse,
        "runs already, outside this stack: its volumes are in use",
        "give this cluster another name; if it is this stack's own, whose state is lost, bring that back (pulumi " +
          "stack import)",
      ),
      ...fault(
        several,
        "has several volumes for one node, and none of them in this stack's state",
        "leave one for each node, the one whose data is wanted, and delete the others or take their tag " +
          `${tagKeys.node} away`,
      ),
      ...fault(
        unasked,
        "has volumes that are not in this stack's state, from nodes that were removed, an update that was killed " +
          "or a stack that is gone",
        `to take one up with its data: aws ec2 create-tags --resources ID --tags ${tag}; to begin afresh: ` +
          "aws ec2 delete-volume --volume-id ID, or another clusterName",
      ),
      ...fault(
        open,
        "has retained volumes that are not encrypted",
        "make encrypted copies by a snapshot, with the same tags, and delete these",
      ),
    ],
  };
}

/**
 * The faults of retained volumes that the program does not take up, so that empty ones would be made beside them.
 * @param wanted node name -> id of the volume that it is to take up
 * @param given the same, as the program says it
 */
export function adoptionFaults(
  wanted: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Fault[] {
  const missing = Object.entries(wanted).filter(([node, id]) => given[node] !== id);
  if (missing.length === 0) return [];
  const all = JSON.stringify(wanted);
  return [
    {
      path: "adoptVolumes",
      message:
        `${missing.map(([node, id]) => `${id} of ${node}`).join(", ")} is retained for this ` + `cluster; give ${all}`,
    },
  ];
}

function lineOf({ node, id, sizeGiB, zone, created, isAttached, retained }: FoundVolume): string {
  const state = isAttached ? "attached" : "not attached";
  const word = retained === undefined ? "" : `, retained ${retained}`;
  return `  ${node}: ${id}, ${sizeGiB} GiB, ${zone}, made ${created}, ${state}${word}`;
}
