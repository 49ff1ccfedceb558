/** What Pulumi's record of a stack tells of an update that was killed, and how to mend the record. Pure. */

/** A resource as `pulumi stack export` writes it. */
export interface RecordedResource {
  readonly urn: string;
  readonly type: string;
  /** False for a component. */
  readonly custom?: boolean;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** The provider: `<urn of the provider>::<id>`. */
  readonly provider?: string;
  /** True for a resource that was replaced and is still to be deleted. */
  readonly delete?: boolean;
  /** True for a resource that was deleted and is to be made anew. */
  readonly pendingReplacement?: boolean;
}

/** The part of Pulumi's record of a stack that recovery needs. */
export interface Checkpoint {
  /** The record's own facts: when it was written. */
  readonly manifest: { readonly time: string };
  readonly resources?: readonly RecordedResource[];
  readonly pending_operations?: readonly { readonly type: string; readonly resource: RecordedResource }[];
}

/** The work of an update that was killed. */
export interface Interrupted {
  /** Resources that were being made: each may exist by now, or not. */
  readonly creations: readonly RecordedResource[];
  /**
   * URNs of what was being changed or deleted, or was put into the record and not read yet: the provider knows them.
   */
  readonly unread: readonly string[];
}

/** The work that a killed update left in its record. */
export function interruptedBy({ resources = [], pending_operations: pending = [] }: Checkpoint): Interrupted {
  const recorded = new Set(resources.map(({ urn }) => urn));
  const changing = pending.filter(({ type, resource }) => type !== "creating" && recorded.has(resource.urn));
  return {
    creations: pending.filter(({ type }) => type === "creating").map(({ resource }) => resource),
    unread: [...new Set([...changing.map(({ resource }) => resource.urn), ...resources.filter(isUnread).map(urnOf)])],
  };
}

/** Whether a resource of AWS is known by its id alone: every one that was ever read has properties. */
function isUnread({ custom, type, id, outputs }: RecordedResource): boolean {
  return custom === true && type.startsWith("aws:") && id !== undefined && Object.keys(outputs ?? {}).length === 0;
}

/** The record without operations, and with what was made by them. Its properties are to be read afterwards. */
export function withCreated<C extends Checkpoint>(
  checkpoint: C,
  created: readonly { readonly resource: RecordedResource; readonly id: string }[],
): C {
  let resources = checkpoint.resources ?? [];
  for (const { resource, id } of created) {
    // As `pulumi import` begins: with the id alone, so that the provider tells all properties.
    const made: RecordedResource = { ...resource, id, inputs: {}, outputs: {} };
    const old = resources.findIndex(({ urn, delete: going }) => urn === resource.urn && going !== true);
    const before = resources[old];
    if (before === undefined) resources = [...resources, made];
    else if (before.pendingReplacement) resources = resources.with(old, made);
    else resources = resources.toSpliced(old, 1, made, { ...before, delete: true });
  }
  return { ...checkpoint, resources, pending_operations: [] };
}

const urnOf = ({ urn }: RecordedResource) => urn;
