import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { commandLineOf, processRuns } from "../../../ops/commandLine";

describe("the processes of this machine", () => {
  it("are known by words of their command line, one after the other", async () => {
    const words = ["kafka-ops-test", `balance-${process.pid}`, "run"];
    const child = spawn(process.execPath, ["-e", "process.stdin.resume()", ...words]);
    await once(child, "spawn");
    const command = commandLineOf(child.pid ?? 0);
    const runs = [
      processRuns(`balance-${process.pid}`, "run"),
      processRuns(`balance-${process.pid}`, "stop"),
      processRuns("run", `balance-${process.pid}`),
      processRuns(`alance-${process.pid}`, "run"),
    ];
    child.stdin.end();
    await once(child, "exit");
    assert.deepEqual(command.slice(-4, -1), words);
    assert.deepEqual(runs, [true, false, false, false]);
    assert.equal(processRuns(`balance-${process.pid}`, "run"), false);
    assert.deepEqual(commandLineOf(child.pid ?? 0), []);
  });
});
