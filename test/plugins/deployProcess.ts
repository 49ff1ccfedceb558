/**
 * `deployProcess.ts STACK CONFIG-FILE [update | destroy] [NODE]`: one update, in a process of its own that can be
 * killed. NODE: the one whose volume is replaced. The file that DEPLOY_MARKDOWN names gets the summary.
 */
import type { Action } from "../../stack/deploy/deployment";
import { deployStack } from "../../stack/deploy/deployStack";
import { stackEnvironment } from "../../stack/environment";
import { writeText } from "../../cli/report";
import { runMain } from "../../cli/userError";
import { deployMarkdown } from "../../trials/deployMarkdown";

const [stack = "", configFile = "", action = "update", replaceVolume] = process.argv.slice(2);

runMain("deploy", async () => {
  const result = await deployStack({
    stack,
    configFile,
    action: action as Action,
    yes: true,
    replaceVolume,
    environment: await stackEnvironment(stack),
    report: (line) => console.log(line),
  });
  const { succeeded, error, changes } = result;
  writeText(process.env.DEPLOY_MARKDOWN, deployMarkdown([{ stack, action: action as Action, ...result }]));
  console.log(succeeded ? `done: ${JSON.stringify(changes)}` : `FAILED: ${error}`);
  return succeeded ? 0 : 1;
});
