import * as pulumi from "@pulumi/pulumi";
import { SettingsError, type Fault, type Warn } from "../settings/faults";
import { argumentFault } from "../settings/nesting";
import { UserError } from "../settings/userError";

/** Runs a function, also an asynchronous one, whose errors are shown to the user. */
export type Told = <Result>(run: () => Result) => Result;

/**
 * Errors that the user can put right are shown without a stack trace; faults name the keys of a stack's configuration.
 */
export const toldBySettings: Told = (run) => guarded(run, shown);

/** The same with the arguments of a component in place of the keys: `brokers.count`. */
export const toldByArguments: Told = (run) =>
  guarded(run, (error) =>
    shown(error instanceof SettingsError ? new SettingsError(error.faults.map(argumentFault)) : error),
  );

/** Shows faults that stop nothing in the form in which `toldBySettings` shows the others. */
export const warnBySettings: Warn = warnOf((fault) => fault);

/** The same with the arguments of a component in place of the keys. */
export const warnByArguments: Warn = warnOf(argumentFault);

function warnOf(named: (fault: Fault) => Fault): Warn {
  return (...faults) => {
    for (const fault of faults) {
      if (fault === undefined) continue;
      const { path, message } = named(fault);
      void pulumi.log.warn(`${path}: ${message}`);
    }
  };
}

function shown(error: unknown): unknown {
  if (error instanceof SettingsError) return new pulumi.RunError(`the configuration has faults:\n${error.message}`);
  return error instanceof UserError ? new pulumi.RunError(error.message) : error;
}

function guarded<Result>(run: () => Result, shown: (error: unknown) => unknown): Result {
  const fail = (error: unknown): never => {
    throw shown(error);
  };
  try {
    const result = run();
    return result instanceof Promise ? (result.catch(fail) as Result) : result;
  } catch (error) {
    return fail(error);
  }
}
