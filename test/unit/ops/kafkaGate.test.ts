import assert from "node:assert/strict";
import type { ClusterNode } from "../../../planning/cluster/clusterDescription";
import { badNodes, describeMissing } from "../../../ops/gateVerdict";
import { kafkaVerdict, type ClusterView, type KafkaObservation } from "../../../ops/kafkaGate";

const ids = [1, 2, 3, 4, 5];
const brokers: ClusterNode[] = ids.map((id) => ({
  id,
  name: `kafka-${id}`,
  zone: "us-east-1a",
  privateIp: `10.20.0.${10 + id}`,
  dnsName: `kafka-${id}.kafka.internal`,
  groupName: `test-kafka-${id}`,
}));
const healthy: ClusterView = {
  brokers: ids.map((id) => ({ id, host: `kafka-${id}.kafka.internal`, port: 9092 })),
  controllerId: 2,
  topics: [
    {
      name: "user-activity",
      partitions: ids.map((id) => ({
        partition: id - 1,
        leader: id,
        replicas: [id, (id % 5) + 1],
        isr: [id, (id % 5) + 1],
      })),
    },
  ],
};
const seenBy = (view: (id: number) => ClusterView | string): KafkaObservation[] =>
  ids.map((id) => {
    const seen = view(id);
    return typeof seen === "string" ? { node: `kafka-${id}`, problem: seen } : { node: `kafka-${id}`, view: seen };
  });
const decide = (view: (id: number) => ClusterView | string) => kafkaVerdict({ brokers }, seenBy(view));

describe("Kafka gate", () => {
  it("passes when all brokers see the same whole cluster", () => {
    const verdict = decide(() => healthy);
    assert.deepEqual([verdict.satisfied, verdict.missing, verdict.notes], [true, [], []]);
    assert.match(verdict.summary, /5 of 5 brokers answer, 5 registered, controller kafka-2, 5 partitions/);
  });

  it("passes in a cluster without topics", () => {
    assert.equal(decide(() => ({ ...healthy, topics: [] })).satisfied, true);
  });

  it("waits for a broker that does not answer though it is still registered", () => {
    const verdict = decide((id) => (id === 3 ? "connection refused" : healthy));
    assert.equal(verdict.satisfied, false);
    assert.equal(describeMissing(verdict.missing), "kafka-3: connection refused");
  });

  it("waits for a broker that answers and is not registered, everywhere or with some", () => {
    const without = { ...healthy, brokers: healthy.brokers.filter(({ id }) => id !== 4) };
    assert.match(describeMissing(decide(() => without).missing), /^kafka-4: not registered/);
    assert.match(
      describeMissing(decide((id) => (id < 3 ? without : healthy)).missing),
      /^kafka-4: not yet known to kafka-1, kafka-2$/,
    );
  });

  it("refuses an address that clients could not use", () => {
    const wrong = {
      ...healthy,
      brokers: healthy.brokers.map((broker) => (broker.id === 1 ? { ...broker, host: "localhost" } : broker)),
    };
    assert.match(
      describeMissing(decide(() => wrong).missing),
      /^kafka-1: advertises localhost:9092 instead of 10\.20\.0\.11:9092$/,
    );
    const port = {
      ...healthy,
      brokers: healthy.brokers.map((broker) => (broker.id === 5 ? { ...broker, port: 9093 } : broker)),
    };
    assert.match(
      describeMissing(decide((id) => (id === 2 ? port : healthy)).missing),
      /^kafka-5: advertises .*:9093 inst/,
    );
  });

  it("takes the address as well as the name that a broker of an earlier version advertises", () => {
    const half = {
      ...healthy,
      brokers: healthy.brokers.map((broker) =>
        broker.id < 4 ? { ...broker, host: `10.20.0.${10 + broker.id}` } : broker,
      ),
    };
    assert.deepEqual(decide(() => half).missing, []);
  });

  it("wants one controller, the same for all", () => {
    const headless = decide(() => ({ ...healthy, controllerId: -1 }));
    assert.equal(describeMissing(headless.missing), "cluster: no controller");
    assert.match(headless.summary, /controller none/);
    // One that is not registered leads nobody.
    const gone = { ...healthy, brokers: healthy.brokers.filter(({ id }) => id !== 2) };
    assert.match(describeMissing(decide(() => gone).missing), /cluster: no controller/);
    const split = decide((id) => ({ ...healthy, controllerId: id === 5 ? 10 : 9 }));
    assert.match(describeMissing(split.missing), /^cluster: brokers disagree on the controller: 9, 10$/);
    assert.match(split.summary, /controller none/);
    assert.match(
      describeMissing(decide((id) => (id === 5 ? { ...healthy, controllerId: 1 } : healthy)).missing),
      /disagree on the controller: 1, 2/,
    );
  });

  it("blames the broker that is missing from an ISR, in the eyes of any one broker", () => {
    const lagging: ClusterView = {
      ...healthy,
      topics: [{ name: "user-activity", partitions: [{ partition: 0, leader: 1, replicas: [1, 2], isr: [1] }] }],
    };
    const verdict = decide((id) => (id === 1 ? lagging : healthy));
    assert.deepEqual(badNodes(verdict), ["kafka-2"]);
    assert.match(describeMissing(verdict.missing), /not in the ISR of 1 partition: user-activity-0/);
    const behind: ClusterView = {
      ...healthy,
      topics: [
        {
          name: "t",
          partitions: [4, 3].map((id, partition) => ({ partition, leader: 1, replicas: [id, 1, 9], isr: [1] })),
        },
      ],
    };
    const [third, fourth, stranger] = decide(() => behind).missing;
    assert.deepEqual(
      [third, fourth, stranger],
      [
        { node: "kafka-3", what: "not in the ISR of 1 partition: t-1", partitions: ["t-1"] },
        { node: "kafka-4", what: "not in the ISR of 1 partition: t-0", partitions: ["t-0"] },
        { node: "broker 9", what: "not in the ISR of 2 partitions: t-0, t-1", partitions: ["t-0", "t-1"] },
      ],
    );
  });

  it("wants a leader in every partition", () => {
    const leaderless: ClusterView = {
      ...healthy,
      topics: [{ name: "t", partitions: [{ partition: 7, leader: -1, replicas: [1], isr: [1] }] }],
    };
    assert.equal(describeMissing(decide(() => leaderless).missing), "cluster: 1 partition without a leader: t-7");
  });

  it("notes a broker that the settings don't name, and passes", () => {
    const strangers = [10, 9].map((id) => ({ id, host: "x", port: 9092 }));
    const verdict = decide(() => ({ ...healthy, brokers: [...strangers, ...healthy.brokers] }));
    assert.equal(verdict.satisfied, true);
    assert.deepEqual(
      verdict.notes?.map((note) => /^broker (\d+) is registered/.exec(note)?.[1]),
      ["9", "10"],
    );
    assert.match(verdict.summary, / 5 registered/);
  });

  it("does not pass when nobody answers", () => {
    const verdict = decide(() => "no connection");
    assert.equal(verdict.satisfied, false);
    assert.equal(verdict.missing.length, 5);
    assert.match(verdict.summary, /^0 of 5 brokers answer, 0 registered, controller none, 0 partitions$/);
  });
});
