import assert from "node:assert/strict";

import { makeClusterUsers } from "./clusterUsers";
import type { EmulatorProcess } from "./emulatorProcess";
import { startEmulator } from "./emulatorProcess";
import { Engine, withoutCommands } from "./engine";

const stack = "rights";
const keysOf = (user: string) => ({ AWS_ACCESS_KEY_ID: user, AWS_SECRET_ACCESS_KEY: user });

/** The program with the rights of policies/deployer, or policies/auditor, and no others. */
describe("the policies", function () {
  this.timeout(600_000);
  let emulator: EmulatorProcess;
  let engine: Engine;

  before(async () => {
    emulator = await startEmulator(["--auto-lifecycle"]);
    await makeClusterUsers(emulator, `kafka-${stack}`);
    engine = await Engine.start(emulator.endpoint, "deployer");
    engine.configure(stack, {});
    await engine.succeed(stack, "stack", "init");
  });

  after(async () => {
    await emulator?.stop();
    engine?.remove();
  });

  it("of the auditor are enough for a preview", async () => {
    const shown = await engine.with(keysOf("auditor")).succeed(stack, "preview", ...withoutCommands);
    assert.match(shown, /\+ \d{3} to create/);
  });

  it("of the deployer are enough to make the cluster's resources, to look at them again, and to take them away", async () => {
    await engine.succeed(stack, "up", "--yes", "--skip-preview", ...withoutCommands);
    assert.match(await engine.succeed(stack, "preview", "--refresh", ...withoutCommands), /\d+ unchanged/);
    await engine.succeed(stack, "destroy", "--yes", "--skip-preview");
  });
});
