/** The operations on a stack: what is wanted, what comes of it, and the stack that it is done with. */
import type { Stack } from "@pulumi/pulumi/automation";
import type { StackOutputs } from "../../planning/cluster/outputs";
import type { ResourceFailure } from "../engineProgress";
import type { Environment } from "../environment";
import type { KeptVolume } from "../keptVolumes";
import type { PlannedChanges } from "../plannedChanges";
import type { SupervisedPulumi } from "../supervisedPulumi";

/** The operation to run on a stack. */
export type Action = "preview" | "update" | "destroy";

/** One operation on a stack, with its options. */
export interface Deployment {
  readonly stack: string;
  readonly action: Action;
  /** True: nobody is asked before anything is changed. */
  readonly yes: boolean;
  /** Brokers that an update may delete with all that they have. Default: none. */
  readonly remove?: readonly string[];
  /** The node whose data volume an update replaces by an empty one. Default: none. */
  readonly replaceVolume?: string;
  readonly environment: Environment;
  /** A file with the settings to use instead of the stack's own. */
  readonly configFile?: string;
  readonly report: (line: string) => void;
}

/** The result of an operation. */
export interface DeploymentResult {
  readonly succeeded: boolean;
  readonly changed: boolean;
  /** Pulumi's counts: create, update, delete, replace, same. */
  readonly changes: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** The outputs of an update that went well; secrets are not among them. */
  readonly outputs?: StackOutputs;
  /** The data volumes that a destroy has left, for the cluster to come back with. */
  readonly kept?: readonly KeptVolume[];
  readonly failures: readonly ResourceFailure[];
  /** What the program has said of this update, and what it and Pulumi have warned of. */
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
  /** What a preview or an update would do, or has done; absent from a destroy. */
  readonly planned?: PlannedChanges;
  /** The reason for which it failed, in words. */
  readonly error?: string;
}

/** A stack that is open, and what is to be done with it. */
export interface Session {
  readonly stack: Stack;
  readonly pulumi: SupervisedPulumi;
  readonly deployment: Deployment;
}

/** The words for what does not happen unasked. */
export const changing = (stack: string) => `changing stack ${stack}`;
