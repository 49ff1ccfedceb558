import type { z } from "zod";

import type { PropertyMap } from "../aws/core/propertyValues";

/** What an operation works with besides its values. */
export interface Operation {
  /** The resource's Pulumi name. */
  readonly name: string;
  /** Aborted when Pulumi cancels. */
  readonly signal: AbortSignal;
  /** Shows a line of progress beside the resource. */
  log(line: string): void;
}

/** One resource type of a stand-in provider; its outputs are its inputs and what `create` adds. */
export interface LocalResource {
  /** Pulumi's type token. */
  readonly token: string;
  /** The inputs it takes, and no others. */
  readonly inputs: Readonly<Record<string, z.ZodType>>;
  /** Outputs beside the inputs. */
  readonly outputs: readonly string[];
  /** Outputs that are secret if one of these inputs is. Default: by no input. */
  readonly secretBy?: readonly string[];
  readonly secretOutputs?: readonly string[];
  /** Whether a change of these inputs makes a new resource. */
  replaces(changed: string, inputs: PropertyMap): boolean;
  create(operation: Operation, inputs: PropertyMap): Promise<{ readonly id: string; readonly outputs: PropertyMap }>;
  /** Gives the outputs anew. Needed unless every change replaces. */
  update?(operation: Operation, inputs: PropertyMap): Promise<PropertyMap>;
  /** Default: nothing is to be done. */
  delete?(operation: Operation, state: PropertyMap): Promise<void>;
}

/** A provider that keeps everything in Pulumi's state: nothing to configure, nothing to refresh. */
export interface LocalProvider {
  readonly name: string;
  /** The version of the real provider that this one stands in for. */
  readonly version: string;
  readonly resources: readonly LocalResource[];
}
