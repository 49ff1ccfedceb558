import assert from "node:assert/strict";
import { Kafka } from "kafkajs";
import { clientProperties } from "../../../../planning/cluster/clientProperties";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { readOutputs } from "../../../../planning/cluster/outputs";
import { planCluster, planRetention } from "../../../../planning/cluster/plan";
import { planTable } from "../../../../planning/cluster/planText";
import { revisionOf } from "../../../../planning/node/revision";
import { planTopics } from "../../../../planning/placement/topics";
import { sampleSettings } from "../../settings/sampleSettings";
import { sampleOutputs } from "./sampleOutputs";

describe("the stack's outputs", () => {
  it("come back as they were written, with later additions ignored", () => {
    const json: unknown = JSON.parse(JSON.stringify({ ...sampleOutputs(), addedLater: 1 }));
    assert.deepEqual(readOutputs(json), sampleOutputs());
  });

  it("are read from the Automation API, with a secret only when it is shown", () => {
    const wrapped = Object.fromEntries(
      Object.entries({ ...sampleOutputs(), sshPrivateKeyParameter: "/kafka/ops/operator-key" }).map(([name, value]) => [
        name,
        { value, secret: false },
      ]),
    );
    assert.equal(readOutputs(wrapped).sshPrivateKeyParameter, "/kafka/ops/operator-key");
    assert.equal(
      readOutputs({ ...sampleOutputs(), sshPrivateKeyParameter: "[secret]" }).sshPrivateKeyParameter,
      undefined,
    );
  });

  it("name what is missing", () => {
    assert.throws(
      () => readOutputs({ ...sampleOutputs(), bootstrapServers: undefined }),
      /not the outputs of a kafka-on-ec2 stack[^]*\n {2}bootstrapServers: .*\nrun pulumi up first/,
    );
    for (const other of ["nothing", null, [sampleOutputs()]])
      assert.throws(() => readOutputs(other), /not the outputs/);
    const { plan } = sampleOutputs();
    assert.throws(() => readOutputs({ ...sampleOutputs(), plan: { ...plan, cost: null } }), /\n {2}plan\.cost: /);
  });
});

