/** `npm stop [-- --other]`: takes the lab down with all that is in it: instances, volumes, addresses, and the local stack's state. `--other`: also a lab of another clone. */
import { runLab } from "./start";
import { runMain } from "../cli/userError";

runMain("stop", async () => {
  await runLab("stop", ...process.argv.slice(2));
  return 0;
});
