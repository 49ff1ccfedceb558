import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Measurements } from "../../../planning/autosize/autosize";
import { planCluster } from "../../../planning/cluster/plan";
import { autosize, exitCodes, type AutosizeOptions, type AutosizeWorld } from "../../../stack/autosize/run";
import { withChanges } from "../../../stack/autosize/stackText";
import { settingsOf } from "../../../stack/stackFile";
import type { VolumeModification } from "../../../stack/autosize/volumeHold";
import { repository } from "../../../artifacts/repository";
import { SettingsError } from "../../../settings/faults";

const gib = 1024 ** 3;
const file = `# ours
config:
  aws:region: us-east-1
  kafka-on-ec2:sshCidrs:
    - 203.0.113.0/24
  # why a thousand
  kafka-on-ec2:brokerVolumeGiB: 1000
  kafka-on-ec2:brokerInstanceType: m7g.xlarge
`;
const settings = settingsOf(file, "test", undefined) ?? assert.fail();

const measured = (usedGiB: number, busyCpus = 0.1, zooKeeperGiB = 0.1): Measurements => ({
  seconds: 60,
  brokers: [1, 2, 3, 4, 5].map((id) => ({
    node: `kafka-${id}`,
    usedBytes: usedGiB * gib,
    writtenBytesPerDay: 0,
    receivedBytesPerSecond: 1e6,
    sentBytesPerSecond: 1e6,
    diskBytesPerSecond: 1e6,
    diskReadBytesPerSecond: 0,
    diskOperationsPerSecond: 10,
    busyCpus,
    busiestThread: 0.1,
  })),
  zookeeper: [{ node: "zookeeper-1", usedBytes: zooKeeperGiB * gib }],
});

interface Situation extends Partial<Omit<AutosizeOptions, "stack" | "report">> {
  readonly used?: number;
  readonly busyCpus?: number;
  readonly zooKeeper?: number;
  readonly file?: string;
  readonly modified?: readonly VolumeModification[];
  readonly previewError?: string;
  readonly updateError?: string;
}

const now = new Date("2030-01-02T12:00:00Z");

async function run({ used = 100, busyCpus, zooKeeper, modified = [], previewError, updateError, ...rest }: Situation) {
  const lines: string[] = [];
  const done: string[] = [];
  const texts: string[] = [];
  const outcome = (error: string | undefined) => Promise.resolve({ succeeded: error === undefined, error });
  const world: AutosizeWorld = {
    file: rest.file ?? file,
    plan: JSON.parse(JSON.stringify(planCluster(settings))),
    measure: () => Promise.resolve(measured(used, busyCpus, zooKeeper)),
    modifications: () => Promise.resolve(modified),
    preview: (text) => {
      done.push("preview");
      texts.push(text);
      return outcome(previewError);
    },
    write: (text) => {
      done.push("write");
      texts.push(text);
    },
    deploy: () => {
      done.push("deploy");
      return outcome(updateError);
    },
    now: () => now,
  };
  const result = await autosize(
    {
      stack: "test",
      apply: false,
      write: false,
      limits: {},
      cooldownHours: 6,
      report: (line) => lines.push(line),
      ...rest,
    },
    world,
  );
  const configs = texts.map((text) => (parse(text) as { config: Record<string, unknown> }).config);
  return { ...result, code: exitCodes[result.outcome], lines: lines.join("\n"), done, configs, texts };
}

const volume = (config: Record<string, unknown> | undefined) => config?.["kafka-on-ec2:brokerVolumeGiB"];

