import assert from "node:assert/strict";
import { describeCluster, type ClusterDescription } from "../../../../planning/cluster/clusterDescription";
import { placeTopic } from "../../../../planning/placement/topicPlacement";
import { moveReplicas } from "../../../../ops/balance/mover";
import { Session } from "../../../../ops/balance/session";
import { sampleSettings } from "../../settings/sampleSettings";
import { FakeClock, FakeKafka, type FakeKafkaOptions, type FakePartition } from "../fakeKafkaAdmin";

/** Four copies, two of them at least in sync. */
const clusterOf = (count: number, changes: Record<string, unknown> = {}) =>
  describeCluster(
    sampleSettings({
      brokerCount: count,
      // Whose volume is what limits it: 125 MiB/s.
      brokerInstanceType: "m7g.xlarge",
      topics: [{ name: "events", partitions: 15, retentionHours: 24 }],
      ...changes,
    }),
    "bucket",
  );

const idsOf = ({ brokers }: ClusterDescription) => brokers.map(({ id }) => id);

/** A topic as `topics` creates it. */
function placed(cluster: ClusterDescription, topic: string, partitions: number, rest: Partial<FakePartition> = {}) {
  const { brokers, replicationFactor, minInsyncReplicas } = cluster;
  return placeTopic({ partitions, replicationFactor, minInsyncReplicas, brokers, topicIndex: 0 }).map(
    (replicas, partition): FakePartition => ({ topic, partition, replicas, ...rest }),
  );
}

/** 5 GB of events with all four copies, and producers; brokers up to `running` are there. */
function kafkaOf(cluster: ClusterDescription, running: number, options: Partial<FakeKafkaOptions> = {}): FakeKafka {
  return new FakeKafka({
    brokers: Array.from({ length: running }, (_, index) => index + 1),
    partitions: [
      ...placed(cluster, "events", 15, { bytes: 5e9 / 4 / 15, ingest: 2e5 }),
      ...placed(cluster, "__consumer_offsets", 15, { bytes: 1e6 }),
      ...placed(cluster, "__transaction_state", 15, { bytes: 1e5 }),
    ],
    ...options,
  });
}

/** The machines of brokers that go. */
function by(kafka: FakeKafka) {
  return {
    stop: (broker: number) => Promise.resolve(kafka.kill(broker)),
    start: (broker: number) => Promise.resolve(kafka.revive(broker)),
  };
}

const registered = async (kafka: FakeKafka) => (await kafka.metadata()).brokers.map(({ id }) => id).sort();

/** Makes one run over; `deadline` in seconds. */
function start(kafka: FakeKafka, cluster: ClusterDescription, { deadline = 3600, departure = by(kafka) } = {}) {
  const clock = new FakeClock(kafka);
  const lines: string[] = [];
  const times: number[] = [];
  const interruption = new AbortController();
  const session = new Session(clock, interruption.signal, deadline, (line) => {
    lines.push(line);
    times.push(clock.now());
  });
  kafka.calls.length = 0;
  return {
    clock,
    lines,
    interrupt: () => interruption.abort(),
    end: () => moveReplicas(session, kafka, cluster, departure),
    longestSilence: () => Math.max(...[...times, clock.now()].map((time, index) => time - (times[index - 1] ?? 0))),
  };
}

/** A run that is killed so many seconds after its start. */
async function killed(kafka: FakeKafka, cluster: ClusterDescription, seconds: number): Promise<void> {
  const { clock, end } = start(kafka, cluster);
  const death = clock.killAt(seconds);
  assert.equal(await Promise.race([end(), death]), "killed");
}

const changing = ["reassign", "setConfigs", "electPreferred"];
const changes = (kafka: FakeKafka) => kafka.calls.filter((call) => changing.includes(call));

async function assertEven(kafka: FakeKafka, cluster: ClusterDescription): Promise<void> {
  const { topics } = await kafka.metadata();
  for (const { name, partitions } of topics) {
    const of = (holders: (one: (typeof partitions)[number]) => readonly number[]) =>
      idsOf(cluster).map((id) => partitions.filter((one) => holders(one).includes(id)).length);
    for (const counts of [of(({ replicas }) => replicas), of(({ leader }) => [leader])]) {
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 2, `${name}: ${counts.join()}`);
    }
    for (const { partition, replicas, isr } of partitions) {
      assert.equal(isr.length, replicas.length, `${name}-${partition}`);
      assert.ok(replicas.every((id) => idsOf(cluster).includes(id)));
    }
  }
}

