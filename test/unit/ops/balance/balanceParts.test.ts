import assert from "node:assert/strict";
import type { Move } from "../../../../planning/placement/replicaMoves";
import { formatBytes, formatRate, formatSeconds } from "../../../../ops/balance/format";
import { copySeconds, nextMoves } from "../../../../ops/balance/pace";
import {
  allPartitions,
  balanceText,
  brokerNames,
  copiesOn,
  copySizes,
  largestCopy,
  leavingBrokers,
  moveInput,
  moveUnderWay,
  wantedCopies,
} from "../../../../ops/balance/placementNow";
import { clusterRefusals, diskRefusals, replicaRefusals } from "../../../../ops/balance/preflight";
import { Progress, stateOf, type CopyObservation } from "../../../../ops/balance/progress";
import { BalanceError, patienceMs, Session, type Clock } from "../../../../ops/balance/session";
import { copiesToHoldBack, setThrottles, throttleRates } from "../../../../ops/balance/throttles";
import { Traffic } from "../../../../ops/balance/traffic";
import type { LogDir } from "../../../../ops/kafka/admin";
import type { ClusterView, PartitionView } from "../../../../ops/kafkaGate";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../../settings/sampleSettings";
import { FakeKafka } from "../fakeKafkaAdmin";

const cluster = describeCluster(
  sampleSettings({ topics: [{ name: "events", partitions: 3, retentionHours: 24 }] }),
  "bucket",
);

function move(from: readonly number[], to: readonly number[], bytes = 100e6, partition = 0): Move {
  return { topic: "events", partition, from, to, bytes };
}

const placed = (partition: number, replicas: readonly number[], more: Partial<PartitionView> = {}): PartitionView => {
  return { partition, leader: replicas[0] ?? -1, replicas, isr: replicas, ...more };
};

const viewOf = (partitions: readonly PartitionView[], brokers = [1, 2, 3, 4, 5, 6], topic = "events"): ClusterView => ({
  brokers: brokers.map((id) => ({ id, host: `kafka-${id}.kafka.internal`, port: 9092 })),
  controllerId: 1,
  topics: [{ name: topic, partitions }],
});

/** Bytes by partition of `events`, then by broker. */
const sizesOf = (sizes: Readonly<Record<number, Readonly<Record<number, number>>>>) =>
  new Map(
    Object.entries(sizes).map(([partition, brokers]) => [
      `events-${partition}`,
      new Map(Object.entries(brokers).map(([broker, bytes]) => [Number(broker), bytes])),
    ]),
  );

describe("balance: figures for people", () => {
  it("have as many digits as they are worth", () => {
    const texts = [0, 1e5, 1.25e6, 9.9e6, 9.95e6, 512e6, 0.95e9, 4.8e9, 99.9e9, 99.95e9, 1.5e12].map(formatBytes);
    assert.deepEqual(texts, [
      "0 MB",
      "0.1 MB",
      "1.3 MB",
      "9.9 MB",
      "10 MB",
      "512 MB",
      "0.9 GB",
      "4.8 GB",
      "99.9 GB",
      "100 GB",
      "1500 GB",
    ]);
    assert.equal(formatRate(43e6), "43 MB/s");
    assert.deepEqual([0.2, 45, 119.5, 120, 121, 7199, 7200, 12_240].map(formatSeconds), [
      "1 s",
      "45 s",
      "120 s",
      "2 min",
      "3 min",
      "120 min",
      "2.0 h",
      "3.4 h",
    ]);
  });
});

