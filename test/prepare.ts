/** Builds what suites need and a fresh machine lacks: no test's time limit is for that. */
import { ensureProgram } from "../artifacts/programs";
import { ensurePulumi } from "../lab/setup/pulumi";

const tell = (line: string) => console.log(line);

void Promise.all([
  ensurePulumi(tell),
  ensureProgram("prometheus", tell),
  ensureProgram("alertmanager", tell),
  ensureProgram("node_exporter", tell),
]).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
