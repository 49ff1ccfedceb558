import * as pulumi from "@pulumi/pulumi";
import { SettingsError } from "../settings/faults";
import { UserError } from "../settings/userError";

/** The error that Pulumi shows without a stack trace, where the user can put right what is wrong; any other as it is. */
export function asRunError(error: unknown): unknown {
  if (error instanceof SettingsError) return new pulumi.RunError(`the configuration has faults:\n${error.message}`);
  return error instanceof UserError ? new pulumi.RunError(error.message) : error;
}

/** The function, whose errors Pulumi shows as {@link asRunError} has them. */
export function forUsers<Input, Result>(
  run: (input: Input) => Result | Promise<Result>,
): (input: Input) => Promise<Result> {
  return async (input) => {
    try {
      return await run(input);
    } catch (error) {
      throw asRunError(error);
    }
  };
}