describe("balance: how far it is", () => {
  const looked = (
    view: ClusterView,
    sizes: CopyObservation["sizes"],
    underWay: readonly number[] = [],
  ): CopyObservation => ({
    view,
    sizes,
    underWay: underWay.map((partition) => ({ topic: "events", partition, replicas: [], adding: [], removing: [] })),
  });

  it("a move has ended when its copies are where they are to be, led and in sync, and Kafka moves them no more", () => {
    const one = move([1, 2], [3, 2]);
    const ended = (partition: PartitionView | undefined, underWay: readonly number[] = []) =>
      stateOf([one], looked(viewOf(partition ? [partition] : []), sizesOf({}), underWay)).ended.length === 1;
    assert.equal(ended(placed(0, [3, 2])), true);
    assert.equal(ended(undefined), true, "its topic is gone");
    assert.equal(ended(placed(0, [3, 2]), [0]), false);
    assert.equal(ended(undefined, [0]), false);
    assert.equal(ended(placed(0, [2, 3])), false);
    assert.equal(ended(placed(0, [3, 2], { leader: -1 })), false);
    assert.equal(ended(placed(0, [3, 2], { isr: [3] })), false);
    assert.equal(ended(placed(0, [3, 2], { leader: 0 })), true);
  });

  it("counts what the new copies have, of what they are to have, and what they lack as events come in", () => {
    const state = stateOf(
      [move([1, 2], [3, 4], 200e6), move([5], [5, 6], 50e6, 1), move([1], [2], 70e6, 2)],
      looked(
        viewOf([placed(0, [1, 2, 3, 4]), placed(1, [5, 6], { isr: [5] }), placed(2, [2])]),
        // The first partition has 100 MB that are to be copied twice; by now there are 110.
        sizesOf({ 0: { 1: 110e6, 2: 90e6, 3: 105e6, 4: 20e6 }, 1: { 5: 50e6, 6: 10e6 }, 2: { 2: 70e6 } }),
        [0],
      ),
    );
    assert.deepEqual(
      [state.open.length, state.ended.length, state.bytesCopied, state.bytesBehind],
      [2, 1, 100e6 + 20e6 + 10e6, 5e6 + 90e6 + 40e6],
    );
  });

  it("says it in a line: partitions, bytes, speed of the last half minute, the time left, and what moves to where", () => {
    const progress = new Progress(3, 300e6, (id) => `kafka-${id}`);
    assert.equal(progress.line(), "0 of 3 partitions, 0 MB of 300 MB copied, 0 MB/s");
    const first = move([1, 2], [6, 2], 100e6);
    const [second, third] = [move([1, 3], [5, 3], 100e6, 1), move([3, 1], [1, 3], 0, 2)];
    progress.update({ ended: [], open: [first, second], bytesCopied: 40e6, bytesBehind: 160e6 }, 1000);
    assert.equal(
      progress.line(),
      "0 of 3 partitions, 40 MB of 300 MB copied, 0 MB/s; moving events-0, events-1 to kafka-5, kafka-6",
    );
    progress.update({ ended: [first], open: [second], bytesCopied: 20e6, bytesBehind: 80e6 }, 5000);
    assert.equal(
      progress.line(),
      "1 of 3 partitions, 120 MB of 300 MB copied, 20 MB/s, about 9 s left; moving events-1 to kafka-5",
    );
    assert.deepEqual(progress.figures(), { partitions: 3, partitions_done: 1, bytes: 300e6, bytes_done: 120e6 });
    progress.update({ ended: [], open: [second], bytesCopied: 30e6, bytesBehind: 70e6 }, 40_000);
    progress.update({ ended: [], open: [second], bytesCopied: 40e6, bytesBehind: 60e6 }, 60_000);
    // From the last look before the window on: 20 MB in 55 s.
    assert.match(progress.line(), /140 MB of 300 MB copied, 0\.4 MB\/s, about 8 min left/);
    progress.update({ ended: [second], open: [third], bytesCopied: 0, bytesBehind: 0 }, 61_000);
    assert.match(progress.line(), /^2 of 3 partitions, 200 MB of 300 MB .*; moving events-2$/);
    progress.update({ ended: [third], open: [], bytesCopied: 250e6, bytesBehind: 0 }, 62_000);
    assert.match(
      progress.line(),
      /^3 of 3 partitions, 300 MB of 300 MB copied, \S+ MB\/s$/,
      "all, and no time is left",
    );
  });
});

