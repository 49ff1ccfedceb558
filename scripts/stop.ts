/** `npm stop`: takes the lab down with all that is in it: instances, volumes, addresses, and the local stack's state. */
import { runLab } from "./start";
import { runMain } from "./userError";

runMain("stop", async () => {
  await runLab("stop");
  return 0;
});
