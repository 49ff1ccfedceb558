import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { DescribeVolumesCommand } from "@aws-sdk/client-ec2";
import { LocalWorkspace } from "@pulumi/pulumi/automation";

import { repository } from "../../artifacts/repository";
import type { Deployment } from "../../stack/deploy/deployment";
import { guardedUpdate } from "../../stack/deploy/update";
import type { Environment } from "../../stack/environment";
import { PlannedSteps } from "../../stack/plannedSteps";
import { SupervisedPulumi } from "../../stack/supervisedPulumi";
import { startEmulator, type EmulatorProcess } from "./emulatorProcess";
import { Engine } from "./engine";

/** A volume that breaks three rules, or none, and is made after one that breaks none. */
const program = `
const { Volume } = require("@pulumi/aws/ebs");
const good = process.env.GOOD === "true";
const common = { availabilityZone: "us-east-1a", size: 8, type: "gp3" };
const tags = { "kafka-on-ec2:cluster": "kafka" };
const sound = new Volume("sound", { ...common, encrypted: true, tags });
new Volume("plain", {
  ...common,
  tags: { "kafka-on-ec2:volume": "data", ...(good ? tags : {}) },
  ...(good ? { encrypted: true } : {}),
}, { protect: good, dependsOn: sound });
`;
const project = "kafka-on-ec2";

describe("the policy pack under Pulumi's engine", function () {
  this.timeout(600_000);
  const path = process.env.PATH;
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
    process.env.PATH = engine.environment.PATH;
    engine.configure("bad", { dataProtection: true });
    await engine.succeed("bad", "stack", "init");
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
    const pack = ["--policy-pack", join(repository, "policyPack"), "--policy-pack-config", config];
    const { code, output } = await engine.pulumi("bad", "preview", ...pack);
    assert.notEqual(code, 0, output);
    const refusals = output.matchAll(/\[mandatory\] +(\S+) +\(aws:ebs\/volume:Volume: plain\)/g);
    assert.deepEqual([...refusals].map(([, rule = ""]) => rule).sort(), ["tagged", "volumes-encrypted"]);
  });

  it("holds what `npm run deploy` previews and updates: named are rule, resource and remedy, and nothing is made", async () => {
    for (const { succeeded, error = "" } of [await runWith("preview", "false"), await runWith("update", "false")]) {
      assert.equal(succeeded, false);
      const fault = (rule: string) => new RegExp(`^ebs.Volume plain: breaks the rule ${rule} of the policy pack`, "m");
      for (const rule of ["volumes-encrypted", "volumes-protected", "tagged"]) assert.match(error, fault(rule));
      assert.match(error, /encrypted is not true: set it/);
    }
    assert.deepEqual((await emulator.ec2.send(new DescribeVolumesCommand({}))).Volumes, []);
    const good = await runWith("preview", "true");
    // Both volumes, and the stack, which nothing has been made of yet.
    assert.deepEqual([good.succeeded, good.changes.create], [true, 3], good.error);
  });

  /** As the command does it, with the program of this test. */
  async function runWith(operation: "preview" | "update", good: string) {
    const environment = { ...engine.environment, GOOD: good } as Environment;
    const pulumi = await SupervisedPulumi.find("bad");
    try {
      const options = { pulumiCommand: pulumi.command, envVars: { ...environment } };
      const stack = await LocalWorkspace.selectStack({ stackName: "bad", workDir: engine.project }, options);
      const configFile = join(engine.project, "Pulumi.bad.yaml");
      const report = () => undefined;
      const deployment: Deployment = { stack: "bad", action: operation, yes: true, configFile, environment, report };
      return await guardedUpdate({ stack, pulumi, deployment }, new PlannedSteps(), () => Promise.reject(new Error()));
    } finally {
      pulumi.close();
    }
  }
});
