/** `npm run outputs`: a stack's outputs as JSON, and their form. */
import { runCommand } from "../cli/command";
import { flag, stackOption } from "../cli/options";
import { outputsSchemaText } from "../planning/cluster/outputsSchema";
import { localStack, stackEnvironment } from "../stack/environment";
import { rawStackOutputs } from "../stack/stackOutputs";

runCommand(
  {
    name: "outputs",
    usage: ["[--stack NAME]", "--schema"],
    about: "Prints a stack's outputs as JSON, or their JSON schema: outputs/outputs.schema.json is what it printed.",
    options: { stack: stackOption(localStack), schema: flag("the form of any stack's outputs instead") },
  },
  async ({ stack, schema }) => {
    const text = schema
      ? outputsSchemaText()
      : `${JSON.stringify(await rawStackOutputs(stack, await stackEnvironment(stack)), null, 2)}\n`;
    process.stdout.write(text);
    return 0;
  },
);
