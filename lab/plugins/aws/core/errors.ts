import { isUnknown } from "./propertyValues";

/** Something the user can mend: shown without a stack trace. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** One thing wrong with one property. */
export interface Fault {
  readonly property: string;
  readonly reason: string;
}

/** A value for an error message, short, and never a secret one. */
export function show(value: unknown, secret = false): string {
  if (secret) return "[secret]";
  if (isUnknown(value)) return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}

interface AwsError {
  readonly name: string;
  readonly message: string;
}

/** The AWS error code ("InvalidVpcID.NotFound"), or "" for any other error. */
export function awsErrorCode(error: unknown): string {
  if (!(error instanceof Error) || !("$metadata" in error)) return "";
  const { Code, code } = error as { Code?: unknown; code?: unknown };
  if (typeof Code === "string") return Code;
  return typeof code === "string" ? code : error.name;
}

/** Says that what was asked for does not exist (also: that its id could never exist). */
export function isNotFound(error: unknown): boolean {
  const code = awsErrorCode(error);
  if (/NotFound|Malformed|^NoSuch|^InvalidAMIID\.Unavailable|^NoSuchEntity/.test(code)) return true;
  const metadata = (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata;
  return metadata?.httpStatusCode === 404;
}

export function explain(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  const code = awsErrorCode(error);
  if (code !== "") return `AWS answered ${code}: ${(error as AwsError).message}`;
  if (error instanceof AggregateError && error.errors.length > 0) return explain(error.errors[0]);
  if (error instanceof Error) {
    const cause = (error as NodeJS.ErrnoException).code;
    if (cause === "ECONNREFUSED" || cause === "ETIMEDOUT" || cause === "EHOSTUNREACH") {
      return `the AWS endpoint does not answer (${error.message}); is the lab running? (npm run lab status)`;
    }
    return error.stack ?? error.message;
  }
  return String(error);
}

/** Runs a look-up; undefined when the thing does not exist. */
export async function unlessMissing<T>(lookUp: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await lookUp();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The resource was made, but a later step of making it failed: Pulumi must learn of it all the same. */
export class Incomplete extends Error {
  override readonly name = "Incomplete";
  constructor(
    readonly id: string,
    override readonly cause: unknown,
  ) {
    super(`made ${id}, but not completely`);
  }
}

/** Runs the steps that follow the one that made the resource. Gives the id. */
export async function completing(id: string, steps: () => Promise<unknown>): Promise<string> {
  try {
    await steps();
    return id;
  } catch (error) {
    throw new Incomplete(id, error);
  }
}
