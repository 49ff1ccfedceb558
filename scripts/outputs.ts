/** `npm run outputs -- [--stack NAME]`: a stack's outputs as JSON. */
import { parseArgs } from "node:util";
import { localStack, stackEnvironment } from "../stack/environment";
import { rawStackOutputs } from "../stack/stackOutputs";
import { runMain } from "../cli/userError";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string", default: localStack },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log("usage: npm run outputs -- [--stack NAME]   (default: stack local)");
    return 0;
  }
  const environment = await stackEnvironment(values.stack);
  console.log(JSON.stringify(await rawStackOutputs(values.stack, environment), null, 2));
  return 0;
}

runMain("outputs", main);
