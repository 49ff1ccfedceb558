import { UserError } from "../settings/userError";

export { UserError };

/** The error of a command line that can't be followed: it is told before anything is done. */
export class UsageError extends UserError {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/**
 * Runs a command's main function and ends the process with its exit code. A UserError and a SettingsError are shown as
 * they are.
 */
export function runMain(command: string, main: () => Promise<number>, usageExitCode = 2): void {
  // What fails before the first await is no different.
  void Promise.resolve()
    .then(main)
    .then(
      (code) => process.exit(code),
      (error: unknown) => {
        console.error(`\n${command}: ${explain(error)}`);
        process.exit(error instanceof UsageError ? usageExitCode : 1);
      },
    );
}

/** The error as the user should see it. Unforeseen ones keep their stack, for a report of the defect. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UserError) return error.message;
  if (error.name === "SettingsError") return `the configuration is wrong:\n  ${error.message.replaceAll("\n", "\n  ")}`;
  const aws = explainAws(error);
  return aws ?? error.stack ?? error.message;
}

const silences = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

/** Whether AWS gave no answer at all: so says the connection, or AWS's client when its time is up. */
export function isSilence(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    silences.has((error as NodeJS.ErrnoException).code ?? "") || (error.name === "TimeoutError" && "$metadata" in error)
  );
}

/** The meaning of an error of AWS's client, for the faults that a user meets. */
function explainAws(error: Error): string | undefined {
  const code = (error as NodeJS.ErrnoException).code;
  if (error.name === "CredentialsProviderError") {
    return "no AWS credentials; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
  }
  if (
    error.name === "ExpiredToken" ||
    error.name === "ExpiredTokenException" ||
    error.name === "TokenRefreshRequired"
  ) {
    return "the AWS credentials have expired; log in again";
  }
  if (isSilence(error)) {
    const endpoint = process.env.AWS_ENDPOINT_URL;
    return (
      "the AWS API does not " +
      `answer${endpoint === undefined ? "" : ` at ${endpoint} (is the lab running? \`npm start\` starts it)`}: ` +
      `${error.message || code}`
    );
  }
  if ("$metadata" in error) return `AWS answered ${error.name}: ${error.message}`;
  return undefined;
}
