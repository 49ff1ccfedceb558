/**
 * `npm start`: the lab, the local stack on it, and a test that it works. Safe to run again: what is right is left
 * alone.
 */
import { runCommand } from "../cli/command";
import { eventsOption } from "../cli/options";
import { UserError } from "../cli/userError";
import { farewell, startLocalCluster } from "../trials/localCluster";

runCommand(
  {
    name: "start",
    about: "Starts the lab on this machine, the cluster on it, and tests it. What is up is left alone.",
    options: { events: eventsOption() },
  },
  async ({ events }) => {
    const { succeeded, outputs, changed, error } = await startLocalCluster(events, (line) => console.log(line));
    if (!succeeded || outputs === undefined) {
      throw new UserError(
        `the cluster did not come up:\n\n${error ?? "unknown"}\n\n\`npm start\` again goes on from here, ` +
          "`npm run lab -- console NAME` shows a machine's console, `npm stop` clears up",
      );
    }
    console.log(farewell(outputs, changed));
    return 0;
  },
);
