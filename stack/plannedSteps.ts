import { isDeepStrictEqual } from "node:util";
import type { EngineEvent, OpType } from "@pulumi/pulumi/automation";
import type { DeployedPlan } from "../planning/cluster/outputs";
import { taggedNode } from "../planning/cluster/tags";
import { resourceType } from "./engineProgress";
import { EventCount } from "./eventCount";

/** What happens to a resource. */
export type Change = "created" | "updated" | "replaced" | "deleted";

/** The step of an update that concerns one resource. */
export interface PlannedStep {
  readonly urn: string;
  /**
   * The node whose part it is, by its tags: `kafka-3`, `ops`. Undefined for a component and for what has no such tag.
   */
  readonly node: string | undefined;
  /** The change; undefined when the resource stays as it is. */
  readonly change: Change | undefined;
  /** Whether the old one is deleted, or forgotten: not where an update that was cut off has done that. */
  readonly deletes: boolean;
  /** The properties whose change replaces it. */
  readonly because: readonly string[];
  /** The provider's id, `vol-0abc…`; empty for a component, and for what does not exist yet. */
  readonly id: string;
  /** Whether Pulumi refuses to delete it. */
  readonly protected: boolean;
  /** Whether Pulumi only forgets it, so that it stays in AWS. */
  readonly retained: boolean;
}

const planIn = (outputs: unknown) => (outputs as { plan?: DeployedPlan } | null | undefined)?.plan;

type StepEventMetadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];

const changes: Partial<Record<OpType, Change>> = {
  create: "created",
  import: "created",
  update: "updated",
  delete: "deleted",
  replace: "replaced",
  "create-replacement": "replaced",
  "delete-replaced": "replaced",
  "import-replacement": "replaced",
};

/** Gathers the steps of an update from a preview's events. */
export class PlannedSteps {
  /** The plan of the cluster after the update: the program's output. */
  plan: DeployedPlan | undefined;
  /** The plan of the cluster as it is deployed: what the stack has on record. */
  deployedPlan: DeployedPlan | undefined;
  private readonly steps = new Map<string, PlannedStep>();
  private toRecord = false;
  private readonly count = new EventCount();

  get all(): readonly PlannedStep[] {
    return [...this.steps.values()];
  }

  /** Whether the update would leave everything as it is, and Pulumi's records too. */
  get nothingToDo(): boolean {
    return !this.toRecord && this.all.every(({ change }) => change === undefined);
  }

  /** Whether every event has come: what is missing might be a deletion. */
  get complete(): boolean {
    return this.count.complete;
  }

  handle(event: EngineEvent): void {
    const { resourcePreEvent, resOutputsEvent } = event;
    if (resourcePreEvent !== undefined) this.begin(resourcePreEvent.metadata);
    if (resOutputsEvent !== undefined) this.end(resOutputsEvent.metadata);
    this.count.handle(event);
  }

  private begin({ urn, op, old, new: state, keys }: StepEventMetadata): void {
    const known = this.steps.get(urn);
    // A replacement is three steps, and what causes it is told with one of them.
    const because = keys?.length ? keys : (known?.because ?? []);
    this.steps.set(urn, {
      urn,
      // What is on record is always known; the new tags of a preview need not be.
      node: taggedNode(old?.inputs) ?? taggedNode(state?.inputs) ?? known?.node,
      change: changes[op] ?? known?.change,
      deletes: op === "delete" || op === "delete-replaced" || known?.deletes === true,
      because,
      id: old?.id ?? "",
      protected: old?.protect === true,
      retained: old?.retainOnDelete === true,
    });
  }

  private end({ urn, old, new: state }: StepEventMetadata): void {
    // The engine writes null for the side that there is not.
    if (!state) return;
    if (resourceType(urn) === "pulumi:pulumi:Stack") {
      this.plan = planIn(state.outputs);
      this.deployedPlan = planIn(old?.outputs);
    }
    if (!old) return;
    // An option changes no resource, but has to be written down; and so have the outputs of the stack and of
    // components.
    this.toRecord ||=
      (old.protect ?? false) !== (state.protect ?? false) ||
      (old.retainOnDelete ?? false) !== (state.retainOnDelete ?? false) ||
      (state.custom !== true && !isDeepStrictEqual(old.outputs, state.outputs));
  }
}
