import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { drillInfo } from "../../../trials/drills/pairs";
import { isChange, type ChangeName } from "../../../trials/drills/changeCatalog";
import { beginChange } from "../../../trials/drills/changes";
import { Deployer, type Deploy } from "../../../trials/drills/changes/deployer";
import { killedRun } from "../../../trials/drills/changes/killedRun";
import { LeastInService } from "../../../trials/drills/changes/leastInService";
import { balanceOf, createdNode, isEven, rollOf, stoppedNode } from "../../../trials/drills/changes/lines";
import { refusalOutcome } from "../../../trials/drills/changes/rolls";
import { balanceOutcome } from "../../../trials/drills/changes/sizes";
import { StackSettings, type Overrides } from "../../../trials/drills/changes/stackSettings";
import { FakeMachines, stateWith } from "./drillMachines";

const file = `config:
  aws:region: us-east-1
  kafka-on-ec2:brokerVolumeGiB: 10
  kafka-on-ec2:brokerConfig:
    - queued.max.requests=400
encryptionsalt: v1:abc
`;
const settings = (volumes = { brokers: 10, zookeeper: 8 }) => new StackSettings(file, volumes);
const brokers = stateWith([]).brokers.map(({ name }) => name);

/** What `kafka-ops roll kafka` prints for these nodes. */
const rolled = (nodes: readonly string[]) => [
  ...nodes.flatMap((node, index) => [
    `  60.1 s  kafka-roll | roll kafka: ${node} (${index + 1} of ${nodes.length}): stopped after 2 s`,
    `  80.2 s  kafka-roll | roll kafka: ${node} is back and the pool is whole (${20 + index} s)`,
  ]),
  "  99.3 s  kafka-roll | roll kafka: whole after 120 s",
];
const inService = { brokers: 5, zookeeper: 3 };

/** @param deploy what an update with these settings says and how it ends */
function make(
  name: ChangeName,
  deploy: (config: Record<string, unknown>) => { lines: string[]; error?: string },
  machines = new FakeMachines(stateWith(["kafka-2"])),
) {
  const configs: Record<string, unknown>[] = [];
  const removed: (readonly string[])[] = [];
  const said: string[] = [];
  const fake: Deploy = ({ configFile = "", remove = [], report }) => {
    const { config } = parse(readFileSync(configFile, "utf8")) as { config: Record<string, unknown> };
    configs.push(config);
    removed.push(remove);
    const { lines, error } = deploy(config);
    lines.forEach(report);
    return Promise.resolve({ succeeded: error === undefined, error });
  };
  const deployer = new Deployer(settings(), {}, (line) => said.push(line), fake);
  const least = new LeastInService(inService);
  least.record(inService);
  least.record(inService);
  const info = drillInfo(name);
  if (!isChange(info)) assert.fail(name);
  const scene = {
    machines,
    state: stateWith(["kafka-2"]),
    deployer: {
      settings: deployer.settings,
      update: (changes: Overrides) => deployer.update(changes),
      killedUpdate: (_: Overrides, fits: (line: string) => boolean) => {
        const lines = rolled(brokers);
        return Promise.resolve({ succeeded: false, seconds: 90, lines: lines.slice(0, 1 + lines.findIndex(fits)) });
      },
    },
    report: () => undefined,
    signal: new AbortController().signal,
  };
  return { begun: beginChange(info, scene, least), configs, removed, said, deployer, machines };
}

