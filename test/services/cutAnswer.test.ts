import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";

import { silenceLimited, silenceMs } from "../../examples/consumer/silenceLimited";
import { fillBacklog } from "../../trials/jobs/clientFault/backlog";
import { Clients } from "../../trials/jobs/drill/clients";
import { startKafka, type KafkaProcess } from "./kafka";

const topic = "clicks";
/** Two batches of half a MiB: each is an answer. */
const events = 2 * 515;
/** Bytes of a connection after which it is cut off, once: in the midst of its second answer with events. */
const cutAfterBytes = 800_000;
/** kafkajs gives up after eight times 16 s what it can't mend, and begins anew. */
const withinMs = 90_000;

/**
 * Stands between a client and a broker, and does `cut` once to a connection that has brought the client so many bytes.
 */
async function startCutter(port: number, cut: (client: Socket) => void): Promise<Server> {
  let isCut = false;
  const server = createServer((client) => {
    const broker = connect(port, "127.0.0.1");
    let bytes = 0;
    client.pipe(broker);
    for (const side of [client, broker]) side.on("error", () => undefined);
    for (const side of [client, broker]) side.on("close", () => (client.destroy(), broker.destroy()));
    broker.on("data", (chunk) => {
      bytes += chunk.length;
      client.write(chunk);
      if (isCut || bytes < cutAfterBytes) return;
      isCut = true;
      broker.pause();
      cut(client);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe("a kafkajs consumer, on a real Kafka", function () {
  this.timeout(300_000);
  let kafka: KafkaProcess;
  before(async () => {
    kafka = await startKafka({ [topic]: 1 });
    const { clientProperties } = kafka;
    await fillBacklog(new Clients({ against: "ours", clientProperties }), topic, 1, events);
  });
  after(() => kafka?.stop());

  const cuts: Readonly<Record<string, (client: Socket) => void>> = {
    "falls silent": () => undefined,
    "is reset": (client) => client.resetAndDestroy(),
  };
  for (const [what, cut] of Object.entries(cuts)) {
    it(`reads on when its connection ${what} in the midst of an answer`, async () => {
      let cutAt = 0;
      const server = await startCutter(kafka.port, (client) => {
        cutAt = Date.now();
        cut(client);
      });
      const { port } = server.address() as AddressInfo;
      const { consumerClient, consumer: settings } = kafka.clientProperties.kafkajs;
      const limited = silenceLimited(silenceMs.consumer);
      const consumer = new Kafka({
        ...consumerClient,
        brokers: [...consumerClient.brokers],
        logLevel: logLevel.NOTHING,
        socketFactory: (to) => limited({ ...to, port }),
      }).consumer({ groupId: what.replaceAll(" ", "-"), ...settings });
      const offsets: number[] = [];
      try {
        await consumer.connect();
        await consumer.subscribe({ topic, fromBeginning: true });
        await consumer.run({
          eachMessage: ({ message }) => Promise.resolve(void offsets.push(Number(message.offset))),
        });
        for (const end = Date.now() + withinMs; offsets.length < events; await pause(100)) {
          assert.ok(Date.now() < end, `${offsets.length} of ${events} events came`);
        }
      } finally {
        await consumer.disconnect();
        server.close();
      }
      assert.ok(cutAt > 0);
      assert.deepEqual(offsets, [...Array(events).keys()]);
    });
  }
});
