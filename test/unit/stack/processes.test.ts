import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { endProcesses, orphansOf, ownerMark, ownerVariable, parsePs, runningProcesses } from "../../../stack/processes";

describe("what a command has started", () => {
  it("is known by its mark, and is an orphan when that command has gone, or its process id is another's", () => {
    const one = (pid: number, start: string, owner?: string) => ({ pid, parent: 1, name: "node", start, owner });
    const processes = [
      one(10, "100"),
      one(20, "200", "prod/10/100/a"),
      one(21, "200", "prod/11/100/b"),
      one(22, "200", "prod/10/99/c"),
      one(23, "200", "other/11/100/d"),
      one(24, "200"),
    ];
    assert.deepEqual(
      orphansOf("prod", processes).map(({ pid }) => pid),
      [21, 22],
    );
  });

  it("is found and ended, with what that has started and whatever group it is in; nothing else is", async () => {
    const mark = ownerMark("a stack/1");
    const start = (environment: NodeJS.ProcessEnv) =>
      spawn("bash", ["-c", "trap '' INT TERM; setsid sleep 60 & wait"], { env: environment, detached: true });
    const mine = start({ ...process.env, [ownerVariable]: mark });
    const other = start(process.env);
    try {
      const marked = () => runningProcesses().filter(({ owner }) => owner === mark);
      for (let tries = 0; marked().length < 2; tries++) {
        assert.ok(tries < 100, "they did not start");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      // This process lives.
      assert.deepEqual(orphansOf("a stack/1", runningProcesses()), []);
      await endProcesses(marked);
      assert.deepEqual(marked(), []);
      assert.equal(other.exitCode ?? other.signalCode, null);
    } finally {
      for (const { pid } of [mine, other]) killGroup(pid);
    }
  });

  it("is read from macOS's ps too", () => {
    const text =
      "    1     0 Sat Nov 28 16:01:29 2026 launchd launchd\n" +
      "  501     1 Sun Nov  1 06:01:29 2026 pulumi pulumi up --yes HOME=/x " +
      `${ownerVariable}=prod/10/Sun%20Nov/a USER=me\n`;
    assert.deepEqual(parsePs(text), [
      { pid: 1, parent: 0, name: "launchd", start: "Sat Nov 28 16:01:29 2026", owner: undefined },
      { pid: 501, parent: 1, name: "pulumi", start: "Sun Nov  1 06:01:29 2026", owner: "prod/10/Sun%20Nov/a" },
    ]);
  });
});

describe("the program", () => {
  it("ends when its engine does, and not before, although it spins", async () => {
    const engine = createServer((socket) => socket.on("error", () => undefined));
    await new Promise<void>((resolve) => engine.listen(0, "127.0.0.1", resolve));
    const address = `127.0.0.1:${(engine.address() as AddressInfo).port}`;
    const watch = join(__dirname, "../../../stack/engineWatch");
    const spin = "const again = () => void Promise.resolve().then(again); again()";
    const text = `require(${JSON.stringify(watch)}).endWithEngine("${address}"); ${spin}`;
    const program = spawn(process.execPath, ["--import", "tsx", "--eval", text], { stdio: "inherit" });
    const ended = new Promise((resolve) => program.on("exit", resolve));
    try {
      await new Promise((resolve) => setTimeout(resolve, 3000));
      assert.equal(program.exitCode ?? program.signalCode, null);
      engine.close();
      await ended;
    } finally {
      program.kill("SIGKILL");
      engine.close();
    }
  });
});

function killGroup(pid: ChildProcess["pid"]): void {
  try {
    process.kill(-(pid ?? 0), "SIGKILL");
  } catch {
    // It has ended.
  }
}
