import assert from "node:assert/strict";
import { CanaryBook } from "../../../../ops/canary/book";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../../settings/sampleSettings";

const { brokers } = describeCluster(sampleSettings(), "bucket");
const partitions = brokers.map(({ id }, partition) => ({ partition, broker: id }));

describe("the canary's books", () => {
  let now: number;
  let said: string[];
  let book: CanaryBook;
  beforeEach(() => {
    now = 1000;
    said = [];
    book = new CanaryBook(
      brokers,
      partitions,
      (line) => void said.push(line),
      () => now,
    );
  });

  const pass = (seconds: number) => {
    for (const end = now + seconds; now < end; book.tick()) now = Math.min(end, now + 0.5);
  };
  const lines = async (pattern: RegExp) => {
    const texts = await Promise.all(book.registries(new Map([["kafka-2", false]])).map((one) => one.metrics()));
    return texts.flatMap((text) => text.split("\n")).filter((line) => pattern.test(line));
  };
  const exchange = (partition: number, number: number) => {
    book.sent(partition, number);
    book.acknowledged(partition, number);
    book.read(partition, number);
  };

  it("tell of each partition under the broker that leads it", async () => {
    for (let number = 0; number < 10; number++) {
      for (const { partition } of partitions) if (partition !== 1 || number < 3) exchange(partition, number);
      pass(1);
    }
    const of = (partition: number) =>
      `partition="${partition}",node="kafka-${partition + 1}",role="kafka",zone="us-east-1${"abcab"[partition]}"`;
    assert.deepEqual(await lines(/^kafka_canary_gap_seconds\{operation="write"/), [
      ...[0, 1, 2, 3, 4].map(
        (partition) => `kafka_canary_gap_seconds{operation="write",${of(partition)}} ${partition === 1 ? 8 : 1}`,
      ),
    ]);
    assert.deepEqual(
      await lines(/^kafka_canary_(unavailable|observed)_seconds_total\{operation="write",partition="1"/),
      [
        `kafka_canary_unavailable_seconds_total{operation="write",${of(1)}} 6`,
        `kafka_canary_observed_seconds_total{operation="write",${of(1)}} 10`,
      ],
    );
    assert.deepEqual(await lines(/^kafka_canary_write_seconds_count.*partition="1"/), [
      `kafka_canary_write_seconds_count{${of(1)}} 3`,
    ]);
    assert.deepEqual(await lines(/^kafka_canary_broker_up/), [
      'kafka_canary_broker_up{node="kafka-2",role="kafka",zone="us-east-1b"} 0',
    ]);
  });

  it("tell of errors, and of what was lost", async () => {
    book.sent(2, 0);
    book.acknowledged(2, 0);
    book.sent(2, 1);
    book.failed(2, 1, "TOPIC_AUTHORIZATION_FAILED");
    exchange(2, 2);
    book.readingFailed("no coordinator");
    assert.match((await lines(/^kafka_canary_errors_total.*partition="2"/)).join(), / 1$/);
    assert.deepEqual(await lines(/^kafka_canary_errors_total\{operation="read"/), [
      'kafka_canary_errors_total{operation="read"} 1',
    ]);
    assert.match((await lines(/^kafka_canary_lost_total.*partition="2"/)).join(), / 1$/);
    assert.deepEqual(said, [
      "partition 2 could not be written: TOPIC_AUTHORIZATION_FAILED",
      "LOST: 1 acknowledged events before number 2 of partition 2",
      "reading failed: no coordinator",
    ]);
  });

  it("leave out the time in which the process was held still", async () => {
    exchange(0, 0);
    pass(1);
    now += 60;
    exchange(0, 1);
    pass(1);
    assert.deepEqual(await lines(/^kafka_canary_asleep/), ["kafka_canary_asleep_seconds_total 60"]);
    assert.match((await lines(/^kafka_canary_observed.*"write",partition="0"/)).join(), / 2$/);
    assert.match((await lines(/^kafka_canary_unavailable.*"write",partition="0"/)).join(), / 0$/);
    assert.match((await lines(/^kafka_canary_longest.*"write",partition="3"/)).join(), / 2$/);
  });
});
