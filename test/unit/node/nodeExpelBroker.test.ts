import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeZooKeeper } from "./fakeZooKeeper";
import { needsPython, runProgram } from "./nodePrograms";

const died = { SERVICE_RESULT: "signal", EXIT_CODE: "killed", EXIT_STATUS: "KILL" };
const minuteMs = 60_000;

describe("a broker that died", function () {
  this.timeout(15_000);
  before(needsPython);

  let zookeeper: FakeZooKeeper;
  let address: string;
  beforeEach(async () => {
    zookeeper = new FakeZooKeeper();
    address = await zookeeper.listen();
    zookeeper.register(3, "kafka-3:9092", Date.now() - minuteMs);
    zookeeper.register(4, "kafka-4:9092", Date.now() - minuteMs, 2);
    zookeeper.elect(4, Date.now() - minuteMs, 2);
  });
  afterEach(() => zookeeper.close());

  async function expel(environment: Record<string, string>, ...words: string[]) {
    const settings = { NODE_ID: "3", ZOOKEEPER_CONNECT: address, ...environment };
    return runProgram(join(__dirname, "../../../node/bin/expel-broker"), settings, words);
  }

  const registered = () => [...zookeeper.nodes.keys()].sort();

  for (const [how, environment] of Object.entries({
    "killed by a signal": died,
    "out of memory": { SERVICE_RESULT: "exit-code", EXIT_CODE: "exited", EXIT_STATUS: "3" },
    "killed as its stop took too long": { SERVICE_RESULT: "timeout", EXIT_CODE: "killed", EXIT_STATUS: "KILL" },
    "ended by the kernel's memory killer": { SERVICE_RESULT: "oom-kill", EXIT_CODE: "killed", EXIT_STATUS: "KILL" },
  })) {
    it(`is expelled: ${how}`, async () => {
      const { status, output } = await expel(environment);
      assert.equal(status, 0, output);
      assert.match(output, /^Kafka died \(.*\): broker 3: deleted \/brokers\/ids\/3 \(\d+ ms\)\n$/);
      assert.deepEqual(registered(), ["/brokers/ids/4", "/controller"]);
    });
  }

  it("gives up the controller in the same moment", async () => {
    zookeeper.elect(3, Date.now() - minuteMs);
    const { output } = await expel(died);
    assert.match(output, /deleted \/brokers\/ids\/3 and \/controller/);
    assert.ok(zookeeper.requests.includes("multi /brokers/ids/3 /controller"));
    assert.deepEqual(registered(), ["/brokers/ids/4"]);
  });

  for (const [how, environment, told] of [
    ["a controlled stop", { SERVICE_RESULT: "success", EXIT_CODE: "exited", EXIT_STATUS: "143" }, /a controlled stop/],
    ["it was not Kafka that failed", { SERVICE_RESULT: "exit-code" }, /Kafka itself did not run/],
  ] as const) {
    it(`stays registered: ${how}`, async () => {
      const { status, output } = await expel(environment);
      assert.equal(status, 0);
      assert.match(output, told);
      assert.deepEqual(zookeeper.requests, []);
    });
  }

  it("leaves what a newer start has registered", async () => {
    zookeeper.register(3, "kafka-3:9092", Date.now() + minuteMs);
    const { status, output } = await expel(died);
    assert.equal(status, 0);
    assert.match(output, /not expelled, as \/brokers\/ids\/3 is [\d.]+ s newer than the end of Kafka/);
    assert.ok(zookeeper.nodes.has("/brokers/ids/3"));
  });

  it("leaves a registration that appears after the first look, even with an old time", async () => {
    zookeeper.before = (request) => {
      if (request.startsWith("multi")) zookeeper.register(3, "kafka-3:9092", Date.now() - minuteMs, 9);
      return !request.startsWith("multi");
    };
    const { output } = await expel(died);
    assert.match(output, /broker 3: the registration is gone/);
    assert.ok(zookeeper.nodes.has("/brokers/ids/3"));
  });

  it("tries again when the connection breaks", async () => {
    let failures = 2;
    zookeeper.before = (request) => !request.startsWith("multi") || failures-- <= 0;
    const { output } = await expel(died);
    assert.match(output, /deleted \/brokers\/ids\/3/);
  });

  it("has nothing to do when the session has ended already", async () => {
    zookeeper.expire(1);
    zookeeper.nodes.delete("/brokers/ids/3");
    assert.match((await expel(died)).output, /no registration of broker 3/);
  });

  it("goes to the next server when the first does not answer", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const { output } = await expel({ ...died, ZOOKEEPER_CONNECT: `127.0.0.1:1,127.0.0.1:${port},${address}` });
    silent.close();
    assert.match(output, /deleted \/brokers\/ids\/3/);
    assert.ok(Number(/\((\d+) ms\)/.exec(output)?.[1]) < 1500, output);
  });

  it("gives up in time, and without failing the service, when no server answers", async () => {
    await zookeeper.close();
    const begun = Date.now();
    const { status, output } = await expel(died);
    assert.equal(status, 0);
    assert.match(output, /not expelled: no ZooKeeper server answers .* its session will end by itself/);
    assert.ok(Date.now() - begun < 10_000);
  });

  it("tells Prometheus of each death since the machine's start, and how its expel ended", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kafka-metrics-"));
    const told = () => readFileSync(join(folder, "expel-broker.prom"), "utf8");
    try {
      for (let deaths = 0; deaths < 2; deaths++) {
        zookeeper.register(3, "kafka-3:9092", Date.now() - minuteMs);
        await expel({ ...died, METRICS_FOLDER: folder });
      }
      await expel({ ...died, METRICS_FOLDER: folder });
      assert.match(told(), /^kafka_node_deaths_total\{expel="expelled"\} 2\.0\n.*expel="gone"\} 1\.0$/m);
      const last = told();
      await expel({ SERVICE_RESULT: "success", EXIT_CODE: "exited", EXIT_STATUS: "143", METRICS_FOLDER: folder });
      await expel({ MAIN_PID: "0", METRICS_FOLDER: folder }, "--dry-run");
      assert.equal(told(), last);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("shows by hand what it would do", async () => {
    const { status, output } = await expel({ MAIN_PID: "0" }, "--dry-run");
    assert.equal(status, 0, output);
    assert.match(output, /by hand: broker 3: would delete \/brokers\/ids\/3/);
    assert.ok(zookeeper.nodes.has("/brokers/ids/3"));
  });

  it("is not expelled by hand while Kafka runs", async () => {
    const { status, output } = await expel({ MAIN_PID: "4711" });
    assert.equal(status, 1);
    assert.match(output, /kafka\.service runs: stop it/);
    assert.deepEqual(zookeeper.requests, []);
  });

  it("says how it is called", async () => {
    const { status, output } = await expel({ MAIN_PID: "0" }, "--now");
    assert.equal(status, 2);
    assert.equal(output, "usage: expel-broker [--dry-run]\n");
  });
});