describe("autosize", () => {
  it("does nothing for a cluster with room, and says what it saw", async () => {
    const { code, done, lines } = await run({ apply: true });
    assert.deepEqual([code, done], [0, []]);
    assert.match(lines, /kafka-1: disk 10 % \(100 of 1000 GiB\)/);
    assert.match(lines, /nothing is to be changed/);
  });

  it("shows the change, its cost and the preview, and without --apply changes nothing", async () => {
    const { code, done, lines, configs, proposal } = await run({ used: 800 });
    assert.deepEqual([code, done], [2, ["preview"]]);
    const [change] = proposal.changes;
    assert.ok(Number(change?.to) >= 1600);
    assert.equal(volume(configs[0]), change?.to);
    assert.match(lines, /change: brokerVolumeGiB 1000 -> \d+: kafka-1: disk 80 %/);
    assert.match(lines, /cost: \$\d+\.\d\d a month more/);
  });

  it("writes what it previewed and deploys nothing, where it is only to write", async () => {
    const { code, done, outcome, configs } = await run({ used: 800, write: true });
    assert.deepEqual([code, done, outcome], [0, ["preview", "write"], "written"]);
    assert.equal(volume(configs[1]), volume(configs[0]));
    assert.deepEqual((await run({ write: true })).done, [], "nothing to do");
  });

  it("applies: previews, writes what it previewed, deploys", async () => {
    const { code, done, texts } = await run({ used: 800, apply: true });
    assert.deepEqual([code, done], [0, ["preview", "write", "deploy"]]);
    assert.equal(texts[0], texts[1]);
  });

  it("leaves the file as it was when the preview fails, and keeps it when the update does", async () => {
    const refused = await run({ used: 800, apply: true, previewError: "no such type" });
    assert.deepEqual([refused.code, refused.done], [1, ["preview"]]);
    assert.match(refused.because ?? "", /no such type/);
    const failed = await run({ used: 800, apply: true, updateError: "gate" });
    assert.deepEqual([failed.code, failed.done], [1, ["preview", "write", "deploy"]]);
    assert.match(failed.because ?? "", /gate[^]*stay in the stack's file: npm run deploy/);
  });

  it("lets volumes rest after a change, as long as EBS and the operator want, and other changes go on", async () => {
    const hoursAgo = (hours: number, node = "kafka-3", state = "completed") => {
      return [{ node, state, startedAt: new Date(now.getTime() - hours * 3_600_000) }];
    };
    const full = { used: 800, apply: true };
    const waiting = await run({ ...full, modified: hoursAgo(2) });
    assert.deepEqual([waiting.code, waiting.outcome, waiting.done], [2, "waiting", []]);
    assert.match(waiting.because ?? "", /kafka-3 was changed at 2030-01-02T10.* after 2030-01-02T16:00/);
    assert.equal((await run({ ...full, modified: hoursAgo(6.1) })).outcome, "applied");
    assert.equal((await run({ ...full, modified: hoursAgo(2), cooldownHours: 1 })).outcome, "applied");
    assert.equal((await run({ ...full, modified: hoursAgo(2, "zookeeper-1") })).outcome, "applied");
    assert.equal((await run({ ...full, modified: hoursAgo(20, "kafka-1", "optimizing") })).outcome, "waiting");
    assert.equal((await run({ apply: true, busyCpus: 3.5, modified: hoursAgo(2) })).outcome, "applied");
  });

  it("calls for a person when the limits don't allow what is needed, and does what they do allow", async () => {
    const stuck = await run({ used: 950, apply: true, limits: { maxVolumeGiB: 1000, maxCount: 5 } });
    assert.deepEqual([stuck.code, stuck.done], [3, []]);
    assert.match(stuck.lines, /a person is to decide: kafka-1: disk 95 %/);
    const both = await run({ busyCpus: 3.5, zooKeeper: 6, apply: true, limits: { maxVolumeGiB: 8 } });
    assert.deepEqual([both.code, both.done], [3, ["preview", "write", "deploy"]]);
    assert.match(both.lines, /change: brokerInstanceType[^]*a person is to decide: zookeeper-1: disk 75 %/);
  });

  it("measures only what is deployed", async () => {
    await assert.rejects(
      run({ file: file.replace("1000", "2000"), used: 800 }),
      /not those.*deployed with: deploy them/,
    );
  });
});

describe("a stack's file", () => {
  it("keeps its comments and everything else", () => {
    for (const name of ["prod", "local"]) {
      const text = readFileSync(join(repository, `Pulumi.${name}.yaml`), "utf8");
      const lines = text.split("\n");
      const changed = withChanges(text, [
        { key: "brokerVolumeGiB", to: 9000 },
        { key: "brokerInstanceType", to: "m7g.2xlarge" },
        { key: "zookeeperVolumeGiB", to: 99 },
      ]);
      assert.equal(changed.split("\n").length, lines.length);
      assert.deepEqual(
        changed.split("\n").filter((line) => !lines.includes(line)),
        lines
          .filter((line) => /(broker|zookeeper)VolumeGiB|brokerInstanceType/.test(line))
          .map((line) => line.replace(/(brokerVolumeGiB: ).*/, "$19000").replace(/(zookeeperVolumeGiB: ).*/, "$199"))
          .map((line) => line.replace(/(brokerInstanceType: ).*/, "$1m7g.2xlarge")),
      );
    }
  });

  it("gets a setting that had its default", () => {
    const added = withChanges(file, [{ key: "brokerCount", to: 7 }]);
    assert.equal(added, `${file}  kafka-on-ec2:brokerCount: 7\n`);
    assert.equal(settingsOf(added, "test", undefined)?.brokers.count, 7);
    for (const text of ["", "config:\n", "encryptionsalt: v1:x\n"]) {
      const config = (parse(withChanges(text, [{ key: "brokerCount", to: 7 }])) as { config: unknown }).config;
      assert.deepEqual(config, { "kafka-on-ec2:brokerCount": 7 });
    }
  });

  it("is read with an encrypted key for the ops host, but not with encrypted sizes", () => {
    const key =
      "  kafka-on-ec2:sshPublicKey: ssh-ed25519 " +
      "AAAAC3NzaC1lZDI1NTE5AAAAIJ0PGnCZ1cS1Ci0oMPbu3x4Y7QWgeUVG0ZSTwc6MVaRO me\n";
    const secret = (name: string) => `  kafka-on-ec2:${name}:\n    secure: v1:abc\n`;
    assert.equal(settingsOf(file + key + secret("sshPrivateKey"), "test", undefined)?.brokers.volumeGiB, 1000);
    assert.equal(settingsOf(file + secret("brokerCount"), "test", undefined), undefined);
    assert.throws(() => settingsOf(`${file}  kafka-on-ec2:brokerCount: 2\n`, "test", undefined), SettingsError);
  });
});
