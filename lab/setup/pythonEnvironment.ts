import * as fs from "node:fs";
import * as path from "node:path";

import { cachedFolder, keyOf } from "./cachedFolder";
import { SetupError } from "./errors";
import { findPython } from "./python";
import { run } from "./run";
import type { Progress } from "./run";

export interface PythonEnvironment {
  /** Its folder in the cache. */
  readonly name: string;
  /** What is installed, in words: "the AWS emulator (moto)". */
  readonly what: string;
  /** File with every package that is needed, its version and its checksums. */
  readonly requirements: string;
  readonly progress?: Progress;
}

/**
 * The Python of a virtual environment that has the packages of a complete, hash-checked list: nothing is resolved at
 * installation.
 */
export async function ensurePythonEnvironment(wanted: PythonEnvironment): Promise<string> {
  const { name, what, requirements, progress = () => undefined } = wanted;
  const python = await findPython();
  const folder = await cachedFolder({
    name,
    key: keyOf([{ file: requirements }, python.version]),
    timeoutSeconds: 600,
    progress,
    build: async (draft) => {
      progress(`${name}: installing ${what} from the Python package registry`);
      await run(python.path, ["-m", "venv", draft], {
        purpose: `making a Python virtual environment for ${what}`,
        timeoutSeconds: 120,
        remedy: "on Debian, install python3-venv",
      });
      const install = ["install", "--quiet", "--require-hashes", "--no-deps", "-r", requirements];
      await run(path.join(draft, "bin", "python"), ["-m", "pip", "--disable-pip-version-check", ...install], {
        purpose: `installing ${what}`,
        timeoutSeconds: 480,
        log: `${name}.log`,
        remedy: "check that pip reaches its package index",
      });
    },
  });
  const interpreter = path.join(folder, "bin", "python");
  // The virtual environment only points to the machine's Python, which may have been removed since.
  if (!fs.existsSync(interpreter)) {
    throw new SetupError(`${interpreter} points to a Python that is gone: delete ${folder} and start again`);
  }
  return interpreter;
}
