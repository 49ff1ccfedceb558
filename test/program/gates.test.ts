import assert from "node:assert/strict";
import { lastLine } from "../../planning/cluster/outputText";
import { privateKeyOf } from "./mockAws";
import { comesAfter, ofType, one, ownKey, runProgram, type ProgramRun } from "./runProgram";

const commands = ["zookeeper-roll", "kafka-roll", "kafka-balance", "topics"];

describe("the order of an update", () => {
  let run: ProgramRun;
  before(async () => {
    run = await runProgram();
  });

  it("ZooKeeper is rolled, then marked, then the brokers are rolled, balanced, and given their topics", () => {
    const steps = [
      one(run, "Command", "zookeeper-roll"),
      one(run, "BucketObjectv2", "zookeeper-initialized"),
      one(run, "Command", "kafka-roll"),
      one(run, "Command", "kafka-balance"),
      one(run, "Command", "topics"),
    ];
    steps.slice(1).forEach((step, index) => {
      const earlier = steps[index];
      assert.ok(earlier && comesAfter(run, step, earlier), `${step.name} does not wait for ${earlier?.name}`);
    });
    assert.equal(steps[1]?.inputs.key, "state/zookeeper-initialized");
  });

  it("a roll waits for all of its nodes, and for the tools on the ops host", () => {
    for (const [pool, count] of [
      ["zookeeper", 3],
      ["kafka", 5],
    ] as const) {
      const gate = one(run, "Command", `${pool}-roll`);
      const groups = ofType(run, "Group").filter(({ name }) => name.startsWith(pool));
      assert.equal(groups.length, count);
      for (const earlier of [...groups, one(run, "Command", "ops-refresh")]) {
        assert.ok(comesAfter(run, gate, earlier), `${pool}: ${earlier.urn}`);
      }
    }
  });

  it("a command has its deadline on the far side, streams its progress, and undoes nothing", async () => {
    const impatient = await runProgram({ gateTimeoutMinutes: 2 });
    assert.match(
      one(impatient, "Command", "kafka-roll").inputs.create as string,
      // 2 minutes for each of five nodes and for what comes before the first, and some for the evidence.
      /^timeout --kill-after=10 810 node-22 \S+kafka-ops\.js roll kafka --revisions (kafka-\d=[0-9a-f]{12},?){5} --wait 1800 --cluster \S+cluster\.json --timeout 120$/,
    );
    for (const name of commands) {
      const { inputs } = one(run, "Command", name);
      assert.match(inputs.create as string, /--timeout \d+$/);
      assert.equal(inputs.logging, "stdoutAndStderr");
      // No update: the same command runs again. No delete: destroying a cluster asks nothing of it.
      assert.deepEqual([inputs.update, inputs.delete], [undefined, undefined]);
    }
  });

  it("no command waits for copies, or goes on with nodes, for longer than the settings say", async () => {
    const short = await runProgram({ updateWaitMinutes: 5 });
    assert.match(
      one(short, "Command", "kafka-balance").inputs.create as string,
      /^timeout --kill-after=10 690 node-22 \S+ balance --wait 300 --cluster \S+ --timeout 600$/,
    );
    for (const pool of ["kafka", "zookeeper"])
      assert.match(one(short, "Command", `${pool}-roll`).inputs.create as string, / --wait 300 /);
  });

  it("a command that an update of other targets leaves out breaks nothing", () => {
    assert.equal(lastLine(undefined), "");
    assert.equal(lastLine("waiting\nall well\n"), "all well");
  });

  const triggers = (someRun: ProgramRun, name: string) => one(someRun, "Command", name).inputs.triggers as unknown;

  it("a command runs again for what changed, and for nothing else", async () => {
    const names = [...commands, "ops-refresh"];
    const changedBy = async (config: Record<string, unknown>) => {
      const changed = await runProgram(config);
      return names.filter((name) => JSON.stringify(triggers(changed, name)) !== JSON.stringify(triggers(run, name)));
    };
    assert.deepEqual(await changedBy({}), []);
    assert.deepEqual(await changedBy({ brokerConfig: ["num.io.threads=16"] }), ["kafka-roll"]);
    const topics = [{ name: "user-activity", partitions: 30, retentionHours: 168 }];
    assert.deepEqual(await changedBy({ topics }), ["topics", "ops-refresh"]);
  }).timeout(60_000);

  it("a command that failed is forgotten, and so runs again, also for the settings that it had before", () => {
    for (const { name, deleteBeforeReplace } of ofType(run, "Command")) assert.ok(deleteBeforeReplace, name);
  });

  it("a broker more or less makes no other node out of date", async () => {
    const larger = await runProgram({ brokerCount: 6 });
    const revisions = (someRun: ProgramRun) => (triggers(someRun, "kafka-roll") as string[]).slice(1);
    assert.deepEqual(revisions(larger).slice(0, 5), revisions(run));
    assert.deepEqual(triggers(larger, "zookeeper-roll"), triggers(run, "zookeeper-roll"));
    assert.notDeepEqual(triggers(larger, "kafka-balance"), triggers(run, "kafka-balance"));
  });

  it("an override is told to the brokers' roll", async () => {
    const forced = await runProgram({
      rollOverride: [
        { topic: "user-activity", passOver: ["writes", "moving"], day: "2026-11-29", reason: "INC-7: the fix itself" },
        { topic: "t", passOver: ["behind"], day: "2026-11-29", reason: "INC-8" },
      ],
    });
    const create = (name: string) => one(forced, "Command", name).inputs.create as string;
    const word = "user-activity:writes+moving:2026-11-29:INC-7: the fix itself;t:behind:2026-11-29:INC-8";
    assert.ok(create("kafka-roll").includes(` --override '${word}' `), create("kafka-roll"));
    assert.doesNotMatch(create("zookeeper-roll"), /override/);
  });
});

describe("secrets", () => {
  const secrets = [
    privateKeyOf("ops-operator-key"),
    privateKeyOf("ops-host-key"),
    privateKeyOf("ops-node-access-key"),
    ownKey["sshPrivateKey"],
  ];

  for (const [whose, config] of [
    ["made by the program", {}],
    ["given by the operator", ownKey],
  ] as const) {
    it(`keys ${whose} are in no user data, in no plain input and in no plain output`, async () => {
      const run = await runProgram(config);
      for (const { type, name, inputs, secretInputs } of run.resources) {
        const decoded = typeof inputs.userData === "string" ? Buffer.from(inputs.userData, "base64").toString() : "";
        for (const secret of secrets) {
          assert.ok(!decoded.includes(secret), `${type} ${name}: user data`);
          const holders = Object.keys(inputs as object).filter((key) =>
            JSON.stringify((inputs as Record<string, unknown>)[key]).includes(JSON.stringify(secret).slice(1, -1)),
          );
          for (const key of holders) {
            const marked = secretInputs.some((path) => path === key || path.startsWith(`${key}.`));
            assert.ok(marked, `${type} ${name}: ${key} holds a private key that is not marked as secret`);
          }
        }
      }
      for (const [name, value] of Object.entries(run.outputs)) {
        if (run.secretOutputs.includes(name)) continue;
        for (const secret of secrets) assert.ok(!JSON.stringify(value ?? "").includes(secret), name);
      }
      assert.deepEqual(run.secretOutputs, []);
    });
  }
});