describe("balance: what moves at once", () => {
  const limits = { copiesPerBroker: 3, bytesPerBroker: 250e6, begunTogether: 2 };
  const begun = (waiting: readonly Move[], underWay: readonly Move[] = [], more: Partial<typeof limits> = {}) =>
    nextMoves(waiting, underWay, { ...limits, ...more }).next.map(({ partition }) => partition);

  it("as many copies and bytes as a broker may take in or give out, what is under way among them", () => {
    const fromOne = [1, 2, 3, 4].map((partition) => move([1], [1, partition + 1], 10e6, partition));
    assert.deepEqual(begun(fromOne, [], { begunTogether: 9 }), [1, 2, 3]);
    assert.deepEqual(begun(fromOne, [move([1], [1, 6], 10e6)], { begunTogether: 9 }), [1, 2]);
    assert.deepEqual(begun(fromOne), [1, 2]);
    const heavy = [move([1], [1, 3], 150e6, 1), move([2], [2, 3], 100e6, 2), move([4], [4, 3], 1, 3)];
    assert.deepEqual(begun(heavy, [], { begunTogether: 9 }), [1, 2], "the limit itself is kept to");
    assert.deepEqual(begun(heavy, [move([5], [5, 3], 1e6)], { begunTogether: 9 }), [1, 3], "what fits passes by");
    assert.deepEqual(begun([move([1], [1, 2], 9e9, 7)]), [7], "a larger one moves by itself");
    const { next, rest } = nextMoves(heavy, [], limits);
    assert.deepEqual([...next, ...rest].length, 3);
  });

  it("two copies of one partition weigh on its leader twice, and on each receiver once", () => {
    const twice = move([1], [1, 2, 3], 200e6, 1);
    assert.deepEqual(begun([move([1], [1, 4], 60e6, 2)], [twice]), []);
    assert.deepEqual(begun([move([4], [4, 2], 150e6, 2)], [twice]), [2]);
    assert.deepEqual(begun([move([1], [1, 4], 1, 2), move([1], [1, 5], 1, 3)], [twice]), [2]);
  });

  it("a move that copies nothing weighs nothing", () => {
    const full = [1, 2, 3].map((partition) => move([1], [1, partition + 1], 80e6, partition));
    assert.deepEqual(begun([move([1, 2], [2, 1], 0, 4), move([], [1], 0, 5)], full), [4, 5]);
  });

  it("takes as long as the broker needs that has most to take in, or most to give out", () => {
    assert.equal(copySeconds([], 10e6), 0);
    assert.equal(copySeconds([move([1], [1, 2], 100e6), move([1], [1, 3], 50e6, 1)], 10e6), 15);
    assert.equal(copySeconds([move([1], [1, 3], 100e6), move([2], [2, 3], 70e6, 1)], 10e6), 17);
    // In and out are two directions.
    assert.equal(copySeconds([move([1], [1, 2], 100e6), move([2], [2, 1], 70e6, 1)], 10e6), 10);
    assert.equal(copySeconds([move([1], [1, 2, 3], 200e6)], 10e6), 20);
  });
});

describe("balance: what is where", () => {
  const view = viewOf([placed(0, [1, 2, 9]), placed(1, [2, 1, 8], { leader: 1 }), placed(2, [10, 2], { leader: -1 })]);

  it("names brokers in the order of their ids, each once", () => {
    assert.equal(brokerNames(cluster, [10, 2, 9, 2]), "kafka-2, broker 9, broker 10");
  });

  it("knows those that the settings no longer name, registered or only as holders of copies", () => {
    assert.deepEqual(leavingBrokers(cluster, view), [6, 8, 9, 10]);
  });

  it("tells the spread", () => {
    assert.equal(copiesOn(view, 2), 3);
    assert.equal(
      balanceText(cluster, view),
      "copies per broker 0 to 3, leaders 0 to 2 (kafka-1 2/2, kafka-2 3/0, kafka-3 0/0, kafka-4 0/0, kafka-5 0/0)",
    );
  });

  it("gives our topics and Kafka's own the number of copies that the settings want, and others what they have", () => {
    const two = { ...cluster, topics: [...cluster.topics, { ...cluster.topics[0]!, name: "more" }] };
    assert.deepEqual(
      ["events", "more", "__consumer_offsets", "theirs"].map((topic) => wantedCopies(two, topic)),
      [4, 4, 4, undefined],
    );
  });

  it("goes by the largest copy: one that is being made is smaller, one that moves between disks is none", () => {
    const folder = (...copies: readonly [number, number, boolean][]): LogDir[] => [
      {
        path: "/data",
        totalBytes: 1e9,
        usableBytes: 1e9,
        partitions: copies.map(([partition, bytes, isFuture]) => ({ topic: "events", partition, bytes, isFuture })),
      },
    ];
    const sizes = copySizes(new Map([
      [1, folder([0, 50, false], [0, 99, true])],
      [2, folder([0, 70, false], [1, 5, false])],
    ])); // prettier-ignore
    assert.equal(largestCopy(sizes, { topic: "events", partition: 0 }, [1, 2]), 70);
    assert.equal(largestCopy(sizes, { topic: "events", partition: 0 }, [1, 3]), 50);
    assert.equal(largestCopy(sizes, { topic: "events", partition: 7 }, [1]), 0);
    const input = moveInput(cluster, viewOf([placed(0, [1, 2]), placed(1, [1, 2])]), sizes);
    assert.deepEqual(
      input.partitions.map(({ bytes }) => bytes),
      [70, 5],
    );
    assert.deepEqual(
      moveUnderWay(
        { topic: "events", partition: 0, replicas: [3, 4, 1, 2], adding: [3, 4], removing: [1] },
        sizesOf({ 0: { 1: 60, 2: 70, 3: 90 } }),
      ),
      { topic: "events", partition: 0, from: [1, 2], to: [3, 4, 2], bytes: 140 },
    );
  });
});

