import assert from "node:assert/strict";
import { describeCluster } from "../../../planning/cluster/clusterDescription";
import { clusterStatus, statusText } from "../../../ops/status";
import { sampleSettings } from "../settings/sampleSettings";
import { FakeBrokers } from "./fakeBrokers";

/** Without ZooKeeper, which the tests of its gate look at. */
const cluster = {
  ...describeCluster(sampleSettings({ topics: [{ name: "clicks", partitions: 3, retentionHours: 24 }] }), "bucket"),
  zookeeper: [],
};

describe("the cluster's status", () => {
  let brokers: FakeBrokers;
  const observation = () => clusterStatus(cluster, ({ id }) => brokers.address(id));

  beforeEach(async () => {
    brokers = await FakeBrokers.start(...cluster.brokers.map(({ id }) => id));
    const advertised = cluster.brokers.map(({ id, dnsName }) => ({ id, host: dnsName, port: 9092 }));
    brokers.topics = cluster.topics.map(({ name, replicaAssignment }) => ({
      name,
      partitions: replicaAssignment.map((replicas, partition) => ({
        partition,
        leader: replicas[0] ?? -1,
        replicas,
        isr: replicas,
      })),
    }));
    brokers.view = () => ({ brokers: advertised, controllerId: 1, topics: brokers.topics });
    brokers.answer = () => clicksConfigs(cluster.topics[0]?.config ?? {});
  });
  afterEach(() => brokers.stop());

  /** Kafka's answer about the topic's own settings. */
  function clicksConfigs(config: Readonly<Record<string, string>>): string {
    const number = (value: number, bytes: number) => value.toString(16).padStart(2 * bytes, "0");
    const text = (value: string) => number(value.length, 2) + Buffer.from(value).toString("hex");
    const entries = Object.entries(config);
    const ofTopic = "00" + "01" + "00" + "00000000"; // can be changed, is the topic's, not sensitive, no synonyms
    return (
      `00000000000000010000ffff02${text("clicks")}${number(entries.length, 4)}` +
      entries.map(([key, value]) => text(key) + text(value) + ofTopic).join("")
    );
  }

  it("is healthy when everything is there and as the settings say", async () => {
    const status = await observation();
    assert.equal(status.healthy, true, statusText(status));
    assert.deepEqual(status.topics.notes, []);
    assert.match(statusText(status), /^kafka-test: healthy\n[^]*\ntopics +ok: 1 of 1 topics in sync$/);
  });

  it("notes with the topics what is not as the settings say, and is healthy all the same", async () => {
    brokers.answer = () => clicksConfigs({ ...cluster.topics[0]?.config, "retention.ms": "7" });
    brokers.topics = brokers.topics.map((topic) => ({ ...topic, partitions: topic.partitions.slice(0, 2) }));
    const status = await observation();
    assert.equal(status.healthy, true);
    assert.deepEqual(status.topics.notes, [
      "not as the settings say: clicks: partitions 2 -> 3",
      "not as the settings say: clicks: retention.ms 7 -> 86400000",
    ]);
    assert.match(
      statusText(status),
      /topics +ok: .*\n {2}note: not as the settings say: clicks: partitions 2 -> 3\n {2}note: .* 7 -> 86400000$/,
    );
  });

  it("notes throttles that are set while no copies are moved", async () => {
    brokers.answer = () =>
      clicksConfigs({ ...cluster.topics[0]?.config, "leader.replication.throttled.replicas": "0:1" });
    const { healthy, topics } = await observation();
    assert.equal(healthy, true);
    assert.equal(
      topics.notes?.at(-1),
      "throttles are set on topic clicks, and nothing moves: the guardian removes them",
    );
  });

  it("says so when it can't find out", async () => {
    brokers.answer = () => "00000000000000010003ffff020006636c69636b7300000000";
    const { healthy, topics } = await observation();
    assert.equal(healthy, true);
    assert.deepEqual(topics.notes, [
      "whether the topics are as the settings say is not known: Kafka refuses topic clicks: UNKNOWN_TOPIC_OR_PARTITION",
    ]);
  });

  it("shows each node's state in a table: who is the controller, who is silent and why", async () => {
    const advertised = brokers.view(1);
    brokers.view = (id) => ({ ...advertised, controllerId: 2, topics: id === 1 ? [] : advertised.topics });
    const address = brokers.address.bind(brokers);
    // Nobody listens there.
    const status = await clusterStatus(
      {
        ...cluster,
        zookeeper: cluster.brokers.slice(0, 1).map((one) => ({ ...one, name: "zk", privateIp: "127.0.0.77" })),
      },
      ({ id }) => (id === 4 ? { id, host: "127.0.0.77", port: 9 } : address(id)),
    );
    assert.equal(status.healthy, false);
    assert.deepEqual([status.controllerId, status.zookeeperLeader], [2, undefined]);
    assert.deepEqual(
      status.nodes.map(({ name, state }) => [name, state]),
      [
        ["zk", "connection refused by 127.0.0.77:2181"],
        ["kafka-1", "in service"],
        ["kafka-2", "in service, controller"],
        ["kafka-3", "in service"],
        ["kafka-4", "connection refused on port 9"],
        ["kafka-5", "in service"],
      ],
    );
    const lines = statusText(status).split("\n");
    assert.match(lines[0] ?? "", /: NOT HEALTHY$/);
    assert.equal(lines[1], "");
    const starts = lines
      .slice(2, 8)
      .map((line) => [line.indexOf(" us-east-1"), line.search(/(in service|connection)/)]);
    assert.ok(
      starts.every((columns) => columns.join() === starts[0]?.join()),
      lines.join("\n"),
    );
    assert.match(lines[4] ?? "", /^kafka-2  us-east-1\w  10\.[\d.]+ +in service, controller$/);
  });

  it("is not healthy where ZooKeeper alone is not whole", async () => {
    // Nobody listens there.
    const zookeeper = cluster.brokers.slice(0, 1).map((one) => ({ ...one, name: "zk", privateIp: "127.0.0.77" }));
    const status = await clusterStatus({ ...cluster, zookeeper }, ({ id }) => brokers.address(id));
    assert.deepEqual([status.kafka.satisfied, status.topics.satisfied, status.healthy], [true, true, false]);
    assert.match(statusText(status), /\nzookeeper NOT OK: .*\n {2}missing: zk: connection refused/);
  });

  it("tells of nothing where no broker answers", async () => {
    const status = await clusterStatus(cluster, ({ id }) => ({ id, host: "127.0.0.77", port: 9 }));
    assert.deepEqual([status.controllerId, status.partitions, status.topics.notes], [-1, [], []]);
    assert.ok(status.nodes.every(({ state }) => state === "connection refused on port 9"));
  });

  it("tells of a partition without a leader, and everything else as well", async () => {
    brokers.topics = brokers.topics.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map((one) => (one.partition === 1 ? { ...one, leader: -1 } : one)),
    }));
    const status = await observation();
    assert.equal(status.healthy, false);
    const text = statusText(status);
    assert.match(
      text,
      /kafka +NOT OK: 5 of 5 brokers answer, .*\n {2}missing: cluster: 1 partitions without a leader: clicks-1/,
    );
    assert.match(text, /topics +NOT OK: .*\n {2}missing: cluster: topic clicks has no full ISR in 1 partitions \(1\)/);
    assert.equal(status.partitions.find(({ partition }) => partition === 1)?.leader, -1);
    assert.ok(status.nodes.every(({ state }) => state.startsWith("in service")));
    assert.deepEqual(brokers.asked, [], "a cluster that is not well is not asked for more");
  });
});