describe("client settings", () => {
  const properties = () => clientProperties(["a:9092", "b:9092"], 15);
  const lines = (text: string): Map<string, string> =>
    new Map(
      text
        .trim()
        .split("\n")
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );

  it("give up on a silent broker long before the promise of 60 s, and never on an event", () => {
    const { java, kafkajs } = properties();
    const producer = lines(java.producer);
    assert.equal(producer.get("bootstrap.servers"), "a:9092,b:9092");
    assert.equal(producer.get("acks"), "all");
    assert.equal(producer.get("enable.idempotence"), "true");
    assert.equal(producer.get("retries"), "2147483647");
    assert.ok(Number(producer.get("request.timeout.ms")) <= 10_000);
    assert.ok(Number(producer.get("metadata.max.age.ms")) <= 10_000);
    // Kafka's own rule: otherwise the producer refuses to start.
    const sending = Number(producer.get("linger.ms")) + Number(producer.get("request.timeout.ms"));
    assert.ok(Number(producer.get("delivery.timeout.ms")) >= sending);
    assert.equal(kafkajs.send.acks, -1);
    assert.ok(kafkajs.client.requestTimeout <= 10_000);
    // Longer than the promise where every try fails at once, and not for ever: a topic that does not exist.
    const { retry } = kafkajs.producer;
    const leastMs = retry.retries * retry.maxRetryTime;
    assert.ok(leastMs >= 90_000 && leastMs <= 180_000, String(leastMs));
    assert.ok(kafkajs.producer.retry.maxRetryTime <= 1_000);
    // A bug once: a kafkajs consumer looks for the new coordinator of its group only when it has given up on the old
    // one.
    const { retries, maxRetryTime } = kafkajs.consumer.retry;
    assert.ok((retries + 1) * (kafkajs.client.requestTimeout + maxRetryTime) <= 20_000);
  });

  it("have batches as large as brokers and the producer's memory allow", () => {
    const batch = (partitions: number) =>
      Number(lines(clientProperties(["a:9092"], partitions).java.producer).get("batch.size"));
    const memory = Number(lines(properties().java.producer).get("buffer.memory"));
    // Brokers take 1 MiB, and a batch may become larger than was estimated.
    assert.equal(batch(15), 524_288);
    for (const partitions of [1, 32, 33, 100, 1000]) {
      assert.ok(batch(partitions) <= 524_288);
      // Two for each partition, and as much again for what waits for a leader that is away.
      assert.ok(4 * partitions * batch(partitions) <= memory, String(partitions));
    }
    // Never less than Kafka's default, however many.
    assert.equal(batch(5000), 16_384);
  });

  it("let a consumer over 0.5 MB/s have what it asked for in time, and little at once", () => {
    const many = Array.from({ length: 5 }, (_, index) => `${index}:9092`);
    const { java, kafkajs, librdkafka } = clientProperties(many, 15);
    const consumer = lines(java.consumer);
    const of = librdkafka.consumer;
    const asked: readonly (readonly [bytes: unknown, ofPartition: unknown, timeoutMs: unknown])[] = [
      [kafkajs.consumer.maxBytes, kafkajs.consumer.maxBytesPerPartition, kafkajs.consumerClient.requestTimeout],
      [consumer.get("fetch.max.bytes"), consumer.get("max.partition.fetch.bytes"), consumer.get("request.timeout.ms")],
      [of["fetch.max.bytes"], of["fetch.message.max.bytes"], of["socket.timeout.ms"]],
    ];
    for (const [bytes, ofPartition, timeoutMs] of asked) {
      // All brokers answer at once, and share the link; twice the time, as they do not share it evenly.
      assert.ok((2 * 5 * Number(bytes)) / 0.5e6 < Number(timeoutMs) / 1000, String(timeoutMs));
      assert.equal(ofPartition, bytes);
      // A batch of our producers is not cut in two.
      assert.ok(Number(bytes) >= Number(lines(java.producer).get("batch.size")));
    }
    // Where one partition alone is behind, Java reads an answer in each wait: as fast as the slow link of the drill.
    assert.ok((1000 / Number(consumer.get("fetch.max.wait.ms"))) * Number(consumer.get("fetch.max.bytes")) >= 5e6);
    // A commit's answer comes behind up to 0.1 s of events, small ones of 370 bytes.
    assert.ok(Number(consumer.get("max.poll.records")) * 370 * 10 > 5e6);
    // The failover of producers, and of reading where nothing tells of a silent broker but this time.
    assert.equal(kafkajs.client.requestTimeout, 2_000);
    assert.equal(lines(java.producer).get("request.timeout.ms"), "2000");
    for (const brokers of [1, 3, 15, 100]) {
      const servers = Array.from({ length: brokers }, (_, index) => `${index}:9092`);
      const { requestTimeout } = clientProperties(servers, 15).kafkajs.consumerClient;
      assert.ok(requestTimeout > 2_000 && requestTimeout <= 20_000, `${brokers}: ${requestTimeout}`);
    }
  });

  it("end what can't be done: a topic that nobody made, an event that no broker takes", () => {
    const { java, librdkafka } = properties();
    const producer = lines(java.producer);
    assert.equal(producer.get("max.block.ms"), "60000");
    assert.equal(producer.get("delivery.timeout.ms"), "120000");
    assert.equal(librdkafka.producer["message.timeout.ms"], "120000");
    assert.equal(librdkafka.producer["topic.metadata.propagation.max.ms"], "10000");
  });

  it("are the same for librdkafka, in texts", () => {
    const { java, librdkafka } = properties();
    const producer = lines(java.producer);
    for (const name of ["bootstrap.servers", "acks", "enable.idempotence", "linger.ms", "batch.size"])
      assert.equal(librdkafka.producer[name], producer.get(name), name);
    const kibibytes = Number(librdkafka.producer["queue.buffering.max.kbytes"]);
    assert.equal(1024 * kibibytes, Number(producer.get("buffer.memory")));
    assert.equal(librdkafka.producer.partitioner, "murmur2_random");
    for (const values of Object.values(librdkafka))
      for (const value of Object.values(values)) assert.equal(typeof value, "string");
  });

  it("are taken by kafkajs, and survive JSON", () => {
    const { kafkajs } = properties();
    const copy = JSON.parse(JSON.stringify(kafkajs)) as typeof kafkajs;
    assert.deepEqual(copy, kafkajs);
    const kafka = new Kafka({ clientId: "test", ...copy.client, brokers: [...copy.client.brokers], logLevel: 0 });
    kafka.producer(copy.producer);
    const { consumerClient } = copy;
    const reading = new Kafka({
      clientId: "test",
      ...consumerClient,
      brokers: [...consumerClient.brokers],
      logLevel: 0,
    });
    reading.consumer({ groupId: "test", ...copy.consumer });
  });
});

