/** `npm run bench`: how much a stack takes, how fast it answers, and how that compares with the shipped settings. */
import { runCommand } from "../cli/command";
import { benchCommand, benchRequest } from "../trials/bench/arguments";

runCommand(benchCommand, async (values) => {
  const request = benchRequest(values, new Date());
  // The AWS SDK takes a second to load: not for a wrong word.
  const { performBench } = await import("../trials/bench/perform");
  return performBench(request, (line) => console.log(line));
});
