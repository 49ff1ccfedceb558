import * as fs from "node:fs";
import * as path from "node:path";

import { cachedFolder, keyOf } from "./cachedFolder";
import { SetupError } from "./errors";
import { findPython } from "./python";
import type { Progress } from "./run";
import { run } from "./run";

const requirements = path.join(__dirname, "emulatorRequirements.txt");

export interface Emulator {
  /** The Python of a virtual environment that has moto. */
  readonly python: string;
}

/** The AWS emulator (moto) in a virtual environment of its own, from the hash-checked list beside this file. */
export async function ensureMoto(progress: Progress = () => undefined): Promise<Emulator> {
  const python = await findPython();
  const folder = await cachedFolder({
    name: "emulator",
    key: keyOf([{ file: requirements }, python.version]),
    timeoutSeconds: 600,
    progress,
    build: async (draft) => {
      progress("emulator: installing moto from the Python package registry");
      await run(python.path, ["-m", "venv", draft], {
        purpose: "making a Python virtual environment for the AWS emulator",
        timeoutSeconds: 120,
        remedy: "on Debian, install python3-venv",
      });
      // The list is complete: nothing is resolved at installation.
      const install = ["install", "--quiet", "--require-hashes", "--no-deps", "-r", requirements];
      await run(path.join(draft, "bin", "python"), ["-m", "pip", "--disable-pip-version-check", ...install], {
        purpose: "installing the AWS emulator (moto)",
        timeoutSeconds: 480,
        log: "emulator.log",
        remedy: "check that pip reaches its package index",
      });
    },
  });
  const interpreter = path.join(folder, "bin", "python");
  // The virtual environment only points to the machine's Python, which may have been removed since.
  if (!fs.existsSync(interpreter)) {
    throw new SetupError(`${interpreter} points to a Python that is gone: delete ${folder} and start again`);
  }
  return { python: interpreter };
}
