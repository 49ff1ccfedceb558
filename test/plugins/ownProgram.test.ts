import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startEmulator, type EmulatorProcess } from "./emulatorProcess";
import { Engine } from "./engine";
import { installExample } from "./installedPackage";

const repository = join(__dirname, "..", "..");

/** `examples/own-program` as somebody else has it: the package installed from its archive. */
describe("a program that has installed the package", function () {
  this.timeout(400_000);
  let emulator: EmulatorProcess;
  let engine: Engine;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "own-program-"));
    emulator = await startEmulator(["--auto-lifecycle"]);
    engine = await Engine.start(emulator.endpoint, "test", (project) => installExample("own-program", project));
    const zones = ["us-east-1a", "us-east-1b", "us-east-1c"];
    engine.configure("dev", { zones }, "own-program");
    await engine.succeed("dev", "stack", "init");
  });

  after(async () => {
    engine?.remove();
    await emulator?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is checked by TypeScript against the package's own types", () => {
    const compiler = join(repository, "node_modules", ".bin", "tsc");
    const { status, stdout } = spawnSync(compiler, ["--project", engine.project], { encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });

  it("shows its VPC, the whole cluster and its service in the first preview", async () => {
    const output = await engine.succeed("dev", "preview");
    assert.equal(output.match(/aws:autoscaling:Group\b/g)?.length, 8, output);
    assert.match(output, /kafka-on-ec2:index:KafkaCluster\s+events/);
    assert.equal(output.match(/aws:ec2:Vpc\s/g)?.length, 1);
    assert.match(output, /plan/);
  });

  it("is told of a fault by the name of the argument", async () => {
    engine.configure("dev", { zones: ["us-east-1a", "us-east-1b"] }, "own-program");
    const { code, output } = await engine.pulumi("dev", "preview");
    assert.notEqual(code, 0);
    assert.match(output, /network\.zones: .* has 2 zones; 3 or more are needed/);
  });
});
