import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { encodeSent, type EventMessage } from "../../../../examples/activity/events/message";
import { makeCollector, sentEvent } from "./collectorParts";

function message(number: number): EventMessage {
  const result = encodeSent(sentEvent({ number }), Date.now());
  assert.ok("message" in result);
  return result.message;
}

const numberOf = ({ value }: EventMessage) => (JSON.parse(value) as { number: number }).number;

describe("the outbox", function () {
  this.timeout(60_000);

  it("sends many additions as one batch", async () => {
    const { outbox, producer, close } = makeCollector();
    await outbox.connect();
    let batches = 0;
    const { send } = producer;
    producer.send = (messages) => (batches++, send(messages));
    const kept = await Promise.all([1, 2, 3, 4, 5].map((number) => outbox.add([message(number)])));
    assert.deepEqual(new Set(kept), new Set(["acknowledged"]));
    assert.deepEqual([batches, producer.kept.length, outbox.bytes], [1, 5, 0]);
    // One after the other too.
    await outbox.add([message(6)]);
    await outbox.add([message(7)]);
    assert.equal(producer.kept.length, 7);
    await close();
  });

  it("spools what Kafka refuses or leaves unanswered, and sends it later, in order and before what comes after", async () => {
    const property = fc.asyncProperty(
      fc.array(fc.constantFrom("taken", "refused", "silent", "taken, but silent"), { maxLength: 6 }),
      async (given) => {
        const fates = [...given];
        const { outbox, producer, spool, close } = makeCollector({ PATIENCE_MS: "100" });
        const { send } = producer;
        producer.send = async (messages) => {
          const fate = fates.shift() ?? "taken";
          if (fate.startsWith("taken")) await send(messages);
          if (fate === "refused") throw new Error("refused");
          if (fate.endsWith("silent")) await pause(300);
        };
        await outbox.connect();
        for (let number = 0; number < 8; number++) await outbox.add([message(number)]);
        while (!spool.isEmpty) await pause(50);
        const numbers = producer.kept.map(numberOf);
        const first = numbers.filter((number, index) => numbers.indexOf(number) === index);
        assert.deepEqual(first, [0, 1, 2, 3, 4, 5, 6, 7]);
        await close();
      },
    );
    await fc.assert(property, { numRuns: 3 });
  });

  it("goes on past a line of the spool that is no event", async () => {
    const { outbox, producer, spool, folder, cluster, troubles, close } = makeCollector();
    const { connect } = cluster;
    cluster.connect = () => Promise.reject(new Error("away"));
    assert.equal(await outbox.add([message(1)]), "spooled");
    appendFileSync(join(folder, "0000000001.ndjson"), "no event\n");
    cluster.connect = connect;
    while (!spool.isEmpty) await pause(50);
    assert.deepEqual(producer.kept.map(numberOf), [1]);
    assert.match(troubles.join(), /away,a line of the spool is left out: event: is no JSON.*: no event/);
    await close();
  });
});
