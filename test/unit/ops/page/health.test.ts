import assert from "node:assert/strict";
import * as fc from "fast-check";
import { judge } from "../../../../ops/page/health";
import { clientPromises, spareOf } from "../../../../ops/page/promises";
import type { Seen } from "../../../../ops/page/seen";
import {
  brokerDown,
  cluster,
  memoryOf,
  metricsOf,
  metricsText,
  now,
  rollMetrics,
  seenOf,
  statusOf,
} from "./pageFixtures";

const promiseOf = (seen: Seen, name: string) => judge(seen).promises.find((one) => one.name === name);
const titles = (seen: Seen) => judge(seen).problems.map(({ title }) => title);
const lost = (ids: readonly number[]) => seenOf({ status: statusOf(ids) });

describe("the judgement of the page", () => {
  it("is well where everything is there, and says since when and what may fail", () => {
    const { level, sentence, since, promises, problems } = judge(seenOf());
    assert.deepEqual([level, problems], ["well", []]);
    assert.equal(since, now - 190 * 60_000);
    assert.equal(
      sentence,
      "All 72 partitions take acks=all writes; every partition has all its copies in sync; any 2 brokers, or any " +
        "zone, may fail.",
    );
    assert.ok(promises.every(({ state }) => state === "kept"));
  });

  it("does not know since when it is well where the guardian has found all of it well at its first look", () => {
    const { nodes, ...memory } = memoryOf();
    const first = Object.fromEntries(Object.entries(nodes).map(([name, one]) => [name, { ...one, wellSince: now }]));
    assert.equal(judge(seenOf({ guardian: { value: { ...memory, nodes: first } } })).since, undefined);
  });

  it("is degraded with one broker out: writes hold, with less to spare, and the guardian's next step is told", () => {
    const out = { "kafka-3": { outSince: now - 74_000, problem: "no connection", next: "waits until 15:45:56Z" } };
    const seen = seenOf({ status: statusOf([3]), guardian: { value: memoryOf(out) }, alerts: { value: [brokerDown] } });
    const { level, sentence, since, problems } = judge(seen);
    assert.deepEqual([level, since], ["degraded", now - 74_000]);
    assert.match(sentence, /^All 72 partitions take acks=all writes; kafka-3 is out; any one more broker may fail\.$/);
    const [problem, ...others] = problems;
    assert.deepEqual(others, []);
    assert.deepEqual(
      [problem?.title, problem?.where, problem?.doing, problem?.runbooks],
      [
        "kafka-3 is out",
        "us-east-1c",
        "guardian: waits until 15:45:56Z",
        [{ alert: "BrokerDown", path: "docs/runbook.md#brokerdown" }],
      ],
    );
    assert.equal(promiseOf(seen, "Copies")?.state, "thin");
  });

  it("does not take an alert that has been there for hours for the beginning of what is wrong with a node now", () => {
    const unstable = { ...brokerDown, name: "BrokerUnstable", severity: "ticket", since: now - 3_600_000 } as const;
    const { since, problems } = judge(seenOf({ status: statusOf([3]), alerts: { value: [unstable] } }));
    assert.deepEqual([since, problems[0]?.since, problems[0]?.runbooks.length], [undefined, undefined, 1]);
    const urgent = judge(seenOf({ status: statusOf([3]), alerts: { value: [unstable, brokerDown] } }));
    assert.equal(urgent.since, brokerDown.since);
  });

  it("says of a broker that a roll replaces that it does", () => {
    const seen = seenOf({ status: statusOf([3]), metrics: metricsOf(metricsText(rollMetrics)) });
    assert.match(judge(seen).sentence, /kafka-3 is being replaced by a roll/);
  });

  it("is broken where partitions refuse writes, though all nodes that are left are well", () => {
    const seen = lost([1, 3, 4]);
    assert.equal(judge(seen).level, "broken");
    assert.match(
      promiseOf(seen, "Writes")?.text ?? "",
      /^\d+ of 72 partitions take no acks=all writes: user-activity-/,
    );
    assert.equal(promiseOf(seen, "Next failure")?.state, "broken");
    const none = lost([1, 2, 3, 4]);
    assert.equal(promiseOf(none, "Reads")?.state, "broken");
    assert.match(judge(none).sentence, /partitions without a leader/);
  });

  it("is broken while the guardian has stopped all writing, and says so once", () => {
    const room = { full: ["kafka-1", "kafka-2", "kafka-3"], stoppedSince: now - 60_000 };
    const status = statusOf();
    const notes = ["WRITING IS STOPPED, as disks are nearly full: guardian status says which, and what to do"];
    const seen = seenOf({
      status: { ...status, kafka: { ...status.kafka, notes } },
      guardian: { value: { ...memoryOf(), room } },
    });
    const { level, since, problems } = judge(seen);
    assert.deepEqual([level, since, problems.length], ["broken", now - 60_000, 1]);
    assert.match(problems[0]?.title ?? "", /^WRITING IS STOPPED since .*brokerVolumeGiB/);
  });

  it("believes the canary: a gap of seconds is degraded, a longer one broken, whatever brokers say of themselves", () => {
    const gap = (seconds: number) => seenOf({ metrics: metricsOf(metricsText("", seconds)) });
    assert.deepEqual(
      [0.4, 2, 4, 17].map((seconds) => judge(gap(seconds)).level),
      ["well", "well", "degraded", "broken"],
    );
    assert.match(
      judge(gap(17)).sentence,
      /^The canary has had no acknowledgement for 17 s on a partition that kafka-3/,
    );
    const silent = seenOf({ metrics: metricsOf(metricsText("", 17), 40_000) });
    assert.deepEqual([judge(silent).level, promiseOf(silent, "Watched")?.state], ["degraded", "broken"]);
    assert.match(promiseOf(silent, "Watched")?.text ?? "", /the canary has said nothing for 40 s/);
  });

  it("is not known where no broker answers: that may be this host's fault", () => {
    const seen = lost([1, 2, 3, 4, 5]);
    assert.equal(judge(seen).level, "unknown");
    assert.match(judge(seen).sentence, /^No broker answers the ops host/);
    assert.deepEqual(
      titles(seen).sort(),
      cluster.brokers.map(({ name }) => `${name} is out`),
    );
  });

  it("is not well while nobody watches, though the cluster is whole", () => {
    const problem = "nothing listens at 127.0.0.1:9090";
    const blind = seenOf({
      figures: { problem },
      past: { problem },
      alerts: { problem: "nothing listens at 127.0.0.1:9093" },
    });
    assert.equal(judge(blind).level, "degraded");
    assert.deepEqual(titles(blind), [
      "Prometheus does not answer: no charts, and no alert can fire",
      "Alertmanager does not answer: nobody is told",
    ]);
    const asleep = seenOf({ guardian: { value: { ...memoryOf(), lookedAt: now - 61_000 } } });
    assert.deepEqual([judge(asleep).level, titles(asleep)], ["degraded", ["The guardian does not watch"]]);
    const unread = seenOf({ guardian: { problem: "EACCES" } });
    assert.deepEqual([judge(unread).level, titles(unread)], ["degraded", ["Nobody knows what the guardian does"]]);
    const off = { ...cluster, guardian: { ...cluster.guardian, enabled: false } };
    assert.equal(judge({ ...asleep, cluster: off }).level, "well");
  });

  it("is well without monitoring where the settings want none, and says that nobody is told", () => {
    const problem = "monitoringEnabled is false";
    const without = { ...cluster, monitored: false };
    const seen = seenOf({ cluster: without, figures: { problem }, past: { problem }, alerts: { problem } });
    assert.deepEqual([judge(seen).level, titles(seen)], ["well", []]);
    assert.match(promiseOf(seen, "Watched")?.text ?? "", /nobody is told \(monitoringEnabled is false\)$/);
  });

  it("stays well with an alert for working hours and with notes, and puts what is worst first", () => {
    const ticket = { ...brokerDown, severity: "ticket", node: undefined, summary: "a group falls behind" } as const;
    const status = statusOf();
    const noted = { ...status, topics: { ...status.topics, notes: ["not as the settings say: orders: retention.ms"] } };
    const seen = seenOf({ status: noted, alerts: { value: [ticket] } });
    assert.deepEqual(
      [judge(seen).level, titles(seen)],
      ["well", ["a group falls behind", "not as the settings say: orders: retention.ms"]],
    );
    const page = seenOf({ status: noted, alerts: { value: [ticket, { ...brokerDown, node: undefined }] } });
    assert.deepEqual([judge(page).level, titles(page)[0]], ["degraded", "kafka-3 serves nothing"]);
  });

  it("names what is wrong with ZooKeeper, and that it bears nothing more", () => {
    const seen = seenOf({ status: statusOf([], ["zookeeper-2"]) });
    assert.equal(judge(seen).level, "degraded");
    assert.deepEqual(titles(seen), ["zookeeper-2 is out"]);
    assert.equal(
      promiseOf(seen, "Next failure")?.text,
      "any 2 brokers may fail; ZooKeeper can't do without any further node",
    );
  });

  it("says why it is degraded where nothing but a node that comes back is not as it was", () => {
    const back = { outSince: now - 24_000, next: "in service again, counts as well when it stays so for 30 s" };
    const memory = memoryOf({ "zookeeper-1": back, "zookeeper-3": back });
    assert.match(
      judge(seenOf({ guardian: { value: memory } })).sentence,
      /^All 72 partitions take acks=all writes; zookeeper-1, zookeeper-3 are coming back; any 2 brokers, or any zone,/,
    );
    const alert = { ...brokerDown, node: undefined };
    assert.match(
      judge(seenOf({ alerts: { value: [alert] } })).sentence,
      /writes; kafka-3 serves nothing; any 2 brokers/,
    );
  });

  it("says that nobody leads instead of a broker that fails while ZooKeeper has no quorum", () => {
    const status = statusOf([], ["zookeeper-1", "zookeeper-2"]);
    const { state, text } = promiseOf(seenOf({ status }), "Next failure") ?? {};
    assert.deepEqual(
      [state, text],
      ["thin", "ZooKeeper has no quorum: a broker that fails takes along the partitions that it leads"],
    );
    assert.deepEqual(spareOf(cluster, status), { hasQuorum: false, brokers: 0, anyZone: false, zookeeper: 0 });
  });

  it("counts one partition as one", () => {
    const { partitions, ...status } = statusOf();
    const [first, ...rest] = partitions;
    const behind = (isr: readonly number[]) =>
      seenOf({ status: { ...status, partitions: [{ ...first!, isr: [...isr] }, ...rest] } });
    assert.match(promiseOf(behind([1, 2, 3]), "Copies")?.text ?? "", /^1 of 72 partitions lacks a copy in sync/);
    assert.match(promiseOf(behind([1]), "Writes")?.text ?? "", /^1 of 72 partitions takes no acks=all writes/);
  });

  it("does not say that all is well while the settings' topics are not there", () => {
    const status = { ...statusOf(), partitions: [] };
    assert.ok(
      clientPromises(cluster, status, { areStopped: false, canary: undefined }).every(({ state }) => state === "thin"),
    );
    const none = clientPromises({ ...cluster, topics: [] }, status, { areStopped: false, canary: undefined });
    assert.ok(none.every(({ state }) => state === "kept"));
  });

  it("never promises more than holds: without as many brokers as it says every partition takes writes", () => {
    const some = fc.subarray(cluster.brokers.map(({ id }) => id));
    fc.assert(
      fc.property(some, some, (out, next) => {
        const before = statusOf(out);
        const spare = spareOf(cluster, before);
        fc.pre(before.partitions.every(({ isr }) => isr.length >= 2));
        fc.pre(next.length <= spare.brokers);
        const after = statusOf([...new Set([...out, ...next])]);
        return (
          after.partitions.length === 0 || after.partitions.every(({ leader, isr }) => leader >= 0 && isr.length >= 2)
        );
      }),
    );
  });
});
