import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ensurePulumi } from "../../lab/setup/pulumi";
import type { EmulatorProcess } from "./emulatorProcess";
import { startEmulator } from "./emulatorProcess";

const project = join(__dirname, "..", "..");

/** The program under the real engine, against the AWS emulator: what an operator sees before paying. */
describe("pulumi preview -s prod", function () {
  this.timeout(300_000);
  let emulator: EmulatorProcess;
  let folder: string;
  let environment: NodeJS.ProcessEnv;

  /** A Pulumi command in a project of its own: `pulumi stack init` writes into the stack's file. */
  const pulumi = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd: join(folder, "project"),
      env: environment,
      encoding: "utf8",
      timeout: 240_000,
    });
    return { status, output: stdout + stderr };
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "preview-"));
    const { binFolders, environment: settings } = await ensurePulumi((line) => console.log(line));
    emulator = await startEmulator(["--auto-lifecycle"]);
    environment = {
      ...process.env,
      ...settings,
      PATH: [...binFolders, process.env.PATH].join(":"),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      AWS_ENDPOINT_URL: emulator.endpoint,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    };
    const copy = join(folder, "project");
    rmSync(copy, { recursive: true, force: true });
    spawnSync("mkdir", [copy]);
    for (const entry of readdirSync(project)) {
      if (entry === ".git") continue;
      if (/^Pulumi\..*yaml$/.test(entry)) copyFileSync(join(project, entry), join(copy, entry));
      else symlinkSync(join(project, entry), join(copy, entry));
    }
    const made = pulumi("stack", "init", "prod");
    assert.equal(made.status, 0, made.output);
  });

  after(async () => {
    await emulator?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("shows the whole cluster, with its addresses and its plan", () => {
    const { status, output } = pulumi("preview", "--stack", "prod");
    assert.equal(status, 0, output);
    assert.match(output, /\+ 1[0-9]{2} to create/);
    assert.equal(output.match(/\+\s+└─ aws:autoscaling:Group|aws:autoscaling:Group/g)?.length, 9);
    assert.match(output, /bootstrapServers\s*: "kafka-1\.kafka\.internal:9092,.*kafka-5\.kafka\.internal:9092"/);
  });

  it("reports all faults of a configuration at once, and makes nothing", () => {
    assert.equal(pulumi("config", "set", "--stack", "prod", "brokers.count", "2").status, 0);
    assert.equal(pulumi("config", "set", "--stack", "prod", "zookeeper.count", "4").status, 0);
    const { status, output } = pulumi("preview", "--stack", "prod");
    assert.notEqual(status, 0);
    assert.match(output, /brokers\.count/);
    assert.match(output, /zookeeper\.count/);
    assert.doesNotMatch(output, /aws:ec2:Vpc/);
    assert.doesNotMatch(output, /^\s+at .*index\.ts/m, "no stack trace for a user's mistake");
  });
});