const throttledTopics = (kafka: FakeKafka) => [
  ...new Set(kafka.throttles().flatMap((one) => /^topic (\S+)/.exec(one)?.[1] ?? [])),
];

const copiesOf = async (kafka: FakeKafka) =>
  (await kafka.metadata()).topics.map(({ name, partitions }) => [name, partitions.map(({ replicas }) => replicas)]);

describe("balance", () => {
  it("has nothing to do where all is as it should be: changes nothing, and is done at once", async () => {
    const cluster = clusterOf(5);
    const kafka = kafkaOf(cluster, 5);
    const { clock, lines, end } = start(kafka, cluster);
    await end();
    assert.deepEqual(changes(kafka), []);
    assert.equal(clock.now(), 0);
    assert.equal(lines.length, 1);
    assert.match(
      lines[0] ?? "",
      /^balance: nothing to move: copies per broker 36 to 36, leaders 9 to 9 \(kafka-1 36\/9, /,
    );
  });

  it("fills a new broker under a throttle that is gone afterwards, and says how far it is", async () => {
    const cluster = clusterOf(6);
    const kafka = kafkaOf(clusterOf(5), 6);
    const { lines, end, longestSilence } = start(kafka, cluster);
    await end();
    await assertEven(kafka, cluster);
    assert.deepEqual([...kafka.unthrottled, ...kafka.withoutRate, ...kafka.heldBackAtTheEnd], []);
    assert.deepEqual(kafka.throttles(), []);
    assert.deepEqual([...kafka.hurt], []);
    assert.ok(longestSilence() <= 5000, `${longestSilence()} ms without a line`);
    assert.match(lines.join("\n"), /MB\/s, about \d+ s left; moving events-\d+.* to kafka-6/);
    assert.match(lines.at(-2) ?? "", /throttles removed and verified gone: broker /);
    // A sixth of what there is, and what producers add meanwhile.
    assert.ok(kafka.bytesCopied < 1.3 * (5e9 / 6), `${kafka.bytesCopied} bytes`);
    assert.match(
      lines.at(-1) ?? "",
      /: \d+ partitions moved in \d+ s, .* copied \(at least 844 MB\): copies per broker 30 to 30/,
    );
  });

  it("throttles the new copies only: never a follower in sync", async () => {
    const kafka = kafkaOf(clusterOf(5), 6);
    const before = (await kafka.metadata()).topics.find(({ name }) => name === "events");
    const { clock, end } = start(kafka, clusterOf(6));
    let listed = 0;
    const observation = () => {
      const list = (side: string) =>
        (kafka.setting("topic", "events", `${side}.replication.throttled.replicas`) ?? "").split(",").filter(Boolean);
      const old = (entry: string) => {
        const [partition, broker] = entry.split(":").map(Number);
        return before?.partitions.find((one) => one.partition === partition)?.replicas.includes(broker ?? -1);
      };
      assert.deepEqual(list("follower").filter(old), []);
      assert.deepEqual(
        list("leader").filter((entry) => !old(entry)),
        [],
      );
      listed += list("follower").length;
    };
    for (let second = 1; second < 30; second++) clock.at(second, observation);
    // Kafka's own topics are done by then.
    clock.at(20, () => assert.deepEqual(throttledTopics(kafka), ["events"]));
    await end();
    assert.ok(listed > 0);
  });

  it("copies slower where producers write more, but never so slowly that it does not end", async () => {
    const rateWith = async (ingest: number) => {
      const kafka = kafkaOf(clusterOf(5), 6);
      for (let partition = 0; partition < 15; partition++) kafka.setIngest(`events-${partition}`, ingest);
      const { lines, end } = start(kafka, clusterOf(6));
      await end();
      assert.deepEqual([...kafka.unthrottled], []);
      return Number(/ at ([\d.]+) MB\/s for each broker/.exec(lines.join("\n"))?.[1]);
    };
    // 125 MiB/s of a volume, less what four copies of 15 partitions write to each of five brokers; a third of that.
    assert.equal(await rateWith(0), 44);
    assert.equal(await rateWith(3e6), 32);
    // 96 MB/s on each broker.
    assert.equal(await rateWith(8e6), 12);
  });

  it("follows traffic that grows while it copies", async () => {
    const partitions = [{ topic: "events", partition: 0, replicas: [6, 1, 2, 3], bytes: 5e9 }];
    const kafka = kafkaOf(clusterOf(6), 6, { partitions });
    const { clock, end } = start(kafka, clusterOf(5));
    // More than the 44 MB/s that the throttle begins with.
    clock.at(30, () => kafka.setIngest("events-0", 60e6));
    await end();
    assert.equal(kafka.copiesOn(6), 0);
  });

  it("empties a broker that the settings no longer name", async () => {
    const cluster = clusterOf(5);
    const kafka = kafkaOf(clusterOf(7), 7);
    const { lines, end } = start(kafka, cluster);
    await end();
    assert.deepEqual([kafka.copiesOn(6), kafka.copiesOn(7)], [0, 0]);
    await assertEven(kafka, cluster);
    assert.deepEqual([...kafka.unthrottled, ...kafka.throttles(), ...kafka.hurt], []);
    assert.match(lines.at(-1) ?? "", /; empty and stopped: broker 6, broker 7$/);
    assert.deepEqual(await registered(kafka), idsOf(cluster));
  });

  it("moves what came onto a broker that goes between the last look and its end, one copy or several", async () => {
    const cluster = clusterOf(5);
    const kafka = kafkaOf(clusterOf(6), 6);
    const calls: string[] = [];
    const departure = {
      stop: async (broker: number) => {
        calls.push(`stop ${broker}`);
        // While it is registered, anybody may make a topic that has copies on it.
        if (calls.length === 1)
          await kafka.createTopics([{ name: "late", replicaAssignment: [[6], [6, 1, 2]], config: {} }]);
        kafka.kill(broker);
      },
      start: (broker: number) => {
        calls.push(`start ${broker}`);
        return Promise.resolve(kafka.revive(broker));
      },
    };
    const { lines, end } = start(kafka, cluster, { departure });
    await end();
    assert.deepEqual(calls, ["stop 6", "start 6", "stop 6"]);
    assert.equal(kafka.copiesOn(6), 0);
    assert.deepEqual(await registered(kafka), idsOf(cluster));
    const late = (await kafka.metadata()).topics.find(({ name }) => name === "late")?.partitions ?? [];
    assert.deepEqual(
      late.map(({ isr, leader }) => [isr.length, leader > 0]),
      [
        [1, true],
        [3, true],
      ],
    );
    assert.match(lines.join("\n"), /late-0, late-1 came onto brokers that go: starting these brokers again/);
    assert.deepEqual(kafka.throttles(), []);
  });

  it("ends with an error where topics are made all along", async () => {
    const kafka = kafkaOf(clusterOf(6), 6);
    let made = 0;
    const departure = {
      ...by(kafka),
      stop: async (broker: number) => {
        await kafka.createTopics([{ name: `late-${made++}`, replicaAssignment: [[6]], config: {} }]);
        kafka.kill(broker);
      },
    };
    await assert.rejects(start(kafka, clusterOf(5), { departure }).end(), /late-2-0 came onto brokers that go, again/);
    assert.equal(made, 3);
  });

  it("takes up a run that was cut off after it had stopped a broker: nothing on it, something, or the only copy", async () => {
    for (const replicas of [[], [6, 1, 2, 3], [6]]) {
      const kafka = kafkaOf(clusterOf(6), 6);
      await start(kafka, clusterOf(5)).end();
      kafka.revive(6);
      if (replicas.length > 0) await kafka.createTopics([{ name: "late", replicaAssignment: [replicas], config: {} }]);
      kafka.kill(6);
      await start(kafka, clusterOf(5)).end();
      assert.equal(kafka.copiesOn(6), 0);
      assert.deepEqual(await registered(kafka), [1, 2, 3, 4, 5]);
      const late = (await kafka.metadata()).topics.find(({ name }) => name === "late")?.partitions ?? [];
      for (const { leader, isr } of late) assert.deepEqual([leader > 0, isr.length], [true, replicas.length]);
    }
  });

  it("stops no broker that the settings name, and says which one does not stop", async () => {
    const kafka = kafkaOf(clusterOf(6), 6);
    const departure = { ...by(kafka), stop: (broker: number) => Promise.reject(new Error(`no answer from ${broker}`)) };
    await assert.rejects(start(kafka, clusterOf(5), { departure }).end(), /no answer from 6/);
    assert.deepEqual(await registered(kafka), [1, 2, 3, 4, 5, 6]);
  });

  it("takes a dead broker out of the copies when the settings no longer name it", async () => {
    const kafka = kafkaOf(clusterOf(6), 6);
    kafka.kill(6);
    await start(kafka, clusterOf(5)).end();
    assert.equal(kafka.copiesOn(6), 0);
    await assertEven(kafka, clusterOf(5));
  });

  it("leaves other people's topics their number of copies, and moves them to safety", async () => {
    const kafka = kafkaOf(clusterOf(6), 6, {
      partitions: [
        { topic: "theirs", partition: 0, replicas: [6], bytes: 1e8 },
        { topic: "theirs", partition: 1, replicas: [1], bytes: 1e8 },
      ],
    });
    await start(kafka, clusterOf(5)).end();
    const [theirs] = (await kafka.metadata()).topics;
    assert.deepEqual(
      theirs?.partitions.map(({ replicas }) => replicas.length),
      [1, 1],
    );
    assert.deepEqual(theirs?.partitions[1]?.replicas, [1]);
    assert.equal(kafka.copiesOn(6), 0);
  });

  it("gives our topics and Kafka's own the wanted number of copies, more or fewer", async () => {
    const three = clusterOf(5, { replicationFactor: 3 });
    const kafka = kafkaOf(three, 5);
    const counts = async () =>
      new Set(
        (await kafka.metadata()).topics.flatMap(({ partitions }) => partitions.map(({ replicas }) => replicas.length)),
      );
    await start(kafka, clusterOf(5)).end();
    assert.deepEqual([...(await counts())], [4]);
    await start(kafka, three).end();
    assert.deepEqual([...(await counts())], [3]);
  });

  it("begins few copies at once, and no more than a minute's, and is not slower for it", async () => {
    const filled = async (partitions: number, bytes: number) => {
      const kafka = kafkaOf(clusterOf(5), 6, { partitions: placed(clusterOf(5), "events", partitions, { bytes }) });
      const { clock, end } = start(kafka, clusterOf(6));
      await end();
      return { atOnce: kafka.mostAtOnce, together: kafka.mostBegunTogether, seconds: clock.now() / 1000 };
    };
    // 100 copies of 20 MB, then 10 of 2 GB: 46 s and 460 s at 44 MB/s.
    const small = await filled(150, 2e7);
    assert.ok(small.atOnce === 5 && small.together <= 5 && small.seconds < 90, JSON.stringify(small));
    const large = await filled(15, 2e9);
    // The next one when less than a minute's is left.
    assert.ok(large.atOnce === 2 && large.together === 1 && large.seconds < 500, JSON.stringify(large));
  });

  it(
    "never begins many moves together: the controller takes one after another, and producers wait " + "for the last",
    async () => {
      const kafka = kafkaOf(clusterOf(6), 6, { partitions: placed(clusterOf(6), "events", 150, { bytes: 1e5 }) });
      const { clock, end } = start(kafka, clusterOf(5));
      await end();
      assert.equal(kafka.copiesOn(6), 0);
      assert.ok(kafka.mostBegunTogether <= 5, `${kafka.mostBegunTogether} together`);
      assert.ok(clock.now() < 60_000, `${clock.now()} ms`);
    },
  );

  it("goes on with small partitions while a large one moves", async () => {
    const replicas = [6, 1, 2, 3];
    const partitions = [
      { topic: "large", partition: 0, replicas, bytes: 2e9 },
      ...Array.from({ length: 30 }, (_, partition) => ({ topic: "small", partition, replicas, bytes: 1e6 })),
    ];
    const kafka = kafkaOf(clusterOf(6), 6, { partitions });
    const { clock, end } = start(kafka, clusterOf(5));
    let left: number | undefined;
    clock.at(30, () => (left = kafka.copiesOn(6)));
    await end();
    assert.equal(left, 1);
    // At 44 MB/s.
    assert.ok(clock.now() > 45_000);
  });

  it("gives the lead back to the preferred leaders, also where nothing is to move", async () => {
    const cluster = clusterOf(5);
    const kafka = kafkaOf(cluster, 5);
    kafka.kill(2);
    kafka.revive(2);
    await start(kafka, cluster).end();
    await assertEven(kafka, cluster);
    assert.deepEqual(changes(kafka), ["electPreferred"]);
  });

  it("does not wait for a preferred leader that can't lead", async () => {
    const kafka = kafkaOf(clusterOf(5), 5);
    const [events] = (await kafka.metadata()).topics;
    kafka.fallBehind("events-0", events?.partitions[0]?.leader ?? 0);
    const { clock, end } = start(kafka, clusterOf(5));
    await end();
    assert.equal(clock.now(), 0);
  });

  it("goes on without topics that are deleted before or while they are moved", async () => {
    const partitions = ["events", "one", "two"].map((topic) => ({
      topic,
      partition: 0,
      replicas: [6, 1, 2, 3],
      bytes: 4e8,
    }));
    // Slow enough for the throttle to be set again.
    const kafka = kafkaOf(clusterOf(6), 6, { partitions, lineRate: 5e6 });
    const { clock, end } = start(kafka, clusterOf(5));
    clock.at(3, () => kafka.deleteTopic("one")).at(20, () => kafka.deleteTopic("two"));
    await end();
    assert.ok(clock.now() < 200_000);
    assert.deepEqual(kafka.throttles(), []);
    assert.equal(kafka.copiesOn(6), 0);
  });

  it("asks again when Kafka does not answer for a while", async () => {
    const kafka = kafkaOf(clusterOf(5), 6);
    const { clock, lines, end, longestSilence } = start(kafka, clusterOf(6));
    clock.at(10, () => (kafka.silent = true)).at(100, () => (kafka.silent = false));
    await end();
    await assertEven(kafka, clusterOf(6));
    assert.ok(longestSilence() <= 5000);
    assert.match(lines.join("\n"), /trying again: no broker answers/);
  });
});

describe("balance, run again", () => {
  it("takes up what a killed run left under way, and clears its throttles", async () => {
    const cluster = clusterOf(6);
    const kafka = kafkaOf(clusterOf(5), 6);
    await killed(kafka, cluster, 10);
    const underWay = await kafka.reassignments();
    assert.ok(underWay.length > 0 && kafka.throttles().length > 0);
    const copied = kafka.bytesCopied;
    assert.ok(copied > 0);

    const { lines, end } = start(kafka, cluster);
    await end();
    assert.match(lines[0] ?? "", new RegExp(`^balance: ${underWay.length} partitions are being moved already`));
    await assertEven(kafka, cluster);
    assert.deepEqual([...kafka.throttles(), ...kafka.unthrottled, ...kafka.hurt], []);
    // Nothing is copied twice.
    assert.ok(kafka.bytesCopied < 1.3 * (5e9 / 6), `${kafka.bytesCopied} bytes`);
  });

  it("ends what a killed run began when the settings no longer want the broker", async () => {
    const kafka = kafkaOf(clusterOf(5), 6);
    const before = await copiesOf(kafka);
    await killed(kafka, clusterOf(6), 12);
    const { lines, end } = start(kafka, clusterOf(5));
    await end();
    assert.match(lines[0] ?? "", /cancelled \d+ moves under way/);
    assert.equal(kafka.copiesOn(6), 0);
    assert.deepEqual(kafka.throttles(), []);
    assert.deepEqual((await copiesOf(kafka))[0], before[0]);
  });

  it("removes throttles that a dead run has left on topics and brokers, and nothing else", async () => {
    const cluster = clusterOf(5);
    const kafka = kafkaOf(cluster, 5);
    await kafka.setConfigs([
      { type: "topic", name: "events", set: { "follower.replication.throttled.replicas": "0:1", "retention.ms": "5" } },
      { type: "broker", name: "3", set: { "leader.replication.throttled.rate": "1000" } },
    ]);
    const { lines, end } = start(kafka, cluster);
    await end();
    assert.deepEqual(kafka.throttles(), []);
    assert.equal(kafka.setting("topic", "events", "retention.ms"), "5");
    assert.match(lines[0] ?? "", /throttles removed and verified gone: topic events, broker 3$/);
  });
});

describe("balance refuses, before anything is changed,", () => {
  const refused = async (kafka: FakeKafka, cluster: ClusterDescription, reason: RegExp) => {
    const before = await copiesOf(kafka);
    await assert.rejects(start(kafka, cluster).end(), { name: "BalanceError", message: reason });
    assert.deepEqual(changes(kafka), []);
    assert.deepEqual(await copiesOf(kafka), before);
  };

  it("what would fill a disk", async () => {
    // 5 GB in all, so 1.2 GB on each of five.
    const kafka = kafkaOf(clusterOf(6), 6, { diskBytes: 1.1e9 });
    await refused(
      kafka,
      clusterOf(5),
      /kafka-\d would hold 1\.0 GB of 1\.1 GB \(9\d %, at most 85 % is allowed\): raise brokerVolumeGiB by at least 1/,
    );
  });

  it("fewer brokers than must run", async () => {
    const cluster = { ...clusterOf(4), minimumRunning: 5 };
    await refused(kafkaOf(clusterOf(5), 5), cluster, /brokerCount: 4 brokers would be left, brokerMinimumRunning is 5/);
  });

  it("fewer brokers than copies", async () => {
    const partitions = [{ topic: "theirs", partition: 0, replicas: [1, 2, 3, 4, 5] }];
    const kafka = kafkaOf(clusterOf(5), 5, { partitions });
    await refused(kafka, clusterOf(4), /topic theirs has 5 copies of a partition, 4 brokers would be left/);
  });

  it("while a broker of the settings is not there", async () => {
    await refused(kafkaOf(clusterOf(5), 5), clusterOf(6), /kafka-6: in the settings, but not registered/);
  });

  it("to move a partition that is not in sync", async () => {
    const kafka = kafkaOf(clusterOf(5), 6);
    kafka.fallBehind("events-0", 1);
    await refused(kafka, clusterOf(6), /events-0 is not in sync on kafka-1; wait until it is/);
  });
});

describe("balance that can't go on", () => {
  /** Nothing is lost: all copies are where they were, in sync, and no throttle is left. */
  const assertBack = async (kafka: FakeKafka, running: readonly number[]) => {
    assert.deepEqual(await kafka.reassignments(), []);
    assert.deepEqual(kafka.throttles(), []);
    for (const { partitions } of (await kafka.metadata()).topics) {
      for (const { replicas, isr } of partitions) {
        assert.equal(replicas.length, 4);
        assert.deepEqual([...replicas].filter((id) => running.includes(id)).sort(), [...isr].sort());
      }
    }
  };

  it("waits for a broker that is away for some minutes", async () => {
    const kafka = kafkaOf(clusterOf(5), 6);
    const { clock, lines, end, longestSilence } = start(kafka, clusterOf(6));
    clock.at(10, () => kafka.kill(6)).at(250, () => kafka.revive(6));
    await end();
    assert.match(lines.join("\n"), / to kafka-6; not registered: kafka-6$/m);
    assert.ok(longestSilence() <= 5000);
    await assertEven(kafka, clusterOf(6));
    assert.deepEqual([...kafka.throttles(), ...kafka.unthrottled], []);
  });

  it("begins nothing while a broker is away, and names it", async () => {
    const kafka = kafkaOf(clusterOf(5), 6);
    const { clock, lines, end } = start(kafka, clusterOf(6));
    // It is still looking at the traffic then.
    clock.at(1, () => kafka.kill(6));
    await assert.rejects(
      end(),
      /^BalanceError: \S+-\d+, .* came no nearer for 10 min: not registered: kafka-6; repair it/,
    );
    assert.deepEqual(changes(kafka), []);
    assert.doesNotMatch(lines.join("\n"), /trying again/);
  });

  it("names the broker that does not come back, and cancels", async () => {
    const kafka = kafkaOf(clusterOf(5), 6);
    const { clock, end } = start(kafka, clusterOf(6));
    clock.at(10, () => kafka.kill(6));
    await assert.rejects(end(), /came no nearer for 10 min: not registered: kafka-6; repair it, then run this again/);
    assert.ok(clock.now() < 700_000);
    // A dead broker's own settings can't be changed; without copies that they apply to they have no effect.
    assert.deepEqual(
      kafka.throttles().filter((one) => !one.startsWith("broker 6 ")),
      [],
    );
    kafka.revive(6);
    await start(kafka, clusterOf(6)).end();
    assert.deepEqual(kafka.throttles(), []);
  });

  it("gives up copies that stand still, and leaves the broker to be emptied as it was", async () => {
    const kafka = kafkaOf(clusterOf(6), 6, { lineRate: 0 });
    await assert.rejects(start(kafka, clusterOf(5)).end(), /came no nearer for 10 min, .* behind: look at kafka-/);
    await assertBack(kafka, [1, 2, 3, 4, 5, 6]);
    assert.ok(kafka.copiesOn(6) > 0);
  });

  it("ends at its deadline, and keeps what is done", async () => {
    const kafka = kafkaOf(clusterOf(5), 6, { lineRate: 20e6 });
    const { clock, lines, end } = start(kafka, clusterOf(6), { deadline: 30 });
    await assert.rejects(end(), /not done within 30 s: .*run it again for the rest, or allow more time with --timeout/);
    assert.ok(clock.now() < 35_000);
    assert.match(lines.join("\n"), /cancelled \d+ moves under way/);
    await assertBack(kafka, [1, 2, 3, 4, 5, 6]);
    await start(kafka, clusterOf(6)).end();
    await assertEven(kafka, clusterOf(6));
  });

  it("cleans up when it is interrupted", async () => {
    const kafka = kafkaOf(clusterOf(5), 6);
    const { clock, end, interrupt } = start(kafka, clusterOf(6));
    clock.at(10, interrupt);
    await assert.rejects(end(), /interrupted; run it again to go on/);
    assert.ok(clock.now() < 15_000);
    await assertBack(kafka, [1, 2, 3, 4, 5, 6]);
  });

  it("does not give up new copies while too few of the old ones are in sync", async () => {
    const kafka = kafkaOf(clusterOf(6), 6, {
      partitions: [{ topic: "events", partition: 0, replicas: [6, 1, 2, 3], bytes: 1e9 }],
      lineRate: 20e6,
    });
    const { clock, lines, end, interrupt } = start(kafka, clusterOf(5));
    clock.at(10, () => [1, 2, 3].forEach((id) => kafka.kill(id))).at(20, interrupt);
    await assert.rejects(end(), /interrupted/);
    assert.match(lines.join("\n"), /events-0 go on moving: too few of the old copies are in sync/);
    assert.equal((await kafka.reassignments()).length, 1);
  });

  it("does not call a broker empty that gets new copies all the time", async () => {
    const kafka = kafkaOf(clusterOf(6), 6);
    const { clock, end } = start(kafka, clusterOf(5));
    for (let second = 1; second < 120; second++) {
      clock.at(second, () => {
        void kafka.createTopics([{ name: `late-${second}`, replicaAssignment: [[6, 1]], config: {} }]);
      });
    }
    await assert.rejects(end(), /broker 6 still holds \d+ copies; run this again/);
  });

  it("says what it could not undo when nobody answers any more, and gives up within minutes", async () => {
    const kafka = kafkaOf(clusterOf(5), 6);
    const { clock, lines, interrupt, end } = start(kafka, clusterOf(6));
    clock.at(10, () => {
      kafka.silent = true;
      interrupt();
    });
    await assert.rejects(
      end(),
      /^BalanceError: interrupted; run it again to go on\n {2}the throttles could not be removed: no broker answers; run/,
    );
    assert.match(lines.join("\n"), /what is under way could not be cancelled and goes on: no broker answers/);
    assert.ok(clock.now() > 40_000 && clock.now() < 45_000, `${clock.now()} ms`);
  });

  it("does not wait for leaders that Kafka does not elect: it says who is not led as it should be, and why", async () => {
    const cluster = clusterOf(5);
    const kafka = kafkaOf(cluster, 5);
    kafka.kill(2);
    kafka.revive(2);
    kafka.electPreferred = () => Promise.reject(new Error("PREFERRED_LEADER_NOT_AVAILABLE"));
    const { clock, lines, end } = start(kafka, cluster);
    await end();
    assert.match(lines.join("\n"), /note: events-\d+, .* not yet led by the preferred broker: PREFERRED_LEADER_NOT/);
    assert.match(lines.at(-1) ?? "", /: nothing to move: /);
    assert.ok(clock.now() >= 30_000 && clock.now() < 35_000, `${clock.now()} ms`);
  });

  it("looks whether throttles are really gone", async () => {
    const cluster = clusterOf(5);
    const kafka = kafkaOf(cluster, 5);
    await kafka.setConfigs([{ type: "broker", name: "3", set: { "leader.replication.throttled.rate": "1000" } }]);
    kafka.setConfigs = () => Promise.resolve();
    await assert.rejects(start(kafka, cluster).end(), /could not be removed: throttles are still set on broker 3; run/);
  });

  it("says so when throttles can't be removed", async () => {
    const kafka = kafkaOf(clusterOf(5), 6);
    const { clock, end } = start(kafka, clusterOf(6));
    clock.at(10, () => (kafka.silent = true));
    await assert.rejects(
      end(),
      /does not do what it is asked: no broker answers\n {2}the throttles could not be removed: no broker/,
    );
  });
});
