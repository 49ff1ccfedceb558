/** What a preview of Pulumi's refresh tells: what AWS has of each resource, beside what the stack's state says. */
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { resourceLabel, resourceType } from "../engineProgress";
import { EventCount } from "../eventCount";

/** A property that AWS has otherwise than the state. */
export interface PropertyDifference {
  /** As Pulumi writes it: `tags.team`, `blockDeviceMappings[0].ebs.volumeSize`. */
  readonly property: string;
  /** The value in the state; undefined when it has none. */
  readonly state: unknown;
  /** The value in AWS; undefined when it has none. */
  readonly aws: unknown;
}

/** A resource that is otherwise in AWS than in the state. */
export interface ResourceDifference {
  /** `ebs.Volume kafka-3`. */
  readonly resource: string;
  /** The provider's id: `vol-0abc…`. */
  readonly id: string;
  /** Whether AWS has it no more. */
  readonly gone: boolean;
  /** What differs; empty when it is gone. */
  readonly properties: readonly PropertyDifference[];
}

/** A resource of the state. */
export interface Recorded {
  readonly type: string;
  readonly resource: string;
  readonly id: string;
  /** What AWS says of it; of what is gone, what the state says. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

type Metadata = NonNullable<EngineEvent["resOutputsEvent"]>["metadata"];

/** Gathers the differences from the events. Pure. */
export class Differences {
  readonly all: ResourceDifference[] = [];
  /** Every resource of AWS that the state has. */
  readonly recorded: Recorded[] = [];
  private readonly count = new EventCount();

  /** Whether every event has come: what is missing might be a difference. */
  get complete(): boolean {
    return this.count.complete;
  }

  handle(event: EngineEvent): void {
    this.count.handle(event);
    if (event.resOutputsEvent !== undefined) this.compare(event.resOutputsEvent.metadata);
  }

  /** The engine writes null for the side that there is not. */
  private compare({ urn, op, old, new: found, detailedDiff }: Metadata): void {
    const type = resourceType(urn);
    if (!old || !type.startsWith("aws:")) return;
    const about = { resource: resourceLabel(urn), id: old.id };
    this.recorded.push({ ...about, type, outputs: (found || old).outputs });
    if (op === "delete") this.all.push({ ...about, gone: true, properties: [] });
    if (op !== "update" || !found) return;
    const properties = Object.entries(detailedDiff ?? {}).map(([property, { inputDiff }]) => {
      const side = inputDiff ? "inputs" : "outputs";
      return { property, state: valueAt(old[side], property), aws: valueAt(found[side], property) };
    });
    this.all.push({ ...about, gone: false, properties });
  }
}

/** The value at a path of Pulumi's, with dots, `[0]` and `["a.b"]`; undefined when there is none. */
export function valueAt(values: unknown, path: string): unknown {
  let value = values;
  for (const [, quoted, index, name] of path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)) {
    if (typeof value !== "object" || value === null) return undefined;
    const key = quoted?.replaceAll(/\\(.)/g, "$1") ?? index ?? name ?? "";
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
