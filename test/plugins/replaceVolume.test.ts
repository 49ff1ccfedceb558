import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { DescribeVolumesCommand } from "@aws-sdk/client-ec2";

import { ensurePulumi } from "../../lab/setup/pulumi";
import { makeClusterUsers } from "./clusterUsers";
import { startEmulator, type EmulatorProcess } from "./emulatorProcess";

const repository = join(__dirname, "..", "..");
const stack = "volumes";

/** Accepts every remote command, as there are no machines here; the ops host refuses what `refusal` says. */
const ssh = `#!/bin/bash
for word in "$@"; do case $word in LocalCommand=*) eval "\${word#LocalCommand=}" ;; esac; done
echo "$*" >>"\${0%/*}/ssh-calls"
case "$*" in *" volume "*) if [ -s "\${0%/*}/refusal" ]; then cat "\${0%/*}/refusal" >&2; exit 1; fi ;; esac
echo done
`;

/** The program itself under the real engine, by this project's own command; the machines are not there. */
describe("a data volume that is replaced", function () {
  this.timeout(900_000);
  let folder: string;
  let emulator: EmulatorProcess;
  let environment: NodeJS.ProcessEnv;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "replace-volume-"));
    const { binFolders, environment: settings } = await ensurePulumi();
    emulator = await startEmulator(["--auto-lifecycle"]);
    await makeClusterUsers(emulator, `kafka-${stack}`);
    writeFileSync(join(folder, "ssh"), ssh, { mode: 0o755 });
    environment = {
      ...process.env,
      ...settings,
      PATH: [folder, ...binFolders, process.env.PATH].join(":"),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "local",
      AWS_ENDPOINT_URL: emulator.endpoint,
      AWS_ACCESS_KEY_ID: "ci",
      AWS_SECRET_ACCESS_KEY: "ci",
      AWS_REGION: "us-east-1",
      DEPLOY_MARKDOWN: join(folder, "summary.md"),
    };
    const project = join(folder, "project");
    mkdirSync(project);
    copyFileSync(join(repository, "Pulumi.yaml"), join(project, "Pulumi.yaml"));
    const local = readFileSync(join(repository, "Pulumi.local.yaml"), "utf8");
    const elsewhere = local.replace(/^ {2}aws:endpoints:\n( {4,}.*\n)+/m, "");
    writeFileSync(configFile(), elsewhere.replace("dataProtection: false", "dataProtection: true"));
    const made = run("pulumi", ["stack", "init", stack, "--non-interactive"], project);
    assert.equal(made.status, 0, made.output);
    deploys();
  });

  after(async () => {
    await emulator?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const configFile = () => join(folder, "project", `Pulumi.${stack}.yaml`);

  function run(command: string, args: readonly string[], cwd: string) {
    const options = { cwd, env: environment, encoding: "utf8", maxBuffer: 64 << 20 } as const;
    const { status, stdout, stderr } = spawnSync(command, args, options);
    return { status, output: stdout + stderr };
  }

  function deploy(...more: string[]) {
    const program = join(__dirname, "deployProcess.ts");
    return run(process.execPath, ["--import", "tsx", program, stack, configFile(), "update", ...more], repository);
  }

  function deploys(...more: string[]): string {
    const { status, output } = deploy(...more);
    assert.equal(status, 0, output);
    return output;
  }

  /** Ids of the volumes by node and the value of their tag. */
  async function volumes(): Promise<Map<string, string>> {
    const { Volumes = [] } = await emulator.ec2.send(new DescribeVolumesCommand({}));
    return new Map(
      Volumes.flatMap(({ VolumeId = "", Tags = [] }) => {
        const value = (key: string) => Tags.find(({ Key }) => Key === `kafka-on-ec2:${key}`)?.Value;
        const kind = value("volume")?.split(" ")[0];
        return kind === undefined ? [] : [[`${value("node")} ${kind}`, VolumeId] as const];
      }),
    );
  }

  interface Recorded {
    readonly type: string;
    readonly id: string;
    readonly protect?: boolean;
    readonly retainOnDelete?: boolean;
  }

  function recordedVolume(id: string | undefined): Recorded | undefined {
    const { output } = run("pulumi", ["stack", "export", "--stack", stack], join(folder, "project"));
    const { deployment } = JSON.parse(output) as { readonly deployment: { readonly resources: readonly Recorded[] } };
    return deployment.resources.find((one) => one.type === "aws:ebs/volume:Volume" && one.id === id);
  }

  const summary = () => readFileSync(join(folder, "summary.md"), "utf8");

  it("is made with all else, as the summary says", () => {
    assert.match(summary(), /^\| created \| \*\*kafka-1\*\*, .*\*\*ops\*\*, \*\*zookeeper-1\*\*, .* and \d+ more \|$/m);
    assert.match(summary(), /^\| run on the ops host \| .*`cluster-kafka-roll`, .*`cluster-topics`.* \|$/m);
    assert.match(summary(), /\*\*Cost\*\*: \$\d+ a month, where nothing is deployed yet\n/);
    assert.doesNotMatch(summary(), /^\| (rolled|moved|replaced|deleted)/m);
  });

  it("stays as it is, and protected, when the ops host refuses", async () => {
    const before = await volumes();
    writeFileSync(join(folder, "refusal"), "kafka-3 may not lose what is on its volume: kafka-4 is out");
    const { status, output } = deploy("kafka-3");
    writeFileSync(join(folder, "refusal"), "");
    assert.notEqual(status, 0);
    assert.match(output, /kafka-4 is out/);
    assert.deepEqual(await volumes(), before);
    const recorded = recordedVolume(before.get("kafka-3 data"));
    assert.deepEqual([recorded?.protect, recorded?.retainOnDelete], [true, true]);
  });

  for (const node of ["kafka-3", "zookeeper-2"]) {
    it(`of ${node} gives way to an empty one, protected again, and is kept`, async () => {
      const before = await volumes();
      const output = deploys(node);
      const after = await volumes();
      const old = before.get(`${node} data`);
      assert.equal(after.get(`${node} replaced`), old);
      assert.match(summary(), new RegExp(`^\\| replaced \\| .*\`ebs.Volume cluster-${node}`, "m"));
      assert.match(summary(), /a month, as what is deployed\n/);
      assert.match(output, new RegExp(`${old}, the old volume of ${node}, is kept in AWS`));
      const made = after.get(`${node} data`);
      assert.notEqual(made, old);
      const recorded = recordedVolume(made);
      assert.deepEqual([recorded?.protect, recorded?.retainOnDelete], [true, true]);
      assert.equal(recordedVolume(old), undefined);
      for (const [name, id] of before) if (!name.startsWith(`${node} `)) assert.equal(after.get(name), id);

      const { AutoScalingGroups = [] } = await emulator.autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
      assert.equal(AutoScalingGroups.length, 9);
      const calls = readFileSync(join(folder, "ssh-calls"), "utf8");
      assert.match(calls, new RegExp(`volume check --node ${node} [^]*volume release --node ${node} `));
      assert.match(deploys(), /^done: \{"same":\d+\}$/m);
    });
  }
});