describe("a change", () => {
  it("is an update with other settings than the stack's file has, and goes back by another", async () => {
    const { begun, configs, deployer, machines } = make("roll-brokers", () => ({ lines: rolled(brokers) }));
    const outcome = await (await begun).lasted;
    assert.deepEqual(outcome?.unmet, []);
    assert.equal(outcome?.facts["roll, seconds"], 120);
    assert.deepEqual(configs[0]?.["kafka-on-ec2:brokerConfig"], ["queued.max.requests=501"]);
    // The update has taken the load's rights away: it could not delete its topics.
    assert.equal(machines.calls.at(-1), "admit again");
    await deployer.restore();
    assert.deepEqual(configs[1]?.["kafka-on-ec2:brokerConfig"], ["queued.max.requests=400"]);
    await deployer.restore();
    assert.equal(configs.length, 2);
  });

  it("has not come as promised when a node was left out, or the update failed", async () => {
    const some = await (await make("roll-brokers", () => ({ lines: rolled(brokers.slice(1)) })).begun).lasted;
    assert.deepEqual(some?.unmet, ["not replaced: kafka-1"]);
    const failed = await (await make("roll-brokers", () => ({ lines: [], error: "no capacity" })).begun).lasted;
    assert.match(failed?.unmet.join() ?? "", /the update failed: no capacity/);
  });

  it("of a version goes there and back", async () => {
    const { begun, configs } = make("kafka-version", () => ({ lines: rolled(brokers) }));
    assert.deepEqual((await (await begun).lasted)?.unmet, []);
    const versions = configs.map((config) => config["kafka-on-ec2:kafkaVersion"]);
    assert.deepEqual(versions, ["3.9.1", "3.9.2"]);
  });

  it("that Kafka refuses has to fail, name the node and show Kafka's words, and be mended", async () => {
    const words = "Error parsing configuration property 'max.connections.per.ip.overrides': begin 0, end -1, length 7";
    const { begun, configs } = make("bad-setting", (config) =>
      String(config["kafka-on-ec2:brokerConfig"]).includes("overrides=nowhere")
        ? { lines: [], error: `roll kafka: kafka-3: its service has ended 6 times\n${words}` }
        : { lines: rolled(["kafka-3"]) },
    );
    const outcome = await (await begun).lasted;
    assert.deepEqual(outcome?.unmet, []);
    assert.equal(outcome?.facts["node named by the error"], "kafka-3");
    assert.equal(configs.length, 2);
    const silent = refusalOutcome({ succeeded: false, seconds: 1, error: "exit status 1", lines: [] });
    assert.deepEqual(silent.unmet, ["the error names no node", "the error does not show Kafka's words"]);
    assert.match(refusalOutcome({ succeeded: true, seconds: 1, lines: [] }).unmet[0] ?? "", /went well/);
  });

  it("with a dead broker has that one replaced first", async () => {
    const dead = brokers.at(-1) ?? "";
    const { begun, machines } = make("roll-one-dead", () => ({ lines: rolled(brokers) }));
    const outcome = await (await begun).lasted;
    assert.deepEqual(outcome?.unmet, [`kafka-1 was replaced before ${dead}`]);
    assert.ok(machines.calls.some((call) => call.startsWith(`${dead} hold begin kafka-stop`)));
    const first = make("roll-one-dead", () => ({ lines: rolled([dead, ...brokers.slice(0, -1)]) }));
    assert.deepEqual((await (await first.begun).lasted)?.unmet, []);
    const guardian = await (await make("roll-one-dead", () => ({ lines: rolled(brokers.slice(0, -1)) })).begun).lasted;
    assert.deepEqual([guardian?.unmet, guardian?.facts["replaced by"]], [[], "the guardian"]);
  });

  it("of the volumes has to reach every filesystem, and to leave every process alone", async () => {
    const gibibyte = 1024 ** 3;
    const grown = (smaller?: string) => {
      const machines = new FakeMachines(stateWith([]));
      let updated = false;
      let looks = 0;
      machines.answer = (node, script) => {
        if (script === "filesystem") return String((updated && node !== smaller ? 15 : 10) * gibibyte);
        return node === "zookeeper-2" && looks++ > 0 && smaller !== undefined ? "machine\t2" : "machine\t1";
      };
      const update = () => {
        updated = true;
        // One that fails is not waited for.
        return { lines: [], error: smaller === undefined ? undefined : "no" };
      };
      return make("grow-volumes", update, machines);
    };
    const { begun, configs, deployer, said } = grown();
    const outcome = await (await begun).lasted;
    assert.deepEqual(outcome?.unmet, []);
    assert.equal(outcome?.facts["filesystems that have grown"], "8 of 8");
    assert.equal(configs[0]?.["kafka-on-ec2:brokerVolumeGiB"], 15);
    await deployer.restore();
    await deployer.restore();
    assert.equal(said.filter((line) => /brokerVolumeGiB: 15/.test(line)).length, 1);
    const bad = (await (await grown("kafka-3").begun).lasted)?.unmet.join() ?? "";
    assert.match(bad, /update failed.*filesystem of kafka-3 has not grown.*zookeeper-2 is another machine/);
  });

  it("of the number of brokers names the one that may go again", async () => {
    const line = "kafka-balance | balance: 9 partitions moved in 9 s, 3.3 GB copied (at least 3.3 GB): ";
    const lines = [`${line}copies per broker 28 to 30, leaders 7 to 8`];
    const { begun, configs, removed } = make("scale", () => ({ lines }));
    const outcome = await (await begun).lasted;
    assert.deepEqual(outcome?.unmet, []);
    assert.deepEqual(
      [outcome?.facts["to 6: copied"], outcome?.facts["back to 5: to copy at least"]],
      ["3.3 GB", "3.3 GB"],
    );
    assert.deepEqual(
      configs.map((config) => config["kafka-on-ec2:brokerCount"]),
      [6, 5],
    );
    assert.deepEqual(removed, [[], ["kafka-6"]]);
  });

  it("of the number of copies rolls every broker, and moves copies, both ways", async () => {
    const moved = "kafka-balance | balance: nothing to move: copies per broker 36 to 69, leaders 7 to 8";
    const { begun, configs } = make("copies", () => ({ lines: [...rolled(brokers), moved] }));
    const outcome = await (await begun).lasted;
    assert.equal(outcome?.facts["to 3: copies per broker"], "36 to 69");
    // With 3 copies in 3 zones that is as it has to be.
    assert.deepEqual(outcome.unmet, ["back to 4: 36 to 69 copies per broker: more than 10 % apart"]);
    assert.deepEqual(
      configs.map((config) => config["kafka-on-ec2:replicationFactor"]),
      [3, 4],
    );
  });

  it("of topics adds one, changes it, leaves it alone, and deletes it by hand", async () => {
    const counts = ["(1 created, 0 changed)", "(0 created, 1 changed)", "(0 created, 0 changed)"];
    const { begun, configs, machines } = make("topics", () => ({
      lines: [`topics | topics: all 2 in sync after 1 s ${counts[configs.length - 1]}`],
    }));
    assert.deepEqual((await (await begun).lasted)?.unmet, []);
    const added = configs.map((config) => (config["kafka-on-ec2:topics"] as { partitions: number }[])[1]?.partitions);
    assert.deepEqual(added, [1, 3, undefined]);
    const deleted = machines.calls.filter((call) => call.includes("delete-topics"));
    assert.equal(deleted.length, 1);
    assert.match(deleted[0] ?? "", /^kafka-1 delete-topics drill-[0-9a-f]{8}-added$/);
    const failing = make("topics", () => ({ lines: [], error: "no" }));
    assert.match(
      (await (await failing.begun).lasted)?.unmet.join() ?? "",
      /added: the update failed: no,.*not in sync/,
    );
    assert.equal(failing.machines.calls.filter((call) => call.includes("delete-topics")).length, 1);
  });

  it("that is killed in the middle goes on where it was, and replaces nothing twice", async () => {
    for (const [again, unmet] of [
      [brokers.slice(1), []],
      [brokers, ["replaced again though it was done: kafka-1"]],
      [brokers.slice(3), ["again: not replaced: kafka-3"]],
    ] as const) {
      const { begun } = make("roll-killed", () => ({ lines: rolled(again) }));
      const outcome = await (await begun).lasted;
      assert.deepEqual(outcome?.unmet, unmet);
      assert.equal(outcome?.facts["away when killed"], "kafka-2");
    }
  });

  it("that failed, or was cut off, is followed by an update with the stack's own settings", async () => {
    let fails = true;
    const { begun, configs, deployer } = make("roll-zookeeper", () => ({ lines: [], error: fails ? "no" : undefined }));
    assert.equal((await (await begun).lasted)?.unmet.length, 2);
    await assert.rejects(deployer.restore(), /could not be put back: no\n`npm run deploy -- --stack local`/);
    fails = false;
    await deployer.restore();
    assert.deepEqual(
      configs.map((config) => config["kafka-on-ec2:zookeeperHeapMiB"]),
      [256, undefined, undefined],
    );
    const unknown = make("roll-zookeeper", () => ({ lines: rolled([]) }));
    await (
      await unknown.begun
    ).lasted;
    await unknown.deployer.restoreUnknown();
    assert.deepEqual(unknown.removed.at(-1), ["kafka-6"]);
  });
});

