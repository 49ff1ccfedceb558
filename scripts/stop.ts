/**
 * `npm stop`: takes the lab down with all that is in it: instances, volumes, addresses, and the local stack's state.
 */
import { runCommand } from "../cli/command";
import { flag } from "../cli/options";
import { runLab } from "../stack/lab";

runCommand(
  {
    name: "stop",
    about: "Takes the lab down with all that is in it: instances, volumes, addresses, and the local stack's state.",
    options: { other: flag("also a lab of another clone") },
  },
  async ({ other }) => {
    await runLab("stop", ...(other ? ["--other"] : []));
    return 0;
  },
);
