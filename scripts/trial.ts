/** `npm run trial -- --region R`: the program on your own account, small and for an hour, and what it assumes about AWS held against what is seen. */
import { readTrialArguments, trialUsage, type TrialRequest } from "../trials/trial/arguments";
import { explain, runMain } from "../cli/userError";

async function main(): Promise<number> {
  let request: TrialRequest;
  try {
    request = readTrialArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`trial: ${explain(error)}`);
    return 2;
  }
  if (request.kind === "help") {
    console.log(trialUsage);
    return 0;
  }
  // The AWS SDK takes a second to load: not for the help, nor for a wrong word.
  const { performTrial } = await import("../trials/trial/perform");
  return performTrial(request, (line) => console.log(line));
}

if (require.main === module) runMain("trial", main);