describe("the plan", () => {
  it("tells what the cluster survives, costs and carries", () => {
    const plan = planCluster(
      sampleSettings({
        brokerInstanceType: "m7g.xlarge",
        brokerVolumeGiB: 1000,
        brokerVolumeThroughputMiBps: 250,
        zookeeperInstanceType: "t4g.small",
        opsHostInstanceType: "t4g.micro",
      }),
    );
    assert.equal(plan.toleratedBrokerFailures, 2);
    assert.equal(plan.toleratedZoneFailures, 1);
    // 1250 Mbps of EBS are 156.25 MB/s, times 5 brokers, over 4 copies. Those of a lost broker are not made elsewhere,
    // so the others write no more than before.
    assert.deepEqual(plan.brokerLoad.maxIngestMBps, { allBrokers: 195.3, oneBrokerLost: 195.3, oneZoneLost: 195.3 });
    assert.equal(plan.brokerLoad.limitedBy, "instance EBS bandwidth");
    assert.equal(plan.brokerLoad.writesPerIngest, 0.8);
    // 730 h × (5 × 0.1632 + 3 × 0.0168 + 0.0084); 5 × (80 + 5) + 3 × 0.64 + 9 × 0.8.
    assert.deepEqual(plan.monthlyCostUsd, { instances: 638.6, volumes: 434.92, total: 1073.52 });
    assert.equal(plan.storage.usableGiB, 1125);
  });

  it("says which limit comes first with a zone lost, although it is another one while all run", () => {
    const reading = { brokerInstanceType: "m7g.xlarge", brokerVolumeGiB: 1000, workloadConsumerGroups: 3 };
    const { brokerLoad, capacity } = planCluster(sampleSettings(reading));
    assert.deepEqual([capacity.scenarios[0]?.limitedBy, brokerLoad.limitedBy], ["volume throughput", "network"]);
  });

  it("keeps events as long as the topic that deletes first, and compacted ones whatever their age", () => {
    const compact = (name: string, retentionHours: number) =>
      ({ name, partitions: 5, retentionHours, cleanupPolicy: "compact", compactedGiB: 5 }) as const;
    const retention = (...topics: readonly object[]) => planRetention(sampleSettings({ brokerVolumeGiB: 200, topics }));
    const both = retention(compact("keys", 1), { name: "events", partitions: 5, retentionHours: 48 });
    assert.deepEqual([both.hours, both.topics.map(({ hours }) => hours)], [48, [1, 48]]);
    const keys = retention(compact("keys", 1));
    assert.equal(keys.hours, null);
    // A broker has 4 GiB of them: twice over, and all of that twice while the cleaner is at work.
    const usedGiB = keys.diskFill.allBrokers * 200;
    assert.ok(usedGiB > 16 && usedGiB < 30, `${usedGiB}`);
  });

  it("survives a zone where both enough copies and most of ZooKeeper stay, and says so where not", () => {
    const settings = sampleSettings({ allowOverload: true, workloadIngestMBps: 1000 });
    const tolerated = (changed: Partial<typeof settings>) =>
      planCluster({ ...settings, ...changed }).toleratedZoneFailures;
    const tight = { ...settings.brokers, minInsyncReplicas: 3 };
    const twoZones = { ...settings.network, zones: settings.network.zones.slice(0, 2) };
    assert.deepEqual([tolerated({}), tolerated({ brokers: tight }), tolerated({ network: twoZones })], [1, 0, 0]);
    const shown = planTable([{ title: "", plan: planCluster({ ...settings, brokers: tight }) }]);
    assert.match(shown, /^survives +any 1 brokers, no zone, 1 ZooKeeper node$/m);
    assert.match(shown, /^all brokers +\d[\d,]* % of the .*, TOO MUCH \(kafka-/m);
    assert.match(shown, /^catches up +after 10 minutes away in never, from an empty disk in never$/m);
  });
});

describe("topics", () => {
  it("carry their retention in Kafka's words, and segments that end in time", () => {
    const [topic] = planTopics(
      sampleSettings({
        topics: [
          { name: "a", partitions: 10, retentionHours: 48, retentionGiB: 20, config: { "compression.type": "zstd" } },
        ],
      }),
    );
    assert.deepEqual(topic?.config, {
      "cleanup.policy": "delete",
      "retention.ms": "172800000",
      "retention.bytes": "2147483648",
      "segment.ms": "17280000",
      "segment.bytes": "214748364",
      "message.timestamp.type": "LogAppendTime",
      "min.insync.replicas": "2",
      "compression.type": "zstd",
    });
  });

  it("keep events from when they came, or refuse those whose own time would have them deleted early or never", () => {
    const timestamps = (config: Record<string, unknown>) => {
      const [topic] = planTopics(
        sampleSettings({ topics: [{ name: "a", partitions: 1, retentionHours: 48, config }] }),
      );
      return Object.fromEntries(Object.entries(topic?.config ?? {}).filter(([key]) => key.includes("timestamp")));
    };
    const type = "message.timestamp.type";
    const [before, after] = ["message.timestamp.before.max.ms", "message.timestamp.after.max.ms"] as const;
    assert.deepEqual(timestamps({}), { [type]: "LogAppendTime" });
    assert.deepEqual(timestamps({ [type]: "CreateTime" }), {
      [type]: "CreateTime",
      [before]: "3600000",
      [after]: "3600000",
    });
    assert.deepEqual(timestamps({ [type]: "CreateTime", [before]: 60_000 }), {
      [type]: "CreateTime",
      [before]: "60000",
      [after]: "3600000",
    });
  });

  it("keep an event as long as they are asked to before it may be compacted, and all the same once they delete", () => {
    const lag = (cleanupPolicy: string) => {
      const size = cleanupPolicy === "compact" ? { compactedGiB: 1 } : {};
      const topics = [{ name: "a", partitions: 1, retentionHours: 2, cleanupPolicy, ...size }];
      const config = planTopics(sampleSettings({ topics }))[0]?.config;
      return [config?.["cleanup.policy"], config?.["min.compaction.lag.ms"]];
    };
    assert.deepEqual(lag("compact"), ["compact", "7200000"]);
    // Said too, or what was set as long as the topic was only compacted would stay.
    assert.deepEqual(lag("compact,delete"), ["compact,delete", "0"]);
  });

  it("are in cluster.json with their placement", () => {
    const cluster = describeCluster(sampleSettings(), "bucket");
    assert.deepEqual(Object.keys(cluster.topics[0] ?? {}), ["name", "partitions", "replicaAssignment", "config"]);
    assert.equal(cluster.topics[0]?.replicaAssignment.length, 15);
    assert.deepEqual(cluster.zookeeper[0], {
      id: 1,
      name: "zookeeper-1",
      zone: "us-east-1a",
      privateIp: "10.20.0.101",
      dnsName: "zookeeper-1.kafka.internal",
      groupName: "kafka-test-zookeeper-1",
    });
  });

  it("are in cluster.json with what the guardian goes by", () => {
    const { minimumRunning, guardian } = describeCluster(sampleSettings(), "bucket");
    assert.deepEqual([minimumRunning, guardian], [3, { enabled: true, dryRun: false, patienceSeconds: 300 }]);
  });
});

describe("a revision", () => {
  it("is 12 hex characters that follow the content, not the order of keys", () => {
    const revision = revisionOf({ a: 1, b: { c: [1, 2], d: "x" } });
    assert.match(revision, /^[0-9a-f]{12}$/);
    assert.equal(revisionOf({ b: { d: "x", c: [1, 2] }, a: 1 }), revision);
    assert.notEqual(revisionOf({ a: 1, b: { c: [2, 1], d: "x" } }), revision);
  });
});