describe("balance: what speaks against it", () => {
  it("brokers that are missing, and fewer left than may be, or than a topic has copies", () => {
    const four = { ...cluster, brokers: cluster.brokers.slice(0, 4), minimumRunning: 4 };
    const kept = viewOf([placed(0, [1, 2, 3, 4])]);
    assert.deepEqual(clusterRefusals(four, kept), []);
    assert.match(clusterRefusals({ ...four, minimumRunning: 5 }, kept).join(), /^brokerCount: 4 brokers would be left/);
    const wide = viewOf([placed(0, [1, 2, 3, 4, 5])], undefined, "theirs");
    assert.match(clusterRefusals(four, wide).join(), /^topic theirs has 5 copies of a partition, 4 brokers would be/);
    assert.match(
      clusterRefusals(four, viewOf([placed(0, [1])], [1, 3])).join(),
      /^kafka-2, kafka-4: in the settings, but not registered/,
    );
  });

  it("a partition that is to move and has no leader, or a copy behind that is to stay", () => {
    const partitions = [
      placed(0, [1, 2], { leader: -1 }),
      placed(1, [1, 2], { isr: [1] }),
      placed(2, [1, 6], { isr: [1] }),
      placed(3, [1, 2], { leader: 0 }),
    ];
    const refused = (...moved: number[]) =>
      replicaRefusals(
        cluster,
        viewOf(partitions),
        moved.map((partition) => move([1], [2], 1, partition)),
      ).join("\n");
    assert.match(refused(0), /^events-0 has no leader; start one of its brokers first$/);
    assert.match(refused(1), /^events-1 is not in sync on kafka-2; wait/);
    assert.equal(refused(2, 3), "");
    assert.equal(refused(), "");
  });

  it("a volume that would be filled beyond 85 %, with what it has to grow by", () => {
    const gibibyte = 1024 ** 3;
    /** The refusals for disks of 100 GiB; broker 6 has the partition's copy of 20 GiB. */
    const refused = (usedGiB: number, one: Move, totalGiB = 100) =>
      diskRefusals(
        cluster,
        new Map([
          [
            2,
            [
              {
                path: "",
                totalBytes: totalGiB * gibibyte,
                usableBytes: (totalGiB - usedGiB) * gibibyte,
                partitions: [],
              },
            ],
          ],
          [
            6,
            [
              {
                path: "",
                totalBytes: 100 * gibibyte,
                usableBytes: 0,
                partitions: [{ topic: "events", partition: 0, bytes: 20 * gibibyte, isFuture: false }],
              },
            ],
          ],
        ]),
        [one],
      );
    const comes = move([6], [2], 20 * gibibyte);
    assert.deepEqual(refused(65, comes), []);
    const [fault] = refused(66, comes);
    assert.match(
      fault ?? "",
      /^kafka-2 would hold 92\.3 GB of 107 GB \(86 %, at most 85 % is allowed\): .*by at least 2,/,
    );
    // Two new copies: each broker gets half of what is copied.
    assert.deepEqual(refused(65, move([6], [2, 3], 40 * gibibyte)), []);
    assert.deepEqual(refused(99, move([2], [6], 0)), [], "who gains nothing is asked nothing");
    assert.deepEqual(refused(0, comes, 0), [], "and who does not know its disk can't be");
  });
});

