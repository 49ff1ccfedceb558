/** `npm run bench`: how much a stack takes, how fast it answers, and how that compares with the shipped settings. */
import { benchHelp, readBenchArguments, type BenchRequest } from "../trials/bench/arguments";
import { explain, runMain } from "../cli/userError";

async function main(): Promise<number> {
  let request: BenchRequest;
  try {
    request = readBenchArguments(process.argv.slice(2), new Date());
  } catch (error) {
    console.error(`bench: ${explain(error)}`);
    return 2;
  }
  if (request.kind === "help") {
    console.log(benchHelp);
    return 0;
  }
  // The AWS SDK takes a second to load: not for the help, nor for a wrong word.
  const { performBench } = await import("../trials/bench/perform");
  return performBench(request, (line) => console.log(line));
}

if (require.main === module) runMain("bench", main);
