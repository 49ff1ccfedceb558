import assert from "node:assert/strict";
import type { TopicPartition } from "../../../../ops/kafka/admin";
import { ledByOthers } from "../../../../ops/balance/placementNow";
import { Leadership, warmMs } from "../../../../ops/guardian/leadership";
import { freshMemory, type Memory } from "../../../../ops/guardian/memory";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../../settings/sampleSettings";
import { begin, lookAt, run, start } from "./guardianFixtures";

const view = (leaders: readonly number[]) => ({
  brokers: [],
  controllerId: 1,
  topics: [
    {
      name: "events",
      partitions: leaders.map((leader, partition) => ({
        partition,
        leader,
        replicas: [partition + 1, 4, 5],
        isr: [4, 5, partition + 1],
      })),
    },
  ],
});

/** What was asked of Kafka, and what was said. */
function scene(leaders: readonly number[]) {
  const elected: TopicPartition[][] = [];
  const said: string[] = [];
  const cluster = describeCluster(sampleSettings(), "bucket");
  const leadership = new Leadership(cluster, {
    metadata: () => Promise.resolve(view(leaders)),
    electPreferred: (partitions) => {
      elected.push((partitions as readonly TopicPartition[]).map(({ topic, partition }) => ({ topic, partition })));
      return Promise.resolve();
    },
  });
  const restore = (memory: Memory, now: number, dryRun = false) =>
    leadership.restore(memory, dryRun, now, (line) => said.push(line));
  return { elected, said, restore };
}

const allWellFor = (seconds: number) => run(begin, seconds, () => lookAt());

describe("the leads of brokers that are back", () => {
  it("are the partitions whose first replica is in sync and does not lead", () => {
    const [events] = view([4, 2, 5]).topics;
    const outOfSync = { partition: 3, leader: 5, replicas: [1, 5], isr: [5] };
    assert.ok(events);
    const topics = [{ ...events, partitions: [...events.partitions, outOfSync] }];
    const found = ledByOthers({ topics }).map(({ topic, partition, replicas: [its] }) => [its, topic, partition]);
    assert.deepEqual(found, [
      [1, "events", 0],
      [3, "events", 2],
    ]);
  });

  it("are given back once all brokers have been well for a minute, and not before", async () => {
    const { elected, said, restore } = scene([4, 2, 3]);
    const { memory } = allWellFor(warmMs / 1000);
    await restore(memory, start + warmMs - 1);
    assert.deepEqual(elected, []);
    const now = start + warmMs;
    const after = await restore(memory, now);
    assert.deepEqual(elected, [[{ topic: "events", partition: 0 }]]);
    assert.deepEqual(said, ["kafka-1: leads 1 partition again that others led while it was away"]);
    assert.equal(after.decisions.at(-1)?.node, "kafka-1");
  });

  it("stay where they are while any broker is out, and for a minute after it is back", async () => {
    const { elected, restore } = scene([4, 4, 4]);
    const out = run(allWellFor(300), 20, () => lookAt({ "kafka-2": { problem: "not registered" } }));
    await restore(out.memory, out.now);
    const back = run(out, warmMs / 1000 - 5, () => lookAt());
    await restore(back.memory, back.now);
    assert.deepEqual(elected, []);
    const warm = run(back, 15, () => lookAt());
    await restore(warm.memory, warm.now);
    assert.equal(elected.length, 1);
  });

  it("are looked for once a minute", async () => {
    const { elected, restore } = scene([4, 2, 3]);
    const { memory } = allWellFor(300);
    for (let seconds = 300; seconds <= 420; seconds += 5) await restore(memory, start + seconds * 1000);
    assert.equal(elected.length, 3);
  });

  it("are asked for only where one is missing", async () => {
    const { elected, said, restore } = scene([1, 2, 3]);
    const { memory, now } = allWellFor(300);
    assert.equal(await restore(memory, now), memory);
    assert.deepEqual([elected, said], [[], []]);
  });

  it("are only spoken of in a dry run, and once", async () => {
    const { elected, said, restore } = scene([4, 4, 3]);
    const { memory, now } = allWellFor(300);
    await restore(memory, now, true);
    await restore(memory, now + 60_000, true);
    assert.deepEqual(elected, []);
    assert.deepEqual(said, [
      "kafka-1: would lead 1 partition again that others led while it was away",
      "kafka-2: would lead 1 partition again that others led while it was away",
    ]);
  });

  it("are nobody's before the first look", async () => {
    const { elected, restore } = scene([4, 4, 4]);
    await restore(freshMemory("test"), start);
    assert.deepEqual(elected, []);
  });
});
