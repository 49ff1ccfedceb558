import assert from "node:assert/strict";
import { describeCluster } from "../../../planning/cluster/clusterDescription";
import { topicsVerdict, differenceText, planTopicChanges, topicDrift } from "../../../ops/topicChanges";
import { existingTopics, reconcileTopics } from "../../../ops/topics";
import { sampleSettings } from "../settings/sampleSettings";
import { FakeKafka } from "./fakeKafkaAdmin";

const clusterOf = (...topics: object[]) =>
  describeCluster(
    sampleSettings({
      topics: topics.map((topic) => ({ name: "clicks", partitions: 15, retentionHours: 24, ...topic })),
    }),
    "bucket",
  );

const brokers = [1, 2, 3, 4, 5];
const changing = ["createTopics", "createPartitions", "setConfigs"];

/** A cluster that an earlier update has brought to these settings. */
async function broughtTo(cluster: ReturnType<typeof clusterOf>) {
  const kafka = new FakeKafka({ brokers, partitions: [{ topic: "somebody-else", partition: 0, replicas: [1] }] });
  const lines: string[] = [];
  const run = (settings: typeof cluster) => {
    kafka.calls.length = 0;
    lines.length = 0;
    return reconcileTopics(settings, 5, kafka, (line) => lines.push(line));
  };
  await run(cluster);
  return {
    kafka,
    lines,
    run,
    changes: () => kafka.calls.filter((call) => changing.includes(call)),
    drift: async () => topicDrift(cluster.topics, await existingTopics(kafka, cluster.topics)),
    clicks: async () => {
      const [found] = await existingTopics(kafka, cluster.topics);
      assert.ok(found);
      return found;
    },
    byHand: (set: Record<string, string>, remove: string[] = []) =>
      kafka.setConfigs([{ type: "topic", name: "clicks", set, remove }]),
  };
}

const countsOf = (ids: readonly number[]) => brokers.map((id) => ids.filter((other) => other === id).length);

