/**
 * `deployProcess.ts STACK CONFIG-FILE [update | destroy] [NODE]`: one update, in a process of its own that can be
 * killed. NODE: the one whose volume is replaced.
 */
import type { Action } from "../../stack/deploy/deployment";
import { deployStack } from "../../stack/deploy/deployStack";
import { stackEnvironment } from "../../stack/environment";
import { runMain } from "../../cli/userError";

const [stack = "", configFile = "", action = "update", replaceVolume] = process.argv.slice(2);

runMain("deploy", async () => {
  const { succeeded, error, changes } = await deployStack({
    stack,
    configFile,
    action: action as Action,
    yes: true,
    replaceVolume,
    environment: await stackEnvironment(stack),
    report: (line) => console.log(line),
  });
  console.log(succeeded ? `done: ${JSON.stringify(changes)}` : `FAILED: ${error}`);
  return succeeded ? 0 : 1;
});
