import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { repository } from "../../artifacts/repository";
import { unpackedBatchBytes } from "../../planning/node/clientLimits";
import { jvmOptions } from "../../planning/node/jvm";
import { planNodes } from "../../planning/node/nodes";
import { kafkaJars, startKafka, type KafkaProcess } from "./kafka";
import { sampleSettings } from "../unit/settings/sampleSettings";
import * as batches from "./producedBatches";
import { batch, event, eventHead, eventOfHeaders, int32, none, old, snappy, varint } from "./producedBatches";

const run = promisify(execFile);
const topic = "t";
const tooLarge = 10; // MESSAGE_TOO_LARGE
const vast = 0x7ffffff0;
const agentJar = "broker-agent.jar";

const settings = sampleSettings({ brokerHeapMiB: 512 });
const [node] = planNodes(settings).brokers;
assert.ok(node);
const limit = unpackedBatchBytes(settings, node);

const gzip = (bytes: Buffer) => ({ codec: 1, bytes: gzipSync(bytes) });
const many = (bytes: Buffer, times: number) => Buffer.alloc(bytes.length * times, bytes);
const oldVast = Buffer.concat([int32(0), int32(0), int32(vast), Buffer.alloc(100)]);
const snappyVast = Buffer.concat([varint(vast), Buffer.alloc(20)]);
const snappyHead = Buffer.from("82534e41505059000000000100000001", "hex");
const chunk = (says: number, bytes: Buffer) => snappy(Buffer.concat([snappyHead, int32(says), bytes]));
const zstd = (valueBytes: number) => ({ codec: 4, bytes: batches.zstdZeros(eventHead(valueBytes), valueBytes + 1) });

interface Broker extends KafkaProcess {
  /** How many whole collections of garbage there were. */
  readonly fullCollections: () => number;
}

/** What asks a broker for many times as much memory as came in. */
const vastBatches: Record<string, () => Buffer> = {
  "an event of before 2017 that says it has 2 GB": () => old(gzip(oldVast)),
  "the same of the oldest format": () => old(gzip(oldVast), 0),
  "the same as it is in Snappy": () => old(snappy(snappyVast)),
  "what unpacks to 100 MB of small old events": () => old(gzip(many(old(none(Buffer.alloc(1000))), 100_000))),
  "Snappy that says it has 2 GB": () => batch(snappy(snappyVast)),
  "Snappy with a chunk that says it has 2 GB": () => batch(chunk(snappyVast.length, snappyVast)),
  "Snappy with a chunk of which 512 MiB are said to come": () => batch(chunk(512 * 1024 ** 2, Buffer.alloc(20))),
  "a packed event that says it has 2 GB, for whoever reads it": () => batch(gzip(event(10, vast))),
  "30 KB that unpack to an event of 1 GB": () => batch(zstd(1e9)),
  "5,000,000 events without content": () => batch(gzip(many(event(0), 5_000_000)), 5_000_000),
  "a packed event of 800,000 empty headers": () => batch(gzip(eventOfHeaders(800_000))),
  "an event of 100,000 empty headers": () => batch(none(eventOfHeaders(100_000))),
};

