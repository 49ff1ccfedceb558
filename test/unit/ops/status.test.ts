import assert from "node:assert/strict";
import { describeCluster } from "../../../planning/cluster/clusterDescription";
import { ownAddresses, wantedRights } from "../../../ops/access";
import { asFound, type FoundAcl } from "../../../ops/kafka/acls";
import type { ConfigSource, ConfigValue } from "../../../ops/kafka/configs";
import { clusterStatus, statusText, statusWatcher, type StatusAdmin } from "../../../ops/status";
import { sampleSettings } from "../settings/sampleSettings";
import { FakeBrokers } from "./fakeBrokers";

/** Without ZooKeeper, which the tests of its gate look at. */
const cluster = {
  ...describeCluster(sampleSettings({ topics: [{ name: "clicks", partitions: 3, retentionHours: 24 }] }), "bucket"),
  zookeeper: [],
};

describe("the cluster's status", () => {
  let brokers: FakeBrokers;
  let configs: Record<string, Record<string, ConfigValue>>;
  let rights: FoundAcl[];
  const ours = (source: ConfigSource, values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value, source }]));
  const admin: StatusAdmin = {
    metadata: () => Promise.resolve(brokers.view(1)),
    configs: (type, names) => Promise.resolve(new Map(names.map((name) => [name, configs[`${type} ${name}`] ?? {}]))),
    rights: () => Promise.resolve(rights),
  };
  const observation = (asked = admin) => clusterStatus(cluster, ({ id }) => brokers.address(id), asked);

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
    configs = { "topic clicks": ours("topic", cluster.topics[0]?.config ?? {}) };
    rights = wanted();
  });
  afterEach(() => brokers.stop());

  const wanted = () => wantedRights(ownAddresses(cluster)).map(asFound);

  it("is healthy when everything is there and as the settings say", async () => {
    const status = await observation();
    assert.equal(status.healthy, true, statusText(status));
    assert.deepEqual(status.topics.notes, []);
    assert.match(statusText(status), /^kafka-test: healthy\n[^]*\ntopics +ok: 1 of 1 topics in sync$/);
  });

  it("notes with the topics what is not as the settings say, and is healthy all the same", async () => {
    configs = { "topic clicks": ours("topic", { ...cluster.topics[0]?.config, "retention.ms": "7" }) };
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
    const throttled = { ...cluster.topics[0]?.config, "leader.replication.throttled.replicas": "0:1" };
    configs = { "topic clicks": ours("topic", throttled) };
    const { healthy, topics } = await observation();
    assert.equal(healthy, true);
    assert.equal(
      topics.notes?.at(-1),
      "throttles are set on topic clicks, and nothing moves: the guardian removes them",
    );
  });

  it("notes with Kafka every setting that a broker was given while it runs, but for throttles, and all rights", async () => {
    const all = ours("default-broker", { "unclean.leader.election.enable": "true" });
    for (const { id } of cluster.brokers) configs[`broker ${id}`] = all;
    configs["broker 2"] = {
      ...all,
      ...ours("broker", { "log.retention.ms": "1", "leader.replication.throttled.rate": "5" }),
      ...ours("static", { "num.io.threads": "8" }),
    };
    rights = [...rights.slice(1), { ...wanted()[0]!, host: "10.9.9.9" }];
    const status = await observation();
    assert.equal(status.healthy, true);
    assert.deepEqual(status.kafka.notes, [
      "not of the settings: all brokers: unclean.leader.election.enable=true",
      "not of the settings: broker 2: log.retention.ms=1",
      '1 right missing on the brokers: "kafka-ops rights" gives them',
      "not of the settings: 1 right of 10.9.9.9",
    ]);
  });

  it("that is watched asks for what differs from the settings once a minute only", async () => {
    let asked = 0;
    const counting = { ...admin, rights: () => (asked++, admin.rights()) };
    const look = statusWatcher(cluster, ({ id }) => brokers.address(id), counting, 60_000);
    rights.pop();
    const notes = [(await look()).kafka.notes, (await look()).kafka.notes];
    assert.equal(asked, 1);
    assert.match(notes[1]?.[0] ?? "", /1 right missing on the brokers/);
    assert.deepEqual(notes[0], notes[1]);
    const eager = statusWatcher(cluster, ({ id }) => brokers.address(id), counting, 0);
    await eager();
    await eager();
    assert.equal(asked, 3);
  });

  it("asks for no difference while ZooKeeper has no quorum: Kafka would keep the question waiting", async () => {
    const alone = { ...cluster, zookeeper: [{ ...cluster.brokers[0]!, name: "zookeeper-1", privateIp: "127.0.0.77" }] };
    const asked = { ...admin, rights: () => assert.fail("it was asked") };
    const { kafka, topics, zookeeper } = await clusterStatus(alone, ({ id }) => brokers.address(id), asked);
    assert.deepEqual([kafka.satisfied, topics.notes, zookeeper.satisfied], [true, [], false]);
  });

  it("says that the guardian has stopped all writing", async () => {
    rights.push(asFound({ resource: "topic", name: "*", host: "*", operation: "write", permission: "deny" }));
    assert.deepEqual((await observation()).kafka.notes, [
      "WRITING IS STOPPED, as disks are nearly full: guardian status says which, and what to do",
    ]);
  });

  it("says so when it can't find out", async () => {
    const refuse = (name: string) => () => Promise.reject(new Error(`no ${name}`));
    const { healthy, topics } = await observation({ ...admin, configs: refuse("configs") });
    assert.equal(healthy, true);
    assert.deepEqual(topics.notes, ["whether all is as the settings say is not known: no configs"]);
    const { kafka } = await observation({ ...admin, rights: refuse("rights") });
    assert.deepEqual(kafka.notes, ["who may do what with the brokers is not known: no rights"]);
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
    const status = await clusterStatus({ ...cluster, zookeeper }, ({ id }) => brokers.address(id), admin);
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
      /kafka +NOT OK: 5 of 5 brokers answer, .*\n {2}missing: cluster: 1 partition without a leader: clicks-1/,
    );
    assert.match(text, /topics +NOT OK: .*\n {2}missing: cluster: topic clicks has no full ISR in 1 partition \(1\)/);
    assert.equal(status.partitions.find(({ partition }) => partition === 1)?.leader, -1);
    assert.ok(status.nodes.every(({ state }) => state.startsWith("in service")));
    assert.deepEqual(brokers.asked, [], "a cluster that is not well is not asked for more");
  });
});