describe("balance: a run's patience", () => {
  class HandClock implements Clock {
    time = 5000;
    ticks: (() => void)[] = [];
    now = () => this.time;
    pause = (ms: number) => {
      this.time += ms;
      return Promise.resolve();
    };
    every = (_: number, action: () => void) => {
      this.ticks.push(action);
      return () => void (this.ticks = []);
    };
  }
  function begun(deadlineSeconds = 3600) {
    const clock = new HandClock();
    const lines: string[] = [];
    const end = new AbortController();
    const session = new Session(clock, end.signal, deadlineSeconds, (line) => lines.push(line));
    return { clock, lines, end, session };
  }

  it("asks again for as long as a dead broker may take, and says each reason once", async () => {
    const { clock, lines, session } = begun();
    let asked = 0;
    assert.equal(await session.ask(() => (++asked < 4 ? Promise.reject(new Error("no")) : Promise.resolve(7))), 7);
    assert.deepEqual([lines, clock.time], [["balance: trying again: no"], 8000]);
    const reasons = ["no", "no", "other"];
    await session.ask(() => (reasons.length > 0 ? Promise.reject(new Error(reasons.shift())) : Promise.resolve()));
    assert.deepEqual(lines.slice(1), ["balance: trying again: no", "balance: trying again: other"]);
    const before = clock.time;
    await assert.rejects(
      session.ask(() => Promise.reject(new Error("gone"))),
      /does not do what it is asked: gone/,
    );
    assert.equal(clock.time - before, patienceMs + 1000);
  });

  it("ends with its deadline, or when it is told to, and says what to do; cleaning up goes on", async () => {
    const { session, clock, end } = begun(10);
    session.doing = () => "moving events-3";
    await session.pause(9000);
    assert.equal(session.seconds(), 9);
    await assert.rejects(session.pause(1000), (error: Error) => {
      assert.ok(error instanceof BalanceError);
      assert.match(error.message, /^not done within 10 s: moving events-3; what has been moved stays/);
      return true;
    });
    await session.rest(5000);
    assert.equal(clock.time, 5000 + 9000 + 1000 + 5000);
    end.abort();
    await assert.rejects(session.pause(1), /^BalanceError: interrupted; run it again/);
    await assert.rejects(begun(0).session.pause(1), /it is doing|looking at the cluster/);
  });

  it("says what it is at when it has said nothing for a while, until it is told to be quiet", () => {
    const { session, clock, lines } = begun();
    const quiet = session.keepTalking();
    const tick = (ms: number) => {
      clock.time += ms;
      clock.ticks.forEach((action) => action());
    };
    tick(4000);
    assert.deepEqual(lines, []);
    tick(1000);
    assert.deepEqual(lines, ["balance: looking at the cluster"]);
    session.say("something");
    tick(4000);
    assert.equal(lines.length, 2);
    quiet();
    tick(9000);
    assert.equal(lines.length, 2);
  });
});

