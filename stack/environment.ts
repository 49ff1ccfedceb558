import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { repository } from "../artifacts/repository";
import { UserError } from "../cli/userError";
import { labCommand } from "./lab";

/** The stack that runs on the lab, and the only one for which the lab gives the environment. */
export const localStack = "local";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string>>;

/** Reads `export KEY=value` lines as a shell would; other lines are ignored. */
export function parseExports(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const match = /^\s*export\s+([A-Za-z_]\w*)=(.*)$/.exec(line);
    const [, key, value] = match ?? [];
    if (key !== undefined && value !== undefined) values[key] = unquoted(value.trimEnd());
  }
  return values;
}

/** The text of one shell word: parts in single quotes, in double quotes, or bare. */
function unquoted(word: string): string {
  let text = "";
  for (const [, single, double, escaped, bare] of word.matchAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^'"\\]+)/g)) {
    text += single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? bare ?? "";
  }
  return text;
}

/**
 * What the commands for a stack run with: this process's environment, and for `local` the lab's on top of it.
 * @param user on the local stack: whose rights. `operator` and `ci` have those of policies/, `owner` all. Pulumi itself
 * has those of policies/deployer there, by Pulumi.local.yaml.
 */
export async function stackEnvironment(
  stack: string,
  user: "operator" | "ci" | "owner" = "operator",
): Promise<Environment> {
  const own = Object.fromEntries(
    Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  if (stack !== localStack) return own;
  const { command, args } = labCommand("env", ...(user === "owner" ? [] : ["--user", user]));
  try {
    const { stdout } = await promisify(execFile)(command, args, { cwd: repository, timeout: 60_000 });
    return { ...own, ...parseExports(stdout) };
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new UserError(
      `the lab gives no environment for the stack ${localStack}; \`npm start\` sets it ` +
        `up:\n${stderr.trim() || message}`,
    );
  }
}

/**
 * The address of the lab's API, when an environment leads there: machines and networks can then be broken from outside.
 * The lab's addresses are in a range that leads nowhere else (RFC 5737).
 */
export function labEndpoint({ AWS_ENDPOINT_URL: endpoint }: Environment): string | undefined {
  return endpoint !== undefined && /^http:\/\/198\.51\.100\.\d+(:\d+)?\/?$/.test(endpoint) ? endpoint : undefined;
}

/** Lets the libraries in this process (the AWS SDK) see a stack's environment. */
export function adoptEnvironment(environment: Environment): void {
  // On Node.js 20 the bootstrap says in one line what the SDK would say in eight, in the middle of each command.
  Object.assign(process.env, { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" }, environment);
}
