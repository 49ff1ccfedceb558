/** `npm run drill`: makes faults or changes under load and measures how long writing stood still. */
import { runCommand } from "../cli/command";
import { drillCommand, drillRequest } from "../trials/drills/arguments";

runCommand(drillCommand, async (values, words) => {
  const request = drillRequest(values, words, new Date());
  // The AWS SDK takes a second to load: not for the help, nor for a wrong word.
  const { performDrills } = await import("../trials/drills/perform");
  return performDrills(request, (line) => console.log(line));
});