describe("a broker's limit on unpacked batches", function () {
  this.timeout(300_000);
  let libraries: string;
  let gcLogs: string;
  let limited: Broker;
  let unlimited: Broker;
  before(async () => {
    libraries = await kafkaJars(settings.kafka.version);
    gcLogs = mkdtempSync(join(tmpdir(), "gc-logs-"));
    [limited, unlimited] = await Promise.all([
      start("limited", jvmOptions(node, { unpackedBatchBytes: limit })),
      start("unlimited", jvmOptions(node)),
    ]);
  });
  after(async () => {
    await Promise.all([limited?.stop(), unlimited?.stop()]);
    rmSync(gcLogs, { recursive: true, force: true });
  });

  /** A broker with the flags of the JVM that a node has. */
  async function start(name: string, options: readonly string[]): Promise<Broker> {
    const gcLog = join(gcLogs, name);
    const own = options.map((option) =>
      option.replace("/opt/kafka/libs", libraries).replace("/var/log/kafka/gc.log", gcLog),
    );
    const kafka = await startKafka({ [topic]: 1 }, own);
    return { ...kafka, fullCollections: () => readFileSync(gcLog, "utf8").match(/Pause Full/g)?.length ?? 0 };
  }

  it("refuses what asks for much more memory than came in, without a collection", async () => {
    for (const [name, make] of Object.entries(vastBatches)) {
      assert.equal(await batches.produce(limited.port, topic, make()), tooLarge, name);
    }
    assert.equal(limited.fullCollections(), 0);
    assert.ok(limited.isRunning());
  });

  it("is what spares whole collections", async () => {
    const answers = [];
    for (const name of ["an event of before 2017 that says it has 2 GB", "Snappy that says it has 2 GB"]) {
      answers.push(await batches.produce(unlimited.port, topic, vastBatches[name]?.() ?? Buffer.alloc(0)));
    }
    assert.deepEqual(answers, [-1, -1]);
    assert.ok(unlimited.fullCollections() >= 2);
  });

  it("takes what is smaller, in the old formats too", async () => {
    // The event's own bytes, and those of an object for it.
    const largest = limit - 64 - 16;
    const inner = old(none(Buffer.alloc(1000)));
    const taken: Record<string, Buffer> = {
      "the largest in Snappy": batch(snappy(batches.snappyZeros(eventHead(largest), largest + 1))),
      "the largest in Zstandard": batch(zstd(largest)),
      "an old event": inner,
      "the oldest": old(none(Buffer.alloc(1000)), 0),
      "1000 old ones": old(gzip(many(inner, 1000))),
      "an old one in Snappy": old(snappy(batches.snappyZeros(inner.subarray(0, 40), inner.length - 40))),
      "150,000 events without content": batch(gzip(batches.emptyEvents(150_000)), 150_000),
      "an event of 10,000 headers": batch(none(eventOfHeaders(10_000))),
    };
    for (const [name, records] of Object.entries(taken)) {
      assert.equal(await batches.produce(limited.port, topic, records), 0, name);
    }
    assert.equal(limited.fullCollections(), 0);
  });

  it("takes what Java's producer writes, packed in each way", async () => {
    const produce = (codec: string) =>
      run("java", [
        ...["-XX:TieredStopAtLevel=1", "-Xmx128m", "-cp", join(libraries, "*")],
        ...["org.apache.kafka.tools.ProducerPerformance", "--topic", topic, "--num-records", "2000"],
        ...["--record-size", "1000", "--throughput", "-1", "--producer-props", "delivery.timeout.ms=60000"],
        ...[`bootstrap.servers=127.0.0.1:${limited.port}`, `compression.type=${codec}`, "batch.size=500000"],
      ]);
    const told = await Promise.all(["none", "gzip", "snappy", "lz4", "zstd"].map(produce));
    for (const { stdout, stderr } of told) assert.match(stdout, /^2000 records sent/m, stderr);
    assert.equal(limited.fullCollections(), 0);
  });

  it("fits every version of Kafka that has a list of jars, the same bytes for each", async () => {
    const lists = readdirSync(join(repository, "artifacts", "jars"));
    const versions = lists.flatMap((name) => /^kafka-(.*)\.sha512$/.exec(name)?.[1] ?? []);
    assert.ok(versions.includes(settings.kafka.version));
    for (const version of versions) {
      const folder = await kafkaJars(version);
      const said = await agentSays(join(folder, "*"));
      assert.match(said, /^INFO .* 16777216 bytes/m, version);
      assert.match(said, /^INFO .* wait for ZooKeeper/m, version);
      // Compiled at another time, in another folder.
      assert.deepEqual(readFileSync(join(folder, agentJar)), readFileSync(join(libraries, agentJar)), version);
    }
  });

  it("lets another Kafka start, and says loudly that it does not hold there", async () => {
    const others = readdirSync(libraries).filter((name) => /^(javassist|kafka-clients)-/.test(name));
    const said = await agentSays(others.map((name) => join(libraries, name)).join(":"));
    assert.match(said, /^ERROR ANY CLIENT CAN FILL THE HEAP: .*LogValidator/m);
    assert.match(said, /^ERROR ANY CLIENT CAN STOP A BROKER THAT HAS LOST ZOOKEEPER: .*KafkaRequestHandler/m);
  });

  async function agentSays(classPath: string): Promise<string> {
    const agent = `-javaagent:${join(libraries, agentJar)}=16777216`;
    return (await run("java", [agent, "-cp", classPath, "-version"])).stdout;
  }
});
