/** `npm run outputs`: a stack's outputs as JSON. */
import { runCommand } from "../cli/command";
import { stackOption } from "../cli/options";
import { localStack, stackEnvironment } from "../stack/environment";
import { rawStackOutputs } from "../stack/stackOutputs";

runCommand(
  { name: "outputs", about: "Prints a stack's outputs as JSON.", options: { stack: stackOption(localStack) } },
  async ({ stack }) => {
    console.log(JSON.stringify(await rawStackOutputs(stack, await stackEnvironment(stack)), null, 2));
    return 0;
  },
);
