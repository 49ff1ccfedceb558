import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ensurePulumi } from "../../lab/setup/pulumi";
import { makeClusterUsers } from "./clusterUsers";
import type { EmulatorProcess } from "./emulatorProcess";
import { startEmulator } from "./emulatorProcess";

const repository = join(__dirname, "..", "..");
const stack = "rights";
/** Without the remote commands, whose hosts have no machine here. */
const aws = ["--exclude", "**command:remote:Command**", "--exclude-dependents"];

/** The program under the real engine, with the rights of policies/deployer and no others. */
describe("the deployer's policies", function () {
  this.timeout(600_000);
  let emulator: EmulatorProcess;
  let folder: string;
  let environment: NodeJS.ProcessEnv;

  const pulumi = (...args: string[]): Promise<{ readonly code: number | null; readonly output: string }> =>
    new Promise((resolve) => {
      const child = spawn("pulumi", [...args, "--stack", stack, "--non-interactive", "--color", "never"], {
        cwd: join(folder, "project"),
        env: environment,
        timeout: 500_000,
      });
      let output = "";
      const read = (chunk: Buffer) => (output += chunk.toString());
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.on("close", (code) => resolve({ code, output }));
    });

  const succeed = async (...args: string[]): Promise<string> => {
    const { code, output } = await pulumi(...args);
    assert.equal(code, 0, output);
    return output;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "deployer-"));
    const { binFolders, environment: settings } = await ensurePulumi((line) => console.log(line));
    emulator = await startEmulator(["--auto-lifecycle"]);
    await makeClusterUsers(emulator, `kafka-${stack}`);
    environment = {
      ...process.env,
      ...settings,
      PATH: [...binFolders, process.env.PATH].join(":"),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      AWS_ENDPOINT_URL: emulator.endpoint,
      AWS_ACCESS_KEY_ID: "deployer",
      AWS_SECRET_ACCESS_KEY: "deployer",
    };
    const copy = join(folder, "project");
    mkdirSync(copy);
    for (const entry of readdirSync(repository)) {
      if (entry === ".git" || /^Pulumi\..*yaml$/.test(entry)) continue;
      symlinkSync(join(repository, entry), join(copy, entry));
    }
    const config = { "aws:region": "us-east-1", "kafka-on-ec2:access.sshCidrs": ["203.0.113.7/32"] };
    symlinkSync(join(repository, "Pulumi.yaml"), join(copy, "Pulumi.yaml"));
    writeFileSync(join(copy, `Pulumi.${stack}.yaml`), JSON.stringify({ config }));
    await succeed("stack", "init");
  });

  after(async () => {
    await emulator?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("are enough to make the cluster's resources, to look at them again, and to take them away", async () => {
    await succeed("up", "--yes", "--skip-preview", ...aws);
    assert.match(await succeed("preview", "--refresh", ...aws), /\d+ unchanged/);
    await succeed("destroy", "--yes", "--skip-preview");
  });
});
