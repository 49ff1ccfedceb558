import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../ops/freePort";
import { kafkaJars, smallJvm } from "./kafka";
import { startProcess, type TestProcess } from "./process";

describe("the brokers' agent", function () {
  this.timeout(120_000);
  let folder: string;
  let service: TestProcess;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "heartbeat-"));
    const libraries = await kafkaJars("3.9.2");
    // Any service of Java's, in the folder that systemd makes for it.
    const agent = `-javaagent:${join(libraries, "broker-agent.jar")}=16777216`;
    const main = ["org.apache.zookeeper.server.ZooKeeperServerMain", String(await freePort()), join(folder, "data")];
    service = startProcess("java", [...smallJvm, agent, "-cp", join(libraries, "*"), ...main], {
      RUNTIME_DIRECTORY: folder,
    });
  });
  after(async () => {
    await service?.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  const file = () => join(folder, "heartbeat");
  const beats = (): bigint => (existsSync(file()) ? readFileSync(file()).readBigInt64BE() : 0n);

  it("counts in a file as long as the JVM gets on, and not while it stands still", async () => {
    for (const end = Date.now() + 60_000; beats() < 10n; await pause(100)) assert.ok(Date.now() < end, "no heartbeat");
    service.child.kill("SIGSTOP");
    await pause(200);
    const stopped = beats();
    await pause(1000);
    assert.equal(beats(), stopped);
    service.child.kill("SIGCONT");
    for (const end = Date.now() + 20_000; beats() < stopped + 10n; await pause(100))
      assert.ok(Date.now() < end, "no heartbeat after it went on");
  });
});