describe("topics", () => {
  it("are created with their placement and settings; other people's are left alone", async () => {
    const cluster = clusterOf({});
    const { kafka, lines, changes, clicks } = await broughtTo(cluster);
    assert.deepEqual(changes(), ["createTopics"]);
    const [wanted] = cluster.topics;
    assert.deepEqual(await clicks(), { name: "clicks", replicas: wanted?.replicaAssignment, config: wanted?.config });
    assert.equal(lines[0], "topics: clicks: new, with 15 partitions of 4 copies");
    assert.match(lines.at(-1) ?? "", /all 1 in sync after \d+ s \(1 created, 0 changed\)/);
    assert.equal(kafka.setting("topic", "somebody-else", "retention.ms"), undefined);
  });

  it("that are as they should be are not touched, however Kafka writes a number", async () => {
    const cluster = clusterOf({ config: { "min.cleanable.dirty.ratio": 1 } });
    const { lines, run, changes, byHand } = await broughtTo(cluster);
    await byHand({ "min.cleanable.dirty.ratio": "1.0" });
    assert.equal(await run(cluster), true);
    assert.deepEqual(changes(), []);
    assert.match(lines.join("\n"), /^topics: all 1 in sync after \d+ s \(0 created, 0 changed\)$/);
  });

  it("get more partitions beside those they have, evenly", async () => {
    const { lines, run, changes, clicks } = await broughtTo(clusterOf({ partitions: 12 }));
    const before = await clicks();
    assert.equal(await run(clusterOf({ partitions: 20 })), true);
    const { replicas } = await clicks();
    assert.deepEqual(replicas.slice(0, 12), before.replicas);
    assert.deepEqual(countsOf(replicas.flat()), [16, 16, 16, 16, 16]);
    assert.deepEqual(countsOf(replicas.map(([leader = 0]) => leader)), [4, 4, 4, 4, 4]);
    assert.deepEqual(changes(), ["createPartitions", "setConfigs"]);
    assert.equal(lines[0], "topics: clicks: partitions 12 -> 20");
    assert.match(lines.at(-1) ?? "", /\(0 created, 1 changed\)$/);
  });

  it("get added partitions of as many copies as they have, which Kafka insists on", () => {
    const { addPartitions } = planTopicChanges(clusterOf({ partitions: 3 }), [
      { name: "clicks", replicas: [[1, 2, 3]], config: {} },
    ]);
    assert.deepEqual(
      addPartitions[0]?.assignments.map((replicas) => replicas.length),
      [3, 3],
    );
  });

  it("are changed each for itself: created, given partitions, and set what differs of its own settings", () => {
    const cluster = clusterOf({ partitions: 16 }, { name: "views" }, { name: "new" }, { name: "same" });
    const found = ["clicks", "views", "same"].map((name) => {
      const wanted = cluster.topics.find((topic) => topic.name === name)!;
      return { name, replicas: wanted.replicaAssignment.slice(0, 15), config: wanted.config };
    });
    const existing = found.map((topic) =>
      topic.name === "views" ? { ...topic, config: { ...topic.config, "retention.ms": "1" } } : topic,
    );
    const { create, addPartitions, setConfigs } = planTopicChanges(cluster, existing);
    assert.deepEqual(
      create.map(({ name }) => name),
      ["new"],
    );
    assert.deepEqual(
      addPartitions.map(({ topic, count, assignments }) => [topic, count, assignments.length]),
      [["clicks", 16, 1]],
    );
    assert.deepEqual(setConfigs, [{ type: "topic", name: "views", set: { "retention.ms": "86400000" }, remove: [] }]);
  });

  it("are read with their partitions in order and their own settings alone; nothing is asked of none", async () => {
    const cluster = clusterOf({});
    const kafka = new FakeKafka({
      brokers,
      partitions: [1, 0].map((partition) => ({ topic: "clicks", partition, replicas: [partition + 1, 4] })),
    });
    await kafka.setConfigs([{ type: "topic", name: "clicks", set: { "flush.ms": "1" } }]);
    assert.deepEqual(await existingTopics(kafka, cluster.topics), [
      {
        name: "clicks",
        replicas: [
          [1, 4],
          [2, 4],
        ],
        config: { "flush.ms": "1" },
      },
    ]);
    kafka.calls.length = 0;
    assert.deepEqual(await existingTopics(kafka, []), []);
    assert.deepEqual(kafka.calls, ["metadata"]);
  });

  it("have the configs changed that the settings name", async () => {
    const { kafka, lines, run, byHand } = await broughtTo(clusterOf({ config: { "compression.type": "zstd" } }));
    // Without its own it would follow the brokers' default.
    await byHand({}, ["min.insync.replicas"]);
    assert.equal(await run(clusterOf({ retentionHours: 48, config: { "compression.type": "lz4" } })), true);
    const values = ["compression.type", "retention.ms", "min.insync.replicas"].map((key) =>
      kafka.setting("topic", "clicks", key),
    );
    assert.deepEqual(values, ["lz4", "172800000", "2"]);
    assert.deepEqual(lines.slice(0, 4), [
      "topics: clicks: retention.ms 86400000 -> 172800000",
      "topics: clicks: segment.ms 8640000 -> 17280000",
      "topics: clicks: min.insync.replicas (not set) -> 2",
      "topics: clicks: compression.type zstd -> lz4",
    ]);
    assert.match(lines.at(-1) ?? "", /\(0 created, 1 changed\)/);
  });

  it("have configs that the settings do not name any more at the brokers' own, but for throttles", async () => {
    const { kafka, lines, run, byHand, drift } = await broughtTo(clusterOf({ config: { "compression.type": "zstd" } }));
    const throttle = "leader.replication.throttled.replicas";
    await byHand({ "flush.ms": "1000", [throttle]: "3:1" });
    assert.deepEqual((await drift()).map(differenceText), ["clicks: flush.ms 1000 -> (not set)"]);
    assert.equal(await run(clusterOf({})), true);
    const values = ["flush.ms", "compression.type", throttle].map((key) => kafka.setting("topic", "clicks", key));
    assert.deepEqual(values, [undefined, undefined, "3:1"]);
    assert.deepEqual(lines.slice(0, 2), [
      "topics: clicks: compression.type zstd -> (not set)",
      "topics: clicks: flush.ms 1000 -> (not set)",
    ]);
    assert.deepEqual([await run(clusterOf({})), lines.length], [true, 1]);
  });

  it("never shrink: an error that names each, before anything is changed", async () => {
    const { run, changes } = await broughtTo(clusterOf({}, { name: "views" }));
    const fewer = clusterOf({ partitions: 6 }, { name: "views", partitions: 14 }, { name: "new" });
    await assert.rejects(run(fewer), {
      message:
        "topics[0].partitions: 6 is below the 15 partitions that clicks has, and Kafka can't remove any; " +
        "give 15 or more, or a topic of another name\n" +
        "topics[1].partitions: 14 is below the 15 partitions that views has, and Kafka can't remove any; " +
        "give 15 or more, or a topic of another name",
    });
    assert.deepEqual(changes(), []);
  });

  it("go on where a run was cut off", async () => {
    const { kafka, run, changes, clicks } = await broughtTo(clusterOf({}));
    const larger = clusterOf({ partitions: 20, retentionHours: 48 });
    kafka.setConfigs = () => Promise.reject(new Error("no answer"));
    await assert.rejects(run(larger), /no answer/);
    Reflect.deleteProperty(kafka, "setConfigs");
    assert.equal(await run(larger), true);
    assert.deepEqual(changes(), ["setConfigs"]);
    assert.equal((await clicks()).replicas.length, 20);
    assert.equal(kafka.setting("topic", "clicks", "retention.ms"), "172800000");
  });

  it("that do not get in sync in time are named", async () => {
    const { kafka } = await broughtTo(clusterOf({}));
    kafka.fallBehind(
      "clicks-3",
      (await kafka.metadata()).topics.find(({ name }) => name === "clicks")!.partitions[3]!.leader,
    );
    const complained: string[] = [];
    const complain = console.error;
    console.error = (line: string) => void complained.push(line);
    try {
      assert.equal(await reconcileTopics(clusterOf({}), 1, kafka, () => undefined), false);
    } finally {
      console.error = complain;
    }
    assert.match(complained.join("\n"), /^topics: not in sync within 1 s: cluster: topic clicks .* \(3\)$/);
  });

  it("are waited for while no broker answers", async () => {
    const cluster = clusterOf({});
    const { kafka, lines, run } = await broughtTo(cluster);
    const metadata = kafka.metadata.bind(kafka);
    let asked = 0;
    kafka.metadata = () => (++asked === 2 ? Promise.reject(new Error("no broker answers")) : metadata());
    assert.equal(await run(cluster), true);
    assert.ok(lines.some((line) => line.includes("topic clicks is not known yet")));
  });

  it("show their drift", async () => {
    const { kafka, byHand, drift } = await broughtTo(clusterOf({}, { name: "views" }));
    assert.deepEqual(await drift(), []);
    kafka.deleteTopic("views");
    await kafka.createPartitions("clicks", 16, [[1, 2, 3, 4]]);
    await byHand({ "retention.ms": "1" });
    assert.deepEqual((await drift()).map(differenceText), [
      "clicks: partitions 16 -> 15",
      "clicks: retention.ms 1 -> 86400000",
    ]);
  });

  it("are ready with a full ISR everywhere; else it says which partitions lack it", () => {
    const partition = (number: number, isr: number[]) => ({ partition: number, leader: 1, replicas: [1, 2], isr });
    const ready = [{ name: "t", partitions: [partition(0, [1, 2]), partition(1, [2, 1])] }];
    const behind = [{ name: "t", partitions: [partition(0, [1, 2]), partition(1, [1])] }];
    assert.equal(topicsVerdict(["t"], ready).satisfied, true);
    assert.match(topicsVerdict(["t"], behind).missing[0]?.what ?? "", /no full ISR in 1 partition \(1\)/);
    assert.match(topicsVerdict(["t"], []).missing[0]?.what ?? "", /not known yet/);
    assert.deepEqual(
      [topicsVerdict(["t", "u"], ready).satisfied, topicsVerdict(["t", "u"], ready).summary],
      [false, "1 of 2 topics in sync"],
    );
    const leaderless = [{ name: "t", partitions: [{ ...partition(0, [1, 2]), leader: -1 }] }];
    assert.equal(topicsVerdict(["t"], leaderless).satisfied, false);
    const numbers = (count: number) => [
      { name: "t", partitions: Array.from({ length: count }, (_, index) => partition(count - 1 - index, [2])) },
    ];
    assert.match(topicsVerdict(["t"], numbers(10)).missing[0]?.what ?? "", /in 10 partitions \(0, 1, .*, 8, 9\)$/);
    assert.match(topicsVerdict(["t"], numbers(12)).missing[0]?.what ?? "", /in 12 partitions \(0, 1, .*, 9 …\)$/);
  });
});
