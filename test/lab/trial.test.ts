import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labIsRunning } from "../../lab/index";
import { statePaths } from "../../lab/runtime/paths";
import { createdNode } from "../../trials/drills/changes/lines";
import { killTree } from "../../trials/drills/changes/processTree";
import type { TrialResult } from "../../trials/trial/report";
import { projectFolder, runCommand } from "./commands";

/**
 * The trial of an account, on the lab: it passes, and whatever ends it, nothing is left. Starts from nothing and leaves
 * nothing.
 */
describe("npm run trial on the local stack's EC2", function () {
  this.timeout(900_000);
  const folder = mkdtempSync(join(tmpdir(), "trial-"));
  const local = ["scripts/trial.ts", "--local"];
  const clean = [...local, "--clean"];

  const stopLab = async () => {
    if (!(await labIsRunning())) return;
    const stopped = await runCommand(["scripts/stop.ts"], { echo: true });
    assert.equal(stopped.code, 0, stopped.output);
  };
  before(stopLab);
  after(async () => {
    await stopLab();
    rmSync(folder, { recursive: true, force: true });
  });

  const isClean = async () => {
    const found = await runCommand(clean);
    assert.equal(found.code, 0, found.output);
    assert.match(found.output, /nothing is left of a trial/);
    assert.ok(!existsSync(join(projectFolder, "Pulumi.trial-local.yaml")));
  };

  const hasVolume = (output: string) =>
    output.split("\n").some((line) => line.includes("ebs.Volume") && createdNode(line) === "kafka-1");

  /** Starts a trial, and ends it when the first broker's volume is there. */
  const ended = (end: (pid: number) => void): Promise<{ readonly code: number | null; readonly output: string }> =>
    new Promise((resolve, reject) => {
      const tsx = join(projectFolder, "node_modules", ".bin", "tsx");
      const child = spawn(tsx, local, { cwd: projectFolder, stdio: ["ignore", "pipe", "pipe"], detached: true });
      let output = "";
      let done = false;
      const take = (chunk: Buffer) => {
        output += chunk.toString();
        if (done || child.pid === undefined || !hasVolume(output)) return;
        done = true;
        end(child.pid);
      };
      child.stdout.on("data", take);
      child.stderr.on("data", take);
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, output }));
    });

  it("goes through, and all that the lab can answer holds", async () => {
    const json = join(folder, "trial.json");
    const trial = await runCommand([...local, "--json", json], { echo: true, timeoutSeconds: 840 });
    assert.equal(trial.code, 0, trial.output.slice(-4000));
    const result = JSON.parse(readFileSync(json, "utf8")) as TrialResult;
    assert.equal(result.passed, true);
    assert.deepEqual(result.left, []);
    assert.ok(result.assumptions.filter(({ verdict }) => verdict === "holds").length > 30);
    assert.match(trial.output, /killed with all its processes; now again/);
    console.log(`      trial: ${result.seconds} s`);
    await isClean();
  });

  it("takes down what it has made when it is interrupted", async () => {
    const { code, output } = await ended((pid) => process.kill(-pid, "SIGINT"));
    assert.equal(code, 130, output.slice(-4000));
    assert.match(output, /interrupted: taking down what was made/);
    await isClean();
  });

  it("is cleared away by tag when it was killed and the stack's state is lost; none begins before", async () => {
    const { output } = await ended(killTree);
    assert.ok(hasVolume(output), output.slice(-4000));
    const state = join(statePaths().pulumi, ".pulumi");
    for (const name of readdirSync(state, { recursive: true, encoding: "utf8" }))
      if (/trial-local/.test(name)) rmSync(join(state, name), { recursive: true, force: true });
    const refused = await runCommand(local);
    assert.equal(refused.code, 1);
    assert.match(refused.output, /something of an earlier trial.*volumes?.*`npm run trial -- --clean --local`/);
    const cleaned = await runCommand(clean, { echo: true, timeoutSeconds: 300 });
    assert.equal(cleaned.code, 0, cleaned.output);
    assert.match(cleaned.output, /removed in \d+ s: .*1 VPC/);
    await isClean();
  });
});
