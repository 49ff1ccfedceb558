import * as pulumi from "@pulumi/pulumi";
import type { Fault } from "./faults";

/** Shows faults that stop nothing, in the form in which the others are refused. */
export function warn(...faults: readonly (Fault | undefined)[]): void {
  for (const fault of faults) if (fault) void pulumi.log.warn(`${fault.path}: ${fault.message}`);
}
