import { visible } from "./visible";

/** A single fault of a configuration. */
export interface Fault {
  /** The setting's path, as it is written in the configuration: `brokerCount`, `topics[1].name`. */
  readonly path: string;
  /** The value received, the rule, the remedy: `2 is below 3; …`. */
  readonly message: string;
  /**
   * What it is about, where a reader has to tell it from others: `unknown type` is one of EC2 that has no facts here.
   */
  readonly kind?: "unknown type";
}

/** Shows faults that stop nothing. */
export type Warn = (...faults: readonly (Fault | undefined)[]) => void;

/** The error with every fault of a configuration at once, one line each. */
export class SettingsError extends Error {
  /** The faults, in the order in which they are shown. */
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const lines = faults.map((fault) => visible(`${fault.path}: ${fault.message}`));
    super(lines.join("\n"));
    this.name = "SettingsError";
    this.faults = faults;
    // A stack trace helps nobody to correct a setting, and Pulumi would print it.
    this.stack =
      `${this.name}: ${faults.length === 1 ? "1 fault" : `${faults.length} faults`} in the ` +
      `configuration\n${this.message}`;
  }
}

/** Throws one `SettingsError` if there is any fault. */
export function throwFaults(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new SettingsError(faults);
}
