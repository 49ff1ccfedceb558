import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runGuardian, watch } from "../../../../ops/guardian/loop";
import { freshMemory, type Memory } from "../../../../ops/guardian/memory";
import { readState, writeState } from "../../../../ops/guardian/stateFile";
import { MetricsFile } from "../../../../ops/metrics";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../../settings/sampleSettings";
import { lookAt, names } from "./guardianFixtures";

describe("the guardian's loop", () => {
  let folder: string;
  let state: string;
  let printed: string[];
  let mended: (memory: Memory) => Memory;
  const copies = { mend: (memory: Memory) => Promise.resolve(mended(memory)) };
  const room = { keep: (memory: Memory) => Promise.resolve(memory) };
  let told: { readonly memory: Memory | undefined; readonly failed: boolean }[];
  const tell = (memory: Memory | undefined, { failed }: { readonly failed: boolean }) => {
    told.push({ memory, failed });
    return Promise.resolve();
  };
  let keeps: string[];
  const keeper = {
    keep: (node: string, instance: string) => {
      keeps.push(`${node} ${instance}`);
      return Promise.resolve(keeps.length === 1 ? `its last logs are kept as ${instance}` : undefined);
    },
  };
  const print = console.log;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "guardian-"));
    state = join(folder, "state.json");
    printed = [];
    keeps = [];
    told = [];
    mended = (memory) => memory;
    console.log = (line: string) => void printed.push(line);
  });
  afterEach(() => {
    console.log = print;
    rmSync(folder, { recursive: true });
  });

  /** Kafka-4 has been out for ten minutes, and all that anybody knows of it says that it is to be replaced. */
  function overdue(): Memory {
    const now = Date.now();
    const well = { wellSince: now - 3_600_000, attempts: 0, next: "" };
    const nodes = Object.fromEntries(
      names.map((name) => [name, { ...well, instance: { id: `i-${name}`, since: now - 3_600_000 } }]),
    );
    const out = { ...nodes["kafka-4"]!, wellSince: undefined, outSince: now - 600_000, problem: "connection refused" };
    return { ...freshMemory("test"), lookedAt: now - 1000, summaryAt: now, nodes: { ...nodes, "kafka-4": out } };
  }

  async function observations(
    times: number,
    dryRun: boolean,
    markUnhealthy: (id: string) => Promise<void>,
    looks: Iterator<string | undefined> = [].values(),
  ) {
    writeState(state, overdue());
    const marked: string[] = [];
    const elections: boolean[] = [];
    const remembered: (Memory | undefined)[] = [];
    let left = times;
    await watch(
      { clusterName: "test", guardian: { enabled: true, dryRun, patienceSeconds: 60 }, minimumRunning: 3 },
      {
        observer: {
          observe: () => {
            const { value, done } = looks.next();
            return Promise.resolve(lookAt({ "kafka-4": { problem: done ? "connection refused" : value } }));
          },
        },
        groups: {
          markUnhealthy: (id) => {
            marked.push(id);
            remembered.push(readState(state));
            return markUnhealthy(id);
          },
        },
        keeper,
        room,
        upkeep: { keep: (memory) => Promise.resolve(memory) },
        leadership: {
          restore: (memory, dry) => {
            elections.push(dry);
            return Promise.resolve(memory);
          },
        },
        copies,
        tell,
      },
      state,
      () => left-- > 0,
      1,
    );
    return { marked, elections, remembered };
  }
  const taken = () => Promise.resolve();

  it("has copies mended at each look, and remembers what came of it", async () => {
    mended = (memory) => ({ ...memory, concerns: ["a throttle"] });
    await observations(2, true, taken);
    assert.deepEqual(readState(state)?.concerns, ["a throttle"]);
  });

  it("has a node replaced that is out for longer than its patience, once, and has written that down before", async () => {
    const { marked, elections, remembered } = await observations(3, false, taken);
    assert.deepEqual(marked, ["i-kafka-4"]);
    assert.equal(remembered[0]?.nodes["kafka-4"]?.lastAction?.instanceId, "i-kafka-4");
    assert.equal(readState(state)?.nodes["kafka-4"]?.lastAction?.confirmed, true);
    assert.deepEqual(elections, [false, false, false]);
    assert.deepEqual(
      told.map(({ memory, failed }) => [memory?.nodes["kafka-4"]?.lastAction?.confirmed, failed]),
      [true, true, true].map((confirmed) => [confirmed, false]),
    );
  });

  it("keeps a machine's logs before it goes, and names them among the decisions", async () => {
    await observations(1, false, () => {
      assert.deepEqual(keeps, ["kafka-4 i-kafka-4"]);
      return Promise.resolve();
    });
    const kept = "its last logs are kept as i-kafka-4";
    assert.ok(printed.includes(`kafka-4: ${kept}`));
    assert.ok(readState(state)?.decisions.some(({ node, text }) => node === "kafka-4" && text === kept));
  });

  it("leaves a node that has come into service while its logs were kept", async () => {
    const { marked } = await observations(2, false, taken, ["connection refused", undefined, undefined].values());
    assert.deepEqual(marked, []);
    assert.equal(readState(state)?.nodes["kafka-4"]?.attempts, 0);
    const text = "i-kafka-4 has come into service meanwhile, and stays";
    assert.ok(printed.includes(`kafka-4: ${text}`), printed.join("\n"));
    assert.ok(readState(state)?.decisions.some((decision) => decision.text === text));
  });

  it("touches nothing in a dry run: no instance, and no leader", async () => {
    const { marked, elections } = await observations(3, true, taken);
    assert.deepEqual([marked, keeps], [[], []]);
    assert.deepEqual(elections, [true, true, true]);
    assert.match(printed.join("\n"), /kafka-4: .*would mark i-kafka-4 unhealthy/);
  });

  it("gives an order again that AWS has refused, and says so once", async () => {
    const { marked } = await observations(3, false, () => Promise.reject(new Error("AccessDenied:\n no")));
    assert.deepEqual(marked, ["i-kafka-4", "i-kafka-4", "i-kafka-4"]);
    const refusals = printed.filter((line) => /could not mark i-kafka-4 unhealthy.*AccessDenied: no$/.test(line));
    assert.equal(refusals.length, 1);
    assert.ok(readState(state)?.decisions.some(({ text }) => text.includes("AccessDenied")));
  });

  it("goes on looking when a look fails, and says why once", async () => {
    let left = 3;
    await watch(
      { clusterName: "test", guardian: { enabled: true, dryRun: false, patienceSeconds: 60 }, minimumRunning: 3 },
      {
        observer: { observe: () => Promise.resolve(lookAt()) },
        groups: { markUnhealthy: taken },
        keeper,
        room,
        leadership: { restore: () => Promise.reject(new Error("no controller")) },
        copies,
        upkeep: { keep: (memory) => Promise.resolve(memory) },
        tell,
      },
      state,
      () => left-- > 0,
      1,
    );
    assert.equal(left, -1);
    assert.deepEqual(
      printed.filter((line) => line.includes("no controller")),
      ["this look failed: no controller"],
    );
    assert.deepEqual(
      told.map(({ failed }) => failed),
      [true, true, true],
    );
  });

  it("begins each look so long after the one before", async () => {
    const times: number[] = [];
    let left = 4;
    await watch(
      { clusterName: "test", guardian: { enabled: true, dryRun: false, patienceSeconds: 60 }, minimumRunning: 3 },
      {
        observer: {
          observe: async () => {
            times.push(performance.now());
            await new Promise((resolve) => setTimeout(resolve, 20));
            return lookAt();
          },
        },
        groups: { markUnhealthy: taken },
        keeper,
        room,
        leadership: { restore: (memory) => Promise.resolve(memory) },
        copies,
        upkeep: { keep: (memory) => Promise.resolve(memory) },
        tell,
      },
      state,
      () => left-- > 0,
      60,
    );
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    assert.equal(gaps.length, 3);
    for (const gap of gaps) assert.ok(gap > 55, `${gap} ms`);
  });

  describe("on the ops host", () => {
    // Nobody listens there, nor where AWS is said to be.
    const nowhere = <T extends object>(node: T) => ({ ...node, privateIp: "127.0.0.77" });
    const described = describeCluster(sampleSettings(), "bucket");
    const cluster = {
      ...described,
      brokers: described.brokers.map(nowhere),
      zookeeper: described.zookeeper.map(nowhere),
    };
    const there = {
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL: "http://127.0.0.77:9",
    };
    const outer = { ...process.env };
    beforeEach(() => void Object.assign(process.env, there));
    afterEach(() => {
      for (const name of Object.keys(there)) {
        if (outer[name] === undefined) delete process.env[name];
        else process.env[name] = outer[name];
      }
    });

    /** Runs until something is there to see, and then some; ends when the second of its files has changed. */
    async function guardian(guardian: Partial<typeof cluster.guardian>, seen: () => boolean): Promise<string> {
      const [program, description] = [join(folder, "kafka-ops.js"), join(folder, "cluster.json")] as const;
      // The first one is not there all along, which is no change.
      writeFileSync(description, "{}");
      let ended = false;
      const settings = { ...cluster, guardian: { ...cluster.guardian, ...guardian } };
      const metrics = new MetricsFile("guardian", folder);
      const running = runGuardian(settings, state, [program, description], 5, metrics).then(() => (ended = true));
      while (!seen() && !ended) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, 30));
      assert.equal(ended, false, "it has ended by itself");
      writeFileSync(description, "{ }");
      await running;
      return printed.join("\n");
    }

    it("watches all nodes until a file of its own changes", async () => {
      const said = await guardian({ patienceSeconds: 77 }, () => existsSync(state));
      assert.match(said, /^kafka-test: watching 8 nodes, patience 77 s\n/);
      assert.match(said, /kafka-2: out since .*connection refused/);
      assert.match(said, /zookeeper-3: out since .*connection refused/);
      assert.match(said, /the groups can't be asked: .*DescribeAutoScalingGroups/);
      assert.match(said, /cluster\.json has changed: starting anew$/);
      const metrics = readFileSync(join(folder, "guardian.prom"), "utf8");
      assert.match(metrics, /^kafka_ops_node_out\{node="kafka-2",role="kafka",zone="us-east-1b"\} 1$/m);
      assert.match(metrics, /^kafka_ops_guardian_groups_unknown 1$/m);
    });

    it("says so when it only says what it would do", async () => {
      assert.match(
        await guardian({ dryRun: true }, () => existsSync(state)),
        /^kafka-test: watching 8 nodes, .*guardianDryRun/,
      );
    });

    it("watches nothing where it is switched off", async () => {
      const said = await guardian({ enabled: false }, () => printed.length > 0);
      assert.match(said, /^kafka-test: guardianEnabled is false: .*\n.*cluster\.json has changed: starting anew$/);
      assert.ok(!existsSync(state));
      assert.match(readFileSync(join(folder, "guardian.prom"), "utf8"), /^kafka_ops_guardian_enabled 0$/m);
    });
  });
});
