import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CreateVolumeCommand, DeleteVolumeCommand } from "@aws-sdk/client-ec2";

import { ensurePulumi } from "../../lab/setup/pulumi";
import { ownerVariable, runningProcesses } from "../../stack/processes";
import type { EmulatorProcess } from "./emulatorProcess";
import { startEmulator, until } from "./emulatorProcess";

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

  it("leaves no program running when its engine is killed", async () => {
    // An AWS that never answers: whoever asks it is the program, at work.
    const silent = createServer((socket) => socket.on("error", () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const asked = new Promise((resolve) => silent.once("connection", resolve));
    const child = spawn("pulumi", ["preview", "--stack", "prod", "--non-interactive", "--color", "never"], {
      cwd: join(folder, "project"),
      env: { ...environment, AWS_ENDPOINT_URL: endpoint, [ownerVariable]: "preview" },
      stdio: "ignore",
    });
    const ours = () => runningProcesses().filter(({ owner }) => owner === "preview");
    try {
      await asked;
      child.kill("SIGKILL");
      await until("the program to end", () => Promise.resolve(!ours().some(({ name }) => name === "node")), 30);
    } finally {
      for (const { pid } of ours()) process.kill(pid, "SIGKILL");
      silent.close();
    }
  });

  it("refuses a command line of a version that the program is not made for, before anything else", () => {
    // Copies: what a link leads to imports what is beside it.
    const copied = ["index.ts", "components"];
    const copyOf = (name: string) => join(folder, "project", name);
    for (const name of copied) {
      rmSync(copyOf(name));
      cpSync(join(project, name), copyOf(name), { recursive: true });
    }
    const file = join(copyOf("components"), "kafkaCluster.ts");
    try {
      writeFileSync(file, readFileSync(file, "utf8").replace(/">=3\.230\.0 <4\.0\.0"/, '">=3.999.0"'));
      const { status, output } = pulumi("preview", "--stack", "prod");
      assert.notEqual(status, 0);
      assert.match(output, /Pulumi >=3\.999\.0 is needed: .*version 3\.\d+\.\d+ does not satisfy the version range/);
      assert.doesNotMatch(output, /aws:/);
      assert.doesNotMatch(output, /^\s+at /m);
    } finally {
      for (const name of copied) {
        rmSync(copyOf(name), { recursive: true });
        symlinkSync(join(project, name), copyOf(name));
      }
    }
  });

  it("shows the whole cluster, with its addresses and its plan", () => {
    const { status, output } = pulumi("preview", "--stack", "prod");
    assert.equal(status, 0, output);
    assert.match(output, /\+ [12][0-9]{2} to create/);
    assert.equal(output.match(/\+\s+└─ aws:autoscaling:Group|aws:autoscaling:Group/g)?.length, 9);
    assert.match(output, /bootstrapServers\s*: "kafka-1\.kafka\.internal:9092,.*kafka-5\.kafka\.internal:9092"/);
  });

  it("takes up the volumes that a cluster of its name has left, with their tag taken off", async () => {
    const ids = await Promise.all(["a", "b", "c"].map((zone, index) => makeRetained(`zookeeper-${index + 1}`, zone)));
    try {
      const { status, output } = pulumi("preview", "--stack", "prod", "--diff");
      assert.equal(status, 0, output);
      assert.match(output, /3 to import/);
      for (const id of ids) assert.match(output, new RegExp(`id=${id}`));
      assert.equal(output.match(/- kafka-on-ec2:retained/g)?.length, 3, output);
    } finally {
      for (const VolumeId of ids) await emulator.ec2.send(new DeleteVolumeCommand({ VolumeId }));
    }
  });

  async function makeRetained(node: string, zone: string): Promise<string> {
    const tags = { cluster: "kafka-prod", node, volume: "data", retained: "yes" };
    const { VolumeId = "" } = await emulator.ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: `us-east-1${zone}`,
        Size: 10,
        VolumeType: "gp3",
        Encrypted: true,
        TagSpecifications: [
          {
            ResourceType: "volume",
            Tags: Object.entries(tags).map(([key, Value]) => ({ Key: `kafka-on-ec2:${key}`, Value })),
          },
        ],
      }),
    );
    return VolumeId;
  }

  it("reports all faults of a configuration at once, and makes nothing", () => {
    assert.equal(pulumi("config", "set", "--stack", "prod", "brokerCount", "2").status, 0);
    assert.equal(pulumi("config", "set", "--stack", "prod", "zookeeperCount", "4").status, 0);
    const { status, output } = pulumi("preview", "--stack", "prod");
    assert.notEqual(status, 0);
    assert.match(output, /brokerCount/);
    assert.match(output, /zookeeperCount/);
    assert.doesNotMatch(output, /aws:ec2:Vpc/);
    assert.doesNotMatch(output, /^\s+at .*index\.ts/m, "no stack trace for a user's mistake");
  });

  it("refuses what a renamed stack would do to its cluster, by the stack's own state", () => {
    const config = { "aws:region": "us-east-1", "kafka-on-ec2:sshCidrs": ["203.0.113.7/32"] };
    writeFileSync(join(folder, "project", "Pulumi.before.yaml"), JSON.stringify({ config }));
    const made = pulumi("stack", "init", "before");
    assert.equal(made.status, 0, made.output);
    const state = join(folder, "state.json");
    writeFileSync(state, JSON.stringify(stateWith("before", "kafka-before", "kafka.before")));
    const imported = pulumi("stack", "import", "--stack", "before", "--file", state);
    assert.equal(imported.status, 0, imported.output);
    const renamed = pulumi("stack", "rename", "after", "--stack", "before");
    assert.equal(renamed.status, 0, renamed.output);
    const { status, output } = pulumi("preview", "--stack", "after");
    assert.notEqual(status, 0);
    assert.match(output, /clusterName: kafka-after is not kafka-before, .*; set clusterName to kafka-before/);
    assert.match(output, /dnsDomain: kafka\.internal is not kafka\.before, .*set dnsDomain to kafka\.before/);
    assert.doesNotMatch(output, /aws:ec2:Vpc/);
  });
});

