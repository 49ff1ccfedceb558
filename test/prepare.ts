/** Builds what suites need and a fresh machine lacks: no test's time limit is for that. */
import { ensureProgram } from "../artifacts/programs";
import { ensurePulumi } from "../lab/setup/pulumi";

const tell = (line: string) => console.log(line);

// The previews of prod are of its machines, which are arm64.
const programs = (["x86_64", "arm64"] as const).flatMap((architecture) =>
  (["prometheus", "alertmanager", "node_exporter"] as const).map((program) =>
    ensureProgram(program, tell, architecture),
  ),
);

void Promise.all([ensurePulumi(tell), ...programs]).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
