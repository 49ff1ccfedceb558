import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { repository } from "../../artifacts/repository";
import { startEmulator, type EmulatorProcess } from "./emulatorProcess";
import { Engine } from "./engine";

/** A volume that breaks three rules, or none. */
const program = `
const { Volume } = require("@pulumi/aws/ebs");
const good = process.env.GOOD === "true";
new Volume("plain", {
  availabilityZone: "us-east-1a", size: 8, type: "gp3",
  tags: { "kafka-on-ec2:volume": "data", ...(good ? { "kafka-on-ec2:cluster": "kafka" } : {}) },
  ...(good ? { encrypted: true } : {}),
}, { protect: good });
`;
const project = "kafka-on-ec2";

describe("the policy pack under Pulumi's engine", function () {
  this.timeout(300_000);
  let folder: string;
  let emulator: EmulatorProcess;
  let engine: Engine;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "policy-pack-"));
    emulator = await startEmulator([]);
    engine = await Engine.start(emulator.endpoint, "test", (folder) => {
      writeFileSync(join(folder, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
      writeFileSync(join(folder, "package.json"), "{}");
      writeFileSync(join(folder, "index.js"), program);
      symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
    });
    engine.configure("bad", { dataProtection: true });
    await engine.succeed("bad", "stack", "init");
  });

  after(async () => {
    engine?.remove();
    await emulator?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("refuses what breaks its rules, by their names, but for one that is disabled", async () => {
    const config = join(folder, "packConfig.json");
    writeFileSync(config, JSON.stringify({ "volumes-protected": "disabled" }));
    const pack = ["--policy-pack", join(repository, "policyPack"), "--policy-pack-config", config];
    const { code, output } = await engine.pulumi("bad", "preview", ...pack);
    assert.notEqual(code, 0, output);
    const refusals = output.matchAll(/\[mandatory\] +(\S+) +\(aws:ebs\/volume:Volume: plain\)/g);
    assert.deepEqual([...refusals].map(([, rule = ""]) => rule).sort(), ["tagged", "volumes-encrypted"]);
  });
});
