/** Programs of examples/activity as processes of their own. */
import { join } from "node:path";

import { repository } from "../../artifacts/repository";
import { startProcess, type TestProcess } from "./process";

/** Starts a program on loopback, at a port of its own choice. It ends with the tests. */
export function startActivity(
  program: "collector" | "reconcile" | "store",
  variables: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): TestProcess {
  const main = join(repository, "examples", "activity", program, "main.ts");
  const own = { HOST: "127.0.0.1", PORT: "0", ...variables };
  return startProcess(process.execPath, [...flags, "--import", "tsx", main], own);
}

/** Starts a store that waits less for more events than it does by default. */
export function startStore(variables: Readonly<Record<string, string>>): TestProcess {
  return startActivity("store", { LINGER_MS: "50", ...variables }, ["--max-semi-space-size=64"]);
}
