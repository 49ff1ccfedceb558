import assert from "node:assert/strict";
import { Copies } from "../../../../ops/guardian/copies";
import { guardianStatus, guardianText } from "../../../../ops/guardian/status";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../../settings/sampleSettings";
import { FakeKafka } from "../fakeKafkaAdmin";
import { begin, lookAt, run, start } from "./guardianFixtures";
import type { NodeObservation } from "../../../../ops/guardian/observation";

const cluster = describeCluster(sampleSettings(), "bucket");

/** A cluster in which time passes by minutes, at each of which the guardian looks. */
function scene({ replicas = [1, 2, 3, 4], minimumRunning = 3 } = {}) {
  const kafka = new FakeKafka({
    brokers: [1, 2, 3, 4, 5],
    partitions: [
      { topic: "t", partition: 0, replicas, bytes: 1e6, ingest: 1000 },
      { topic: "t", partition: 1, replicas: [5, 2, 3, 4], bytes: 1e6 },
    ],
  });
  const state = { balanceRuns: false, dryRun: false };
  const said: string[] = [];
  const restarts: string[] = [];
  const copies = new Copies(
    { ...cluster, minimumRunning },
    (node) => Promise.resolve(void restarts.push(node)),
    kafka,
    () => state.balanceRuns,
  );
  let at = run(begin, 300, () => lookAt());
  /** @param changes of what the guardian sees meanwhile */
  const minutes = async (count: number, changes: Readonly<Record<string, Partial<NodeObservation>>> = {}) => {
    for (let index = 0; index < count; index++) {
      kafka.advance(60);
      at = run(at, 60, () => lookAt(changes));
      const memory = await copies.mend(at.memory, state.dryRun, at.now, (line) => said.push(line));
      at = { ...at, memory };
    }
    return at.memory;
  };
  return { kafka, state, said, restarts, copies, minutes };
}

/** The throttles that a balance leaves that was killed with SIGKILL. */
function throttle(kafka: FakeKafka): Promise<void> {
  const replicas = "leader.replication.throttled.replicas";
  return kafka.setConfigs([
    { type: "broker", name: "2", set: { "follower.replication.throttled.rate": "1000" } },
    { type: "topic", name: "t", set: { [replicas]: "0:1" } },
  ]);
}

