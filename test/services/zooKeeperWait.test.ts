import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Kafka, logLevel, type Admin } from "kafkajs";
import { freePort } from "../../ops/freePort";
import { kafkaJars, smallJvm, startKafka, type KafkaProcess } from "./kafka";
import { startProcess, type TestProcess } from "./process";

const topic = "t";
/** More than a broker's request threads, which are 8. */
const askers = 24;
const requestTimedOut = 7;
const topicResource = 2;

describe("a broker that has lost ZooKeeper", function () {
  this.timeout(600_000);
  let folder: string;
  let port: number;
  let libraries: string;
  let zookeeper: TestProcess;
  let kafka: KafkaProcess;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "zookeeper-"));
    libraries = await kafkaJars("3.9.2");
    port = await freePort();
    startZooKeeper();
    kafka = await startKafka({ [topic]: 1 }, withAgent(), { port, id: 1 });
    // Makes Kafka's own topic of groups.
    await write(1);
    await kafka.messages(topic);
  });
  after(async () => {
    await kafka?.stop();
    await zookeeper?.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  function startZooKeeper(): void {
    const main = ["org.apache.zookeeper.server.ZooKeeperServerMain", String(port), folder];
    zookeeper = startProcess("java", [...smallJvm, "-cp", join(libraries, "*"), ...main], {});
  }

  const withAgent = () => [...smallJvm, `-javaagent:${join(libraries, "broker-agent.jar")}=16777216`];

  const client = () =>
    new Kafka({
      logLevel: logLevel.NOTHING,
      brokers: [kafka.bootstrapServers],
      requestTimeout: 60_000,
      retry: { retries: 0 },
    });

  async function write(events: number): Promise<void> {
    const producer = client().producer();
    await producer.connect();
    for (let event = 0; event < events; event++) await producer.send({ topic, messages: [{ value: String(event) }] });
    await producer.disconnect();
  }

  const describeTopic = (admin: Admin) =>
    admin.describeConfigs({ includeSynonyms: false, resources: [{ type: topicResource, name: topic }] });

  /** Requests that a broker in this mode has to ask ZooKeeper for. */
  const questions: readonly ((admin: Admin) => Promise<unknown>)[] = [
    describeTopic,
    (admin) => admin.createTopics({ topics: [{ topic: "other" }], waitForLeaders: false, timeout: 60_000 }),
    (admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 2 }], timeout: 60_000 }),
    (admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: topicResource, name: topic, configEntries: [{ name: "retention.ms", value: "1000000" }] }],
      }),
  ];

  const outages: Record<string, { readonly begin: () => unknown; readonly end: () => unknown }> = {
    "that is silent": { begin: () => zookeeper.child.kill("SIGSTOP"), end: () => zookeeper.child.kill("SIGCONT") },
    "that is gone": { begin: () => zookeeper.end("SIGKILL"), end: startZooKeeper },
  };
  for (const [name, outage] of Object.entries(outages)) {
    it(`serves its clients while others ask for what only ZooKeeper knows, ${name}`, async () => {
      const admins = Array.from({ length: askers }, () => client().admin());
      await Promise.all(admins.map((admin) => admin.connect()));
      const before = (await kafka.messages(topic)).length;
      const answers = new Map<string, number>();
      let over = false;
      await outage.begin();
      const asking = admins.map(async (admin, index) => {
        for (let next = index; !over; next++) {
          const question = questions[next % questions.length] ?? describeTopic;
          const answer = await question(admin).then(
            () => "answered",
            (error: Error) => codeOf(error),
          );
          answers.set(answer, (answers.get(answer) ?? 0) + 1);
        }
      });
      await pause(3000); // whatever is to block is blocked
      await write(50);
      assert.equal((await kafka.messages(topic)).length, before + 50);
      over = true;
      await Promise.all(asking);
      assert.deepEqual([...answers.keys()], [String(requestTimedOut)]);

      await outage.end();
      const [admin] = admins;
      assert.ok(admin);
      await untilAnswered(() => describeTopic(admin));
      const more = `after-${Object.keys(outages).indexOf(name)}`;
      await kafka.makeTopics({ [more]: 1 });
      await Promise.all(admins.map((one) => one.disconnect()));
    });
  }

  it("carries out what the controller says, be it that it has to wait for ZooKeeper", async () => {
    const proxy = await startProxy(port);
    const other = await startKafka({ "made-on-2": 1 }, withAgent(), { port: proxy.port, id: 2 });
    try {
      proxy.cut();
      // The first has ZooKeeper; the second, which is to lead, wants to read the topic's settings there.
      const replicaAssignment = [{ partition: 0, replicas: [2] }];
      await kafka.admin((admin) =>
        admin.createTopics({ topics: [{ topic: "led-by-2", replicaAssignment }], waitForLeaders: false }),
      );
      // Longer than a client's request waits, shorter than the session: nobody says it a second time.
      await pause(2500);
      proxy.mend();
      await untilAnswered(() => kafka.admin((admin) => admin.fetchTopicOffsets("led-by-2")));
    } finally {
      await other.stop();
      proxy.stop();
    }
  });
});

async function untilAnswered(ask: () => Promise<unknown>): Promise<void> {
  for (const end = Date.now() + 120_000; ; await pause(200)) {
    const answer = await ask().catch((error: Error) => error);
    if (!(answer instanceof Error)) return;
    assert.ok(Date.now() < end, answer.message);
  }
}

/** A way to a port of this machine that can be cut. */
async function startProxy(port: number) {
  const sockets = new Set<Socket>();
  let isCut = false;
  const drop = () => sockets.forEach((socket) => socket.destroy());
  const server = createServer((socket) => {
    const onwards = connect(port, "127.0.0.1");
    for (const [one, another] of [
      [socket, onwards],
      [onwards, socket],
    ] as const) {
      sockets.add(one);
      one
        .on("error", () => undefined)
        .once("close", () => {
          sockets.delete(one);
          another.destroy();
        });
      one.pipe(another);
    }
    if (isCut) drop();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      drop();
    },
    mend: () => {
      isCut = false;
    },
    stop: () => {
      drop();
      server.close();
    },
  };
}

/** The code of Kafka's error, also of the first of several. */
function codeOf(error: Error): string {
  const { code, errors } = error as Error & { code?: number; errors?: readonly Error[] };
  const [first] = errors ?? [];
  return first ? codeOf(first) : String(code ?? error.message);
}
