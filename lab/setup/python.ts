import { SetupError } from "./errors";
import { run } from "./run";

export interface Python {
  /** The interpreter itself, not a wrapper of a version manager. */
  readonly path: string;
  /** Major and minor: "3.11". */
  readonly version: string;
}

/** moto 5.2 needs it. */
const oldest = [3, 10] as const;

let found: Promise<Python> | undefined;

/** The first Python on PATH that is new enough. */
export function findPython(): Promise<Python> {
  return (found ??= search());
}

async function search(): Promise<Python> {
  const seen: string[] = [];
  for (const command of ["python3", "/usr/bin/python3", "python3.13", "python3.12", "python3.11", "python3.10"]) {
    const answer = await ask(command);
    if (answer === undefined) continue;
    const [path = "", version = ""] = answer.split("\n");
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major === oldest[0] && minor >= oldest[1]) return { path, version };
    seen.push(`${command} is ${version}`);
  }
  const have = seen.length === 0 ? "there is no python3 on PATH" : seen.join(", ");
  throw new SetupError(
    `the AWS emulator needs Python ${oldest.join(".")} or newer, but ${have}: install a newer Python`,
  );
}

async function ask(command: string): Promise<string | undefined> {
  const program = 'import os,sys; print(os.path.realpath(sys.executable)); print("%d.%d" % sys.version_info[:2])';
  try {
    return await run(command, ["-c", program], { purpose: "asking for the Python version", timeoutSeconds: 20 });
  } catch {
    return undefined;
  }
}