describe("an update that is killed in the middle", () => {
  const run = (script: string, fits: (line: string) => boolean, lines: string[] = []) =>
    killedRun({
      command: ["sh", "-c", script],
      folder: ".",
      environment: process.env,
      fits,
      report: (line) => lines.push(line),
      signal: new AbortController().signal,
    });

  it("is ended with all that came from it", async () => {
    const lines: string[] = [];
    // Both would print, and the inner one would keep the output open.
    const script = "sh -c 'echo now; sleep 0.3; echo inner; sleep 60' & wait; echo outer";
    const begun = Date.now();
    await run(script, (line) => line === "now", lines);
    assert.deepEqual(lines, ["now"]);
    assert.ok(Date.now() - begun < 10_000);
  });

  it("has failed when it ends before", async () => {
    await assert.rejects(
      run("echo then; exit 3", (line) => line === "now"),
      /ended before it could be killed: exit code 3/,
    );
  });
});

describe("the least number of nodes in service", () => {
  it("is what two looks in a row agree on", () => {
    const least = new LeastInService(inService);
    for (const brokersNow of [5, 3, 5, 4, 4, 5]) least.record({ brokers: brokersNow, zookeeper: 3 });
    const { facts, unmet } = least.judge({ brokers: 1, zookeeper: 0 });
    assert.deepEqual([facts["least brokers in service"], unmet], [4, []]);
    assert.match(least.judge({ brokers: 0, zookeeper: 0 }).unmet.join(), /only 4 of 5 brokers/);
    assert.equal(new LeastInService(inService).judge({ brokers: 1, zookeeper: 0 }).unmet.length, 1);
  });
});