/** A stack's state in which there are a data volume and a DNS zone, as `pulumi stack export` writes it. */
function stateWith(stack: string, clusterName: string, domain: string): unknown {
  const urn = (type: string, name: string) => `urn:pulumi:${stack}::kafka-on-ec2::${type}::${name}`;
  const root = urn("pulumi:pulumi:Stack", `kafka-on-ec2-${stack}`);
  const provider = { urn: urn("pulumi:providers:aws", "default_7_48_0"), id: "5e8b9c8e-0d3b-4a5e-9d0f-0123456789ab" };
  const component = "kafka-on-ec2:index:KafkaCluster";
  const cluster = urn(component, "cluster");
  const part = (type: string, name: string, id: string, outputs: object) => ({
    urn: urn(`${component}$${type}`, `cluster-${name}`),
    custom: true,
    id,
    type,
    inputs: {},
    outputs,
    parent: cluster,
    provider: `${provider.urn}::${provider.id}`,
  });
  const tags = { "kafka-on-ec2:cluster": clusterName, "kafka-on-ec2:node": "kafka-1", "kafka-on-ec2:volume": "data" };
  const volume = {
    arn: "arn:aws:ec2:us-east-1:123456789012:volume/vol-1",
    availabilityZone: "us-east-1a",
    size: 1,
    tags,
  };
  return {
    version: 3,
    deployment: {
      manifest: { time: "2026-01-01T00:00:00Z", magic: "", version: "" },
      resources: [
        { urn: root, custom: false, type: "pulumi:pulumi:Stack" },
        { ...provider, custom: true, type: "pulumi:providers:aws", inputs: { region: "us-east-1" }, outputs: {} },
        { urn: cluster, custom: false, type: component, parent: root },
        part("aws:route53/zone:Zone", "network-dns", "Z1", { name: domain }),
        part("aws:ebs/volume:Volume", "kafka-1", "vol-1", volume),
      ],
    },
  };
}
