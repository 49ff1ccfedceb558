import * as path from "node:path";

import { ensurePythonEnvironment } from "./pythonEnvironment";
import type { Progress } from "./run";

export interface Emulator {
  /** The Python of a virtual environment that has moto. */
  readonly python: string;
}

/** The AWS emulator (moto) in a virtual environment of its own, from the list beside this file. */
export async function ensureMoto(progress?: Progress): Promise<Emulator> {
  const requirements = path.join(__dirname, "emulatorRequirements.txt");
  return {
    python: await ensurePythonEnvironment({
      name: "emulator",
      what: "the AWS emulator (moto)",
      requirements,
      progress,
    }),
  };
}
