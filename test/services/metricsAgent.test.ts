import assert from "node:assert/strict";
import { once } from "node:events";
import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { extract } from "tar";
import { ensureZooKeeperArchive } from "../../artifacts/archives";
import { repository } from "../../artifacts/repository";
import { freePort } from "../../ops/freePort";
import { kafkaJars, startKafka, type KafkaProcess } from "./kafka";
import { startProcess, type TestProcess } from "./process";
import { toldByJmx } from "../unit/monitoring/told";
import { sampleSettings } from "../unit/settings/sampleSettings";

const { kafka, zookeeper } = sampleSettings();
const smallJvm = ["-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
const configuration = (role: "kafka" | "zookeeper") => join(repository, "node", "etc", role, "metrics.yml");
const agent = (jars: string, port: number, file: string) =>
  `-javaagent:${join(jars, "metrics.jar")}=127.0.0.1:${port}:${file}`;

/** What is served, one series a line. Waits until it is. */
async function series(port: number, ready: (lines: readonly string[]) => boolean = () => true): Promise<string[]> {
  for (const end = Date.now() + 120_000; ; await pause(500)) {
    try {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      if (ready(lines)) return lines;
      assert.ok(Date.now() < end, text);
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

const valueOf = (lines: readonly string[], start: string) =>
  Number(lines.find((line) => line.startsWith(`${start} `))?.slice(start.length));
/** Those of the exporter itself, which Prometheus drops but for one. */
const unused = /^jmx_(?!scrape_error$)/;
const namesOf = (lines: readonly string[]) =>
  [...new Set(lines.map((line) => line.replace(/[ {].*/, "")))].filter((name) => !unused.test(name)).sort();

describe("the metrics of a broker", function () {
  this.timeout(300_000);
  let port: number;
  let broker: KafkaProcess;
  let lines: readonly string[];
  before(async () => {
    port = await freePort();
    const jvm = [...smallJvm, agent(await kafkaJars(kafka.version), port, configuration("kafka"))];
    broker = await startKafka({ clicks: 60, views: 35, orders: 15 }, jvm);
    await broker.messages("clicks");
    lines = await series(port, (all) => valueOf(all, "kafka_server_replicamanager_leadercount") >= 110);
  });
  after(() => broker?.stop());

  it("are those of monitoring/metrics.yml, and all of them", () => {
    // This one has no ZooKeeper and no error, and nobody has written to it.
    const elsewhere = /zookeeper|_errors_total$|^kafka_controller_controllereventmanager|^kafka_server_kafkaserver/;
    const told = toldByJmx("kafka");
    const served = namesOf(lines);
    assert.deepEqual(
      told.filter((name) => !elsewhere.test(name) && !served.includes(name)),
      [],
    );
    assert.deepEqual(
      served.filter((name) => !told.includes(name)),
      [],
    );
  });

  it("have values and labels as alerts and panels take them", () => {
    assert.equal(valueOf(lines, "kafka_controller_kafkacontroller_activecontrollercount"), 1);
    assert.ok(valueOf(lines, `kafka_network_requestmetrics_totaltimems{quantile="0.99",request="Produce"}`) >= 0);
    const heap = valueOf(lines, `jvm_memory_max_bytes{area="heap"}`);
    assert.ok(heap > 200 * 1024 ** 2 && heap <= 256 * 1024 ** 2, String(heap));
    assert.ok(valueOf(lines, "process_max_fds") > valueOf(lines, "process_open_fds"));
    assert.equal(valueOf(lines, "jmx_scrape_error"), 0);
  });

  it("are a chosen few: none of a partition, and fewer than 100 for 3 topics of 110 partitions", () => {
    assert.deepEqual(
      lines.filter((line) => line.includes("partition=")),
      [],
    );
    assert.ok(lines.length < 100, String(lines.length));
  });

  it("are served again while another reader does not go on", async () => {
    const readers = await Promise.all([0, 1, 2, 3, 4, 5].map(() => halfARequest(port)));
    try {
      assert.ok((await series(port)).length > 50);
    } finally {
      for (const reader of readers) reader.destroy();
    }
  });
});

describe("a broker whose metrics can't be served", function () {
  this.timeout(300_000);

  it("starts all the same, and serves them once the port is free", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await once(blocker, "listening");
    const { port } = blocker.address() as { port: number };
    const jvm = [...smallJvm, agent(await kafkaJars(kafka.version), port, configuration("kafka"))];
    const broker = await startKafka({ t: 1 }, jvm);
    try {
      await pause(12_000);
      assert.ok(broker.isRunning());
      blocker.close();
      await series(port);
    } finally {
      blocker.close();
      await broker.stop();
    }
  });

  it("starts without the configuration, and with one that is none", async () => {
    const folder = mkdtempSync(join(tmpdir(), "metrics-"));
    const jars = await kafkaJars(kafka.version);
    writeFileSync(join(folder, "none.yml"), "rules:\n  - name: [");
    try {
      for (const file of ["absent.yml", "none.yml"]) {
        const broker = await startKafka({ t: 1 }, [...smallJvm, agent(jars, await freePort(), join(folder, file))]);
        await pause(12_000);
        assert.ok(broker.isRunning(), file);
        await broker.stop();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the metrics of a ZooKeeper node", function () {
  this.timeout(300_000);
  let folder: string;
  let node: TestProcess;
  let lines: readonly string[];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "zookeeper-"));
    const { path } = await ensureZooKeeperArchive(zookeeper.version);
    await pipeline(createReadStream(path), extract({ cwd: folder }));
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data", "myid"), "1\n");
    const [port, client, peer, election] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const properties = {
      tickTime: 1000,
      initLimit: 60,
      syncLimit: 3,
      dataDir: join(folder, "data"),
      clientPort: client,
      clientPortAddress: "127.0.0.1",
      "admin.enableServer": false,
      standaloneEnabled: false,
      "server.1": `127.0.0.1:${peer}:${election}`,
    };
    const text = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(join(folder, "zoo.cfg"), text.join(""));
    const jars = join(folder, "lib");
    const main = ["org.apache.zookeeper.server.quorum.QuorumPeerMain", join(folder, "zoo.cfg")];
    const flags = [...smallJvm, agent(jars, port, configuration("zookeeper")), "-cp", join(jars, "*")];
    node = startProcess("java", [...flags, ...main], {});
    lines = await series(port, (all) => all.some((line) => line.startsWith(`zookeeper_state{state="leading"}`)));
  });
  after(async () => {
    await node?.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  it("are those of monitoring/metrics.yml, and all of them", () => {
    assert.deepEqual(namesOf(lines), toldByJmx("zookeeper"));
    assert.ok(lines.length < 50, String(lines.length));
  });
});

/** A connection that has begun to ask, and does not go on. */
async function halfARequest(port: number) {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  // It is sent away.
  socket.on("error", () => undefined);
  socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\n");
  return socket;
}
