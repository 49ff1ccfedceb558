/** `driftProcess.ts STACK CONFIG-FILE`: `npm run drift` with the settings of a file that is elsewhere. */
import { runMain } from "../../cli/userError";
import { driftExitCode, findDrift } from "../../stack/drift/drift";
import { driftText } from "../../stack/drift/driftText";
import { stackEnvironment } from "../../stack/environment";

const [stack = "", configFile = ""] = process.argv.slice(2);

runMain("drift", async () => {
  const environment = await stackEnvironment(stack);
  const drift = await findDrift({ stack, configFile, environment, report: (line) => console.log(line) });
  console.log(driftText(drift));
  return driftExitCode(drift);
});
