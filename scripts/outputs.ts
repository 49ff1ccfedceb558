/** `npm run outputs -- [--stack NAME] [--show-secrets]`: a stack's outputs as JSON. */
import { parseArgs } from "node:util";
import { localStack, stackEnvironment } from "./stack/environment";
import { rawStackOutputs } from "./stack/stackOutputs";
import { runMain } from "./userError";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string", default: localStack },
      "show-secrets": { type: "boolean", default: false },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log("usage: npm run outputs -- [--stack NAME] [--show-secrets]   (default: stack local, secrets hidden)");
    return 0;
  }
  const environment = await stackEnvironment(values.stack);
  console.log(JSON.stringify(await rawStackOutputs(values.stack, environment, values["show-secrets"]), null, 2));
  return 0;
}

runMain("outputs", main);
