import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { repository } from "../../artifacts/repository";
import { startEmulator, type EmulatorProcess } from "./emulatorProcess";
import { Engine } from "./engine";

/** A volume that breaks three rules. */
const badProgram = `
const { Volume } = require("@pulumi/aws/ebs");
new Volume("plain", {
  availabilityZone: "us-east-1a", size: 8, type: "gp3", tags: { "kafka-on-ec2:volume": "data" },
});
`;

/**
 * The lab's language host may be too old to run packs. For the unknown runtime `lab` the engine starts the command of
 * this name on PATH.
 */
const analyzer = `#!/bin/sh
exec node ${join(repository, "node_modules/@pulumi/pulumi/cmd/run-policy-pack")} "$@"
`;

describe("the policy pack under Pulumi's engine", function () {
  this.timeout(300_000);
  const path = process.env.PATH;
  let folder: string;
  let emulator: EmulatorProcess;
  let engine: Engine;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "policy-pack-"));
    const command = join(folder, "bin", "pulumi-analyzer-policy-lab");
    mkdirSync(join(folder, "bin"));
    writeFileSync(command, analyzer);
    chmodSync(command, 0o755);
    cpSync(join(repository, "policyPack"), join(folder, "policyPack"), { recursive: true });
    writeFileSync(join(folder, "policyPack", "PulumiPolicy.yaml"), "runtime: lab\nmain: index.ts\n");
    symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
    process.env.PATH = [join(folder, "bin"), path].join(delimiter);
    emulator = await startEmulator([]);
    engine = await Engine.start(emulator.endpoint, "test", (project) => {
      writeFileSync(join(project, "Pulumi.yaml"), "name: bad\nruntime: nodejs\n");
      writeFileSync(join(project, "package.json"), "{}");
      writeFileSync(join(project, "index.js"), badProgram);
      symlinkSync(join(repository, "node_modules"), join(project, "node_modules"));
    });
  });

  after(async () => {
    process.env.PATH = path;
    engine?.remove();
    await emulator?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("refuses what breaks its rules, by their names, but for one that is disabled", async () => {
    const config = join(folder, "packConfig.json");
    writeFileSync(config, JSON.stringify({ "volumes-protected": "disabled" }));
    engine.configure("bad", {}, "bad");
    await engine.succeed("bad", "stack", "init");
    const pack = ["--policy-pack", join(folder, "policyPack"), "--policy-pack-config", config];
    const { code, output } = await engine.pulumi("bad", "preview", ...pack);
    assert.notEqual(code, 0, output);
    const refusals = output.matchAll(/\[mandatory\] +(\S+) +\(aws:ebs\/volume:Volume: plain\)/g);
    assert.deepEqual([...refusals].map(([, rule = ""]) => rule).sort(), ["tagged", "volumes-encrypted"]);
  });
});
