import assert from "node:assert/strict";
import fc from "fast-check";
import { clientProperties } from "../../../planning/cluster/clientProperties";
import { Acknowledgements, NumberList } from "../../../trials/jobs/drill/acknowledgements";
import { eventValue, parseEvent } from "../../../trials/jobs/drill/events";
import { javaProperties } from "../../../trials/jobs/drill/javaLoad";
import { Copies } from "../../../trials/jobs/drill/readBack";
import { repeatingKeys } from "../../../trials/jobs/drill/repeatingKeys";

describe("a drill's events", () => {
  it("carry their client and number, with or without filling", () => {
    fc.assert(
      fc.property(fc.nat(), (number) => {
        assert.deepEqual(parseEvent(eventValue("kafkajs", number)), { client: "kafkajs", number });
      }),
    );
    assert.deepEqual(parseEvent("1.4711"), { client: "java", number: 4711 });
    for (const other of ["", "4711", "7.1", "0.x", '{"runId":1}']) assert.equal(parseEvent(other), undefined);
  });
});

describe("acknowledgements", () => {
  it("are known by number and by partition", () => {
    const acknowledgements = new Acknowledgements("java", 2);
    acknowledgements.add(5, 1, 100);
    acknowledgements.add(2, 0, 110);
    assert.deepEqual(
      acknowledgements.times.map((list) => [...list]),
      [[110], [100]],
    );
    assert.deepEqual([acknowledgements.at(5), acknowledgements.at(4), acknowledgements.at(99)], [100, 0, 0]);
    assert.equal(acknowledgements.acknowledged, 2);
    assert.throws(() => acknowledgements.add(1, 2, 0), /partition 2/);
  });

  it("are steady when no partition stops for a second", () => {
    const acknowledgements = new Acknowledgements("kafkajs", 2);
    for (let at = 10_000; at <= 16_000; at += 500) {
      acknowledgements.add(at, 0, at);
      if (at !== 12_500 && at !== 13_000) acknowledgements.add(at + 1, 1, at);
    }
    assert.deepEqual(acknowledgements.unsteady(16_100, 5000), [1]);
    assert.deepEqual(acknowledgements.unsteady(16_100, 2000), []);
    assert.deepEqual(acknowledgements.unsteady(17_500, 2000), [0, 1]);
  });

  it("are kept in lists that grow", () => {
    const list = new NumberList();
    for (let index = 0; index < 5000; index++) list.push(index + 1);
    list.set(9999, 7);
    assert.deepEqual(
      [list.length, list.at(4999), list.at(5000), list.at(9999), list.at(10_000)],
      [10_000, 5000, 0, 7, 0],
    );
  });
});

describe("copies in the topic", () => {
  it("tell what is lost and what is there twice", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(300)), fc.array(fc.nat(300), { maxLength: 400 }), (acknowledged, written) => {
        const acknowledgements = new Acknowledgements("java", 1);
        for (const number of acknowledged) acknowledgements.add(number, 0, 1);
        const copies = new Copies();
        for (const number of written) copies.add(number);
        const there = new Set(written);
        assert.deepEqual(
          copies.lost(acknowledgements),
          acknowledged.filter((number) => !there.has(number)).sort((a, b) => a - b),
        );
        assert.equal(copies.duplicates, written.length - there.size);
      }),
    );
  });
});

describe("the Java producer", () => {
  it("is given keys that hit every partition", () => {
    for (const partitions of [1, 3, 6, 15]) {
      const { count, longestStep } = repeatingKeys(partitions);
      assert.ok(count >= partitions && longestStep >= partitions && longestStep <= 6 * partitions, `${partitions}`);
    }
  });

  it("has our settings, or its own defaults", () => {
    const ours = clientProperties(["b:9092"], 15);
    assert.equal(javaProperties({ against: "ours", clientProperties: ours }), ours.java.producer);
    assert.equal(javaProperties({ against: "stock", clientProperties: ours }), "acks=all\nretries=2147483647\n");
  });
});
