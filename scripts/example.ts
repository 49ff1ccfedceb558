/** `npm run example`: the pipeline of examples/activity on the local stack, and the proof that it loses nothing. */
import { runCommand } from "../cli/command";
import { exampleCommand, exampleRequest } from "../trials/example/arguments";

runCommand(exampleCommand, async (values) => {
  const request = exampleRequest(values, new Date());
  // The AWS SDK takes a second to load: not for the help, nor for a wrong word.
  const { performExample } = await import("../trials/example/perform");
  return performExample(request, (line) => console.log(line));
});
