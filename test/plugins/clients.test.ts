import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Kafka, logLevel } from "kafkajs";

import { compileJava, compilerText } from "../../artifacts/compileJava";
import { repository } from "../../artifacts/repository";
import { silenceLimited, silenceMs } from "../../examples/consumer/silenceLimited";
import { cachedFolder, keyOf } from "../../lab/setup/cachedFolder";
import { confluentPython } from "../services/confluentPython";
import { kafkaJars } from "../services/kafka";
import { startProcess, type TestProcess } from "../services/process";
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

/** The example's classes, compiled once. */
async function compiledExample(jars: readonly string[]): Promise<string> {
  const source = join(examples, "EventCounter.java");
  return cachedFolder({
    name: "java-example",
    key: keyOf([{ file: source }, compilerText(), ...jars.map((jar) => basename(jar))]),
    timeoutSeconds: 300,
    progress: () => undefined,
    build: (draft) => {
      const libraries = jars.map((jar) => ({ name: basename(jar), content: readFileSync(jar) }));
      return compileJava([source], libraries, draft);
    },
  });
}

describe("applications with the outputs' settings, on a real Kafka", function () {
  this.timeout(420_000);
  let scene: ActivityScene;
  let folder: string;
  let consumers: Readonly<Record<string, (variables?: Readonly<Record<string, string>>) => TestProcess>>;
  let javaProducer: () => TestProcess;
  let python: string;

  before(async () => {
    scene = await activityScene("clients", 3);
    folder = mkdtempSync(join(tmpdir(), "clients-"));
    const libraries = await kafkaJars("3.9.2");
    const classes = await compiledExample([join(libraries, "kafka-clients-3.9.2.jar")]);
    python = await confluentPython();
    const { producer, consumer } = scene.kafka.clientProperties.java;
    const files = { producer: join(folder, "producer.properties"), consumer: join(folder, "consumer.properties") };
    writeFileSync(files.producer, producer);
    writeFileSync(files.consumer, consumer);
    const java = (...args: readonly string[]) => ["-cp", `${join(libraries, "*")}:${classes}`, ...args];
    const { variables } = scene;
    const start = (command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      scene.own(startProcess(command, args, { ...variables, CONSUMER_PROPERTIES: files.consumer, ...more }));
    consumers = {
      kafkajs: (more) => start(process.execPath, ["--import", "tsx", join(examples, "consumer.ts")], more),
      "confluent-kafka for Python": (more) => start(python, [join(examples, "consumer.py")], more),
      Java: (more) => start("java", java("EventCounter"), more),
    };
    javaProducer = () => {
      const where = ["--bootstrap-server", scene.kafka.bootstrapServers, "--topic", scene.topic];
      const what = ["--max-messages", String(eventsEach), "--producer.config", files.producer];
      return start("java", java("org.apache.kafka.tools.VerifiableProducer", ...where, ...what));
    };
  });
  after(async () => {
    await scene?.end();
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
    const others = [startProcess(python, ["-c", pythonProducer], scene.variables), javaProducer()];
    for (const other of others) assert.equal(await other.ended(), 0, other.log());

    // Java's tool writes numbers.
    const all = /300 events: button_click 100, page_view 100, (unknown|unreadable) 100/;
    const running = Object.entries(consumers).map(([kind, start]) => ({
      kind,
      ...start({ GROUP: `counter-${kind}` }),
    }));
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