describe("balance: the throttle", () => {
  it("lets through the rate beside what a leader sends anyway, and half as much again as comes in for new copies", () => {
    const view = viewOf([placed(0, [1, 2, 3]), placed(1, [4, 5]), placed(2, [1, 2])]);
    const ingest = new Map([
      ["events-0", 10e6],
      ["events-1", 1e6],
      ["events-2", 100e6],
    ]);
    // Leader 1 sends to two followers in sync, and to two new copies.
    const moves = [move([1, 2, 3], [1, 6, 5], 1e9), move([4, 5], [4, 6], 1e9, 1)];
    assert.deepEqual(throttleRates(moves, view, ingest, 5e6), { sent: 20e6 + 30e6, received: 16.5e6 });
    assert.deepEqual(throttleRates(moves, view, ingest, 90e6), { sent: 20e6 + 90e6, received: 90e6 });
    // A copy that has caught up is a follower in sync.
    const joined = viewOf([placed(0, [1, 2, 3, 6, 5], { isr: [1, 2, 3, 6] }), placed(1, [4, 5])]);
    assert.deepEqual(throttleRates(moves, joined, ingest, 5e6), { sent: 30e6 + 15e6, received: 15e6 });
    const alone = viewOf([placed(0, [1], { isr: [] })]);
    assert.deepEqual(throttleRates([move([1], [1, 6])], alone, new Map([["events-0", 1e6]]), 5e6).sent, 5e6);
  });

  it("holds back copies that lack more than comes in one and a half seconds at the rate", () => {
    const held = (bytes: number) =>
      copiesToHoldBack([move([1], [1, 2, 3])], sizesOf({ 0: { 1: 100e6, 2: bytes, 3: 100e6 } }), 10e6);
    assert.deepEqual(held(85e6), []);
    assert.deepEqual(held(84e6), [{ topic: "events", partition: 0, from: [1], copies: [2] }]);
  });

  it("is set on these copies, and taken from all other topics, and asks nothing where there is nothing to do", async () => {
    const kafka = new FakeKafka({
      brokers: [1, 2, 3],
      partitions: ["a", "b", "c"].map((topic) => ({ topic, partition: 0, replicas: [1, 2] })),
    });
    await setThrottles(kafka, [], { sent: 1, received: 2 });
    assert.ok(!kafka.calls.includes("setConfigs"));
    const held = (topic: string, partition = 0) => ({ topic, partition, from: [1, 2], copies: [3] });
    await setThrottles(kafka, [held("a"), held("a", 1), held("b"), held("gone")], { sent: 10, received: 20 });
    const list = (topic: string, side: string) =>
      kafka.setting("topic", topic, `${side}.replication.throttled.replicas`);
    assert.deepEqual([list("a", "leader"), list("a", "follower")], ["0:1,0:2,1:1,1:2", "0:3,1:3"]);
    assert.deepEqual([list("b", "leader"), list("b", "follower")], ["0:1,0:2", "0:3"]);
    assert.equal(kafka.setting("broker", "3", "leader.replication.throttled.rate"), "10");
    assert.equal(kafka.setting("broker", "3", "follower.replication.throttled.rate"), "20");
    kafka.calls.length = 0;
    await setThrottles(kafka, [held("a")], { sent: 10, received: 20 });
    assert.deepEqual([list("a", "follower"), list("b", "follower")], ["0:3", undefined]);
    await setThrottles(kafka, [], { sent: 1, received: 1 });
    assert.equal(list("a", "leader"), undefined);
    assert.equal(kafka.setting("broker", "1", "leader.replication.throttled.rate"), "10", "it stays, without effect");
  });

  it("goes by the highest growth of the last minute, of copies that were in sync all the time", () => {
    const traffic = new Traffic();
    const look = (seconds: number, bytes: number, isr = [1, 2]) => {
      const sizes = sizesOf({ 0: { 1: bytes, 2: bytes, 3: seconds * 1e9 } });
      traffic.record({ view: viewOf([placed(0, [1, 2, 3], { isr })]), sizes, underWay: [] }, seconds * 1000);
    };
    const rate = () => (traffic.ingest().get("events-0") ?? 0) / 1e6;
    look(0, 0);
    look(1, 50e6);
    assert.equal(traffic.known, false, "too short");
    look(3, 30e6);
    look(7, 110e6, [1, 2, 3]);
    assert.deepEqual([traffic.known, rate()], [true, 20]);
    look(10, 50e6);
    assert.equal(rate(), 20, "a segment was deleted");
    look(66.9, 60e6);
    assert.equal(rate(), 20);
    look(71, 60e6);
    assert.ok(rate() < 1, `${rate()}`);
  });

  it("reads every partition with its topic", () => {
    assert.deepEqual(allPartitions(viewOf([placed(4, [1])])), [{ topic: "events", ...placed(4, [1]) }]);
  });
});
