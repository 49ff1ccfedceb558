/** `npm run drill -- <fault or change …|all|changes|calm>`: makes them under load and measures how long writing stood still. */
import { drillHelp, readDrillArguments, type DrillRequest } from "../trials/drills/arguments";
import { drills } from "../trials/drills/catalog";
import { explain, runMain } from "../cli/userError";

async function main(): Promise<number> {
  let request: DrillRequest;
  try {
    request = readDrillArguments(process.argv.slice(2), drills, new Date());
  } catch (error) {
    console.error(`drill: ${explain(error)}`);
    return 2;
  }
  if (request.kind === "help") {
    console.log(drillHelp(drills));
    return 0;
  }
  // The AWS SDK takes a second to load: not for the help, nor for a wrong word.
  const { performDrills } = await import("../trials/drills/perform");
  return performDrills(request, (line) => console.log(line));
}

if (require.main === module) runMain("drill", main);