describe("what an update printed", () => {
  it("tells which nodes were replaced, and when", () => {
    const lines = rolled(["kafka-2", "kafka-1"]);
    assert.deepEqual(rollOf("kafka", lines), {
      nodes: [
        { name: "kafka-2", seconds: 20 },
        { name: "kafka-1", seconds: 21 },
      ],
      seconds: 120,
    });
    assert.deepEqual(rollOf("zookeeper", lines), { nodes: [], seconds: undefined });
    assert.deepEqual(stoppedNode(lines[2] ?? ""), { node: "kafka-1", number: 2 });
  });

  it("tells the node of which something was made, by whatever name the cluster has in the program", () => {
    assert.equal(createdNode("    6.7 s  created  ebs.Volume cluster-kafka-4 (2.5 s)"), "kafka-4");
    assert.equal(createdNode("    6.7 s  created  ec2.NetworkInterface events-zookeeper-11 (0.1 s)"), "zookeeper-11");
    assert.equal(createdNode("    6.7 s  created  ebs.Volume kafka-4"), "kafka-4");
    assert.equal(createdNode("    6.7 s  updated  ebs.Volume cluster-kafka-4: size (2.5 s)"), undefined);
    assert.equal(createdNode("    6.7 s  created  remote.Command cluster-kafka-roll (3.4 s)"), undefined);
  });

  it("tells what was copied, and how even it lies", () => {
    const line = (copies: string) =>
      "kafka-balance | balance: 20 partitions moved in 40 s, 3.3 GB copied (at least 0 B): copies per broker " +
      `${copies}, leaders 7 to 8`;
    const made = (copies: string) => ({ succeeded: true, seconds: 60, lines: [line(copies)] });
    assert.deepEqual(balanceOf([line("28 to 30")])?.copied, "3.3 GB");
    assert.deepEqual(balanceOutcome(made("28 to 30"), "to 6: ").unmet, []);
    assert.match(
      balanceOutcome(made("20 to 30"), "to 6: ").unmet.join(),
      /to 6: 20 to 30 copies .*more than 10 % apart/,
    );
    assert.equal(balanceOutcome({ succeeded: true, seconds: 1, lines: [] }, "").unmet.length, 1);
    assert.deepEqual([isEven({ least: 1, most: 2 }), isEven({ least: 1, most: 3 })], [true, false]);
  });
});

describe("the stack's settings in a drill", () => {
  it("keep volumes that have grown, and say what the file would have to say", () => {
    const grown = settings({ brokers: 15, zookeeper: 8 });
    assert.equal(grown.get("brokerVolumeGiB"), 15);
    assert.deepEqual(grown.linesForFile, ["kafka-on-ec2:brokerVolumeGiB: 15"]);
    assert.match(grown.yaml(), /brokerVolumeGiB: 15[^]*encryptionsalt: v1:abc/);
    assert.deepEqual(settings().linesForFile, []);
  });

  it("name the brokers that only a change has made", () => {
    const scaled = settings();
    scaled.change({ brokerCount: 7 });
    assert.deepEqual(scaled.surplusBrokers, []);
    scaled.reset();
    assert.deepEqual(scaled.surplusBrokers, ["kafka-7", "kafka-6"]);
  });
});
