import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";

import { repository } from "../../artifacts/repository";
import { silenceLimited, silenceMs } from "../../examples/consumer/silenceLimited";
import { confluentPython } from "./confluentPython";
import { javaExample } from "./javaExample";
import { startProcess, type TestProcess } from "./process";
import { activityScene, type ActivityScene } from "./activityScene";

const examples = join(repository, "examples", "consumer");
const eventsEach = 100;

/** What librdkafka's producer does with the outputs' settings. */
const pythonProducer = `
import json, os, sys
from confluent_kafka import Producer
failed = []
producer = Producer(json.loads(os.environ["STACK_OUTPUTS"])["clientProperties"]["librdkafka"]["producer"])
for number in range(${eventsEach}):
    producer.produce(os.environ["TOPIC"], b'{"type":"button_click"}', str(number), on_delivery=lambda e, _: e and failed.append(e))
producer.flush(60)
sys.exit(str(failed) if failed else 0)
`;

/**
 * The instance metadata service of a machine in zone-a, version 2 only.
 * @param onZone called when it has told the zone
 */
async function metadataService(onZone: () => void): Promise<Server> {
  const server = createServer(({ method, url, headers }, response) => {
    const isToken = method === "PUT" && url === "/latest/api/token";
    const isZone =
      url === "/latest/meta-data/placement/availability-zone" && headers["x-aws-ec2-metadata-token"] === "token";
    if (isZone) onZone();
    response.writeHead(isToken || isZone ? 200 : 401).end(isToken ? "token" : "zone-a");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe("applications with the outputs' settings, on a real Kafka", function () {
  this.timeout(420_000);
  let scene: ActivityScene;
  let folder: string;
  let consumers: Readonly<Record<string, (variables?: Readonly<Record<string, string>>) => TestProcess>>;
  let javaProducer: (file: "producer" | "zoneProducer") => TestProcess;
  let python: string;
  let metadata: Server;
  let zonesTold = 0;

  before(async () => {
    scene = await activityScene("clients", 3);
    folder = mkdtempSync(join(tmpdir(), "clients-"));
    const classpath = await javaExample();
    metadata = await metadataService(() => zonesTold++);
    python = await confluentPython();
    const { producer, consumer } = scene.kafka.clientProperties.java;
    const written = (name: string, text: string) => {
      const file = join(folder, `${name}.properties`);
      writeFileSync(file, text);
      return file;
    };
    const zoneProducer = `${producer}partitioner.class=ZonePartitioner\nclient.rack=zone-a\n`;
    const files = {
      producer: written("producer", producer),
      zoneProducer: written("zoneProducer", zoneProducer),
      consumer: written("consumer", consumer),
    };
    const java = (...args: readonly string[]) => ["-cp", classpath, ...args];
    const variables = {
      ...scene.variables,
      CONSUMER_PROPERTIES: files.consumer,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${(metadata.address() as AddressInfo).port}`,
    };
    const start = (command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      scene.own(startProcess(command, args, { ...variables, ...more }));
    consumers = {
      kafkajs: (more) => start(process.execPath, ["--import", "tsx", join(examples, "consumer.ts")], more),
      "confluent-kafka for Python": (more) => start(python, [join(examples, "consumer.py")], more),
      Java: (more) => start("java", java("EventCounter"), more),
    };
    javaProducer = (file) => {
      const where = ["--bootstrap-server", scene.kafka.bootstrapServers, "--topic", scene.topic];
      const what = ["--max-messages", String(eventsEach), "--producer.config", files[file]];
      return start("java", java("org.apache.kafka.tools.VerifiableProducer", ...where, ...what));
    };
  });
  after(async () => {
    await scene?.end();
    metadata?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  it("write events, each by a producer of its own kind, that all read, each by a consumer of its own kind", async () => {
    const { client, producer: settings, send } = scene.kafka.clientProperties.kafkajs;
    const kafka = new Kafka({
      ...client,
      brokers: [...client.brokers],
      socketFactory: silenceLimited(silenceMs.producer),
      logLevel: logLevel.NOTHING,
    });
    const producer = kafka.producer(settings);
    await producer.connect();
    const messages = Array.from({ length: eventsEach }, (_, key) => ({
      key: String(key),
      value: '{"type":"page_view"}',
    }));
    await producer.send({ topic: scene.topic, messages, ...send });
    await producer.disconnect();
    const others = [
      startProcess(python, ["-c", pythonProducer], scene.variables),
      javaProducer("producer"),
      javaProducer("zoneProducer"),
    ];
    for (const other of others) assert.equal(await other.ended(), 0, other.log());

    // Java's tool writes numbers.
    const all = /400 events: button_click 100, page_view 100, (unknown|unreadable) 200/;
    const running = Object.entries(consumers).map(([kind, start]) => ({
      kind,
      ...start({ GROUP: `counter-${kind}` }),
    }));
    // Each has asked for the zone whose copy it reads.
    await scene.until("all know their zone", () => zonesTold === running.length);
    for (const { kind, log, end } of running) {
      await scene.until(`${kind} has read all`, () => all.test(log()));
      // Java ends with the number of the signal however well it ends.
      assert.equal(await end("SIGTERM"), kind === "Java" ? 143 : 0, log());
    }
  });

  it("end at once on a misspelt topic, and name those that there are", async () => {
    const running = Object.entries(consumers).map(([kind, start]) => ({ kind, ...start({ TOPIC: "clicnts" }) }));
    for (const { kind, ended, log } of running) {
      assert.equal(await ended(), 1, kind);
      assert.match(log(), /no topic clicnts in the cluster, which has: (.*, )?clients\b/, kind);
    }
  });
});
