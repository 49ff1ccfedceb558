import assert from "node:assert/strict";
import { lastLine } from "../../components/opsCommand";
import { privateKeyOf } from "./mockAws";
import { comesAfter, ofType, one, ownKey, runProgram, type ProgramRun } from "./runProgram";

describe("gates", () => {
  let run: ProgramRun;
  before(async () => {
    run = await runProgram();
  });

  it("one command a pool: ZooKeeper, then its marker, then the brokers, then the topics", () => {
    const steps = [
      one(run, "Command", "zookeeper-gate"),
      one(run, "BucketObjectv2", "zookeeper-initialized"),
      one(run, "Command", "kafka-gate"),
      one(run, "Command", "topics"),
    ];
    steps.slice(1).forEach((step, index) => {
      const earlier = steps[index];
      assert.ok(earlier && comesAfter(run, step, earlier), `${step.name} does not wait for ${earlier?.name}`);
    });
    assert.equal(steps[1]?.inputs.key, "state/zookeeper-initialized");
  });

  it("a gate waits for all of its nodes, and for the tools on the ops host", () => {
    for (const [pool, count] of [
      ["zookeeper", 3],
      ["kafka", 5],
    ] as const) {
      const gate = one(run, "Command", `${pool}-gate`);
      const groups = ofType(run, "Group").filter(({ name }) => name.startsWith(pool));
      assert.equal(groups.length, count);
      for (const earlier of [...groups, one(run, "Command", "ops-refresh")]) {
        assert.ok(comesAfter(run, gate, earlier), `${pool}: ${earlier.urn}`);
      }
    }
  });

  it("a gate has its deadline on the far side, streams its progress, and undoes nothing", async () => {
    const impatient = await runProgram({ "gates.timeoutMinutes": 2 });
    assert.equal(
      one(impatient, "Command", "kafka-gate").inputs.create,
      "timeout --kill-after=10 210 node /opt/kafka-ops/kafka-ops.js gate kafka --cluster /opt/kafka-ops/cluster.json --timeout 120",
    );
    for (const name of ["zookeeper-gate", "kafka-gate", "topics"]) {
      const { inputs } = one(run, "Command", name);
      assert.match(inputs.create as string, /--timeout \d+$/);
      assert.equal(inputs.logging, "stdoutAndStderr");
      // No update: the same command runs again. No delete: destroying a cluster asks nothing of it.
      assert.deepEqual([inputs.update, inputs.delete], [undefined, undefined]);
    }
  });

  it("a gate that an update of other targets leaves out breaks nothing", () => {
    assert.equal(lastLine(undefined), "");
    assert.equal(lastLine("waiting\nall well\n"), "all well");
  });

  it("runs again for what changed, and for nothing else", async () => {
    const triggers = (someRun: ProgramRun, name: string) => one(someRun, "Command", name).inputs.triggers as unknown;
    const names = ["zookeeper-gate", "kafka-gate", "topics", "ops-refresh"];
    const changedBy = async (config: Record<string, unknown>) => {
      const changed = await runProgram(config);
      return names.filter((name) => JSON.stringify(triggers(changed, name)) !== JSON.stringify(triggers(run, name)));
    };
    assert.deepEqual(await changedBy({}), []);
    assert.deepEqual(await changedBy({ "brokers.config": ["num.io.threads=16"] }), ["kafka-gate"]);
    const topics = [{ name: "user-activity", partitions: 30, retentionHours: 168 }];
    assert.deepEqual(await changedBy({ topics }), ["topics", "ops-refresh"]);
  });
});

describe("secrets", () => {
  const secrets = [
    privateKeyOf("operator-key"),
    privateKeyOf("ops-host-key"),
    privateKeyOf("node-access-key"),
    ownKey["access.sshPrivateKey"],
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
      assert.deepEqual(run.secretOutputs, config === ownKey ? [] : ["sshPrivateKey"]);
    });
  }
});