describe("copies that the guardian watches", () => {
  it("are asked about once a minute, and nothing is said while all are in sync", async () => {
    const { kafka, said, copies, minutes } = scene();
    const memory = await minutes(3);
    await copies.mend(memory, false, start + 481_000 - 5000, assert.fail);
    assert.equal(kafka.calls.filter((call) => call === "metadata").length, 3 + 2 * 3);
    assert.ok(!kafka.calls.includes("logDirs"));
    assert.deepEqual([said, memory.concerns], [[], []]);
  });

  it("are rid of throttles that nobody needs any more, at the second look", async () => {
    const { kafka, said, minutes } = scene();
    await throttle(kafka);
    const { concerns } = await minutes(1);
    assert.match(concerns.join(), /^throttles are set on topic t, broker 2, and nothing moves/);
    assert.equal(kafka.throttles().length, 2);
    const after = await minutes(1);
    assert.deepEqual(kafka.throttles(), []);
    assert.deepEqual(after.concerns, []);
    assert.equal(after.decisions.at(-1)?.text, "removed the throttles of topic t, broker 2: no balance runs");
    assert.equal(said.length, 2);
  });

  it("keep the throttles of a balance that runs", async () => {
    const { kafka, state, said, minutes } = scene();
    await throttle(kafka);
    state.balanceRuns = true;
    await minutes(5);
    assert.deepEqual([kafka.throttles().length, said], [2, []]);
    // It was killed: two looks from here.
    state.balanceRuns = false;
    await minutes(1);
    assert.equal(kafka.throttles().length, 2);
    await minutes(1);
    assert.equal(kafka.throttles().length, 0);
  });

  it("keep their throttles while they move: without they would compete with the producers", async () => {
    const { kafka, said, minutes } = scene();
    await kafka.reassign([{ topic: "t", partition: 0, replicas: [1, 2, 3, 5] }]);
    kafka.kill(5);
    await throttle(kafka);
    await minutes(5);
    assert.equal(kafka.throttles().length, 2);
    assert.deepEqual(said, ["1 partitions are being moved, throttled, and nobody watches: run npm run ops -- balance"]);
  });

  it("keep everything in a dry run, which says so once", async () => {
    const { kafka, state, said, minutes } = scene();
    await throttle(kafka);
    state.dryRun = true;
    await minutes(5);
    assert.equal(kafka.throttles().length, 2);
    assert.deepEqual(said.slice(1), ["would remove the throttles of topic t, broker 2: no balance runs"]);
  });

  it("are stuck when they get no nearer for ten minutes: their broker is restarted, once", async () => {
    const { kafka, said, restarts, minutes } = scene();
    kafka.fallBehind("t-0", 3);
    const early = await minutes(10);
    assert.deepEqual([early.concerns, restarts], [[], []]);
    const memory = await minutes(1);
    assert.deepEqual(restarts, ["kafka-3"]);
    assert.deepEqual(said, [
      "kafka-3: its copies of t-0 have not come nearer to being in sync for 10 minutes",
      "kafka-3: restarts its service, so that it begins to copy anew",
    ]);
    assert.equal(memory.decisions.at(-1)?.node, "kafka-3");
    assert.match(
      guardianText(guardianStatus(cluster, memory, start), start),
      /\nATTENTION: kafka-3: its copies of t-0/,
    );
    // It did not help: a person has to look, and until then it is tried a few times a day.
    await minutes(5 * 60);
    assert.deepEqual(restarts, ["kafka-3"]);
    await minutes(60);
    assert.deepEqual(restarts, ["kafka-3", "kafka-3"]);
    kafka.revive(3);
    assert.deepEqual((await minutes(1)).concerns, []);
  });

  it("get all the time that they need while they come nearer", async () => {
    const { kafka, said, minutes } = scene();
    await kafka.reassign([{ topic: "t", partition: 0, replicas: [1, 2, 3, 5] }]);
    kafka.fallBehind("t-1", 3);
    kafka.setIngest("t-1", 0);
    const dirs = kafka.logDirs.bind(kafka);
    let copied = 0;
    kafka.logDirs = async () => {
      copied += 1000;
      const found = await dirs();
      const grown = (found.get(3) ?? []).map((dir) => ({
        ...dir,
        partitions: dir.partitions.map((one) => ({ ...one, bytes: one.bytes - 1e6 + copied })),
      }));
      return found.set(3, grown);
    };
    await minutes(30);
    assert.deepEqual(said, []);
  });

  it("are spoken of and left where they grow, yet get no nearer: a restart is no cure for that", async () => {
    const { kafka, said, restarts, minutes } = scene();
    kafka.fallBehind("t-0", 3);
    kafka.setIngest("t-0", 1e6);
    const dirs = kafka.logDirs.bind(kafka);
    let copied = 0;
    kafka.logDirs = async () => {
      copied += 1000;
      const found = await dirs();
      const grown = (found.get(3) ?? []).map((dir) => ({
        ...dir,
        partitions: dir.partitions.map((one) => ({ ...one, bytes: one.bytes + copied })),
      }));
      return found.set(3, grown);
    };
    await minutes(12);
    assert.deepEqual(said, [
      "kafka-3: its copies of t-0 have not come nearer to being in sync for 10 minutes, though they grow",
    ]);
    assert.deepEqual(restarts, []);
  });

  it("cost no broker that the others can't spare, nor more than one, nor one in a dry run", async () => {
    const two = scene();
    two.kafka.fallBehind("t-0", 3);
    two.kafka.fallBehind("t-0", 2);
    const few = scene({ minimumRunning: 5 });
    few.kafka.fallBehind("t-0", 3);
    const thin = scene({ replicas: [1, 3] });
    await thin.kafka.setConfigs([{ type: "topic", name: "t", set: { "min.insync.replicas": "2" } }]);
    thin.kafka.fallBehind("t-0", 3);
    const dry = scene();
    dry.state.dryRun = true;
    dry.kafka.fallBehind("t-0", 3);
    for (const one of [two, few, thin, dry]) {
      await one.minutes(15);
      assert.deepEqual(one.restarts, []);
      assert.ok(one.said.length > 0);
    }
    assert.match(dry.said.at(-1) ?? "", /^kafka-3: would restart/);
  });

  it("cost no broker while another node is out", async () => {
    const { kafka, restarts, minutes } = scene();
    kafka.fallBehind("t-0", 3);
    await minutes(20, { "zookeeper-2": { problem: "connection refused" } });
    assert.deepEqual(restarts, []);
    await minutes(3);
    assert.deepEqual(restarts, ["kafka-3"]);
  });

  it("of a broker that is out are not counted, and those without a leader neither", async () => {
    const { kafka, said, minutes } = scene();
    kafka.fallBehind("t-0", 3);
    await minutes(20, { "kafka-3": { problem: "connection refused" } });
    const leaderless = scene({ replicas: [3] });
    leaderless.kafka.fallBehind("t-0", 3);
    await leaderless.minutes(20);
    assert.deepEqual([said, leaderless.said], [[], []]);
  });
});
