/**
 * `npm run trial`: the program on your own account, small and for an hour, and what it assumes about AWS held against
 * what is seen.
 */
import { runCommand } from "../cli/command";
import { trialCommand, trialRequest } from "../trials/trial/arguments";

runCommand(trialCommand, async (values) => {
  const request = trialRequest(values);
  // The AWS SDK takes a second to load: not for a wrong word.
  const { performTrial } = await import("../trials/trial/perform");
  return performTrial(request, (line) => console.log(line));
});
