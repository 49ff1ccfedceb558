import assert from "node:assert/strict";
import { compareTopics, decideTopicsReady } from "../../../scripts/ops/topicChanges";

const wanted = {
  name: "user-activity",
  partitions: 2,
  replicaAssignment: [
    [1, 2],
    [2, 1],
  ],
  config: { "retention.ms": "604800000", "min.insync.replicas": "2" },
};

describe("topics", () => {
  it("creates what is missing and leaves other people's topics alone", () => {
    const other = { name: "somebody-else", partitions: 1, config: {} };
    assert.deepEqual(compareTopics([wanted], [other]), { create: [wanted], drift: [] });
  });

  it("finds nothing to do with a topic as it should be", () => {
    const same = { name: "user-activity", partitions: 2, config: { ...wanted.config, "cleanup.policy": "delete" } };
    assert.deepEqual(compareTopics([wanted], [same]), { create: [], drift: [] });
  });

  it("reports every difference of an existing topic", () => {
    const { create, drift } = compareTopics(
      [wanted],
      [{ name: "user-activity", partitions: 3, config: { "retention.ms": "1" } }],
    );
    assert.deepEqual(create, []);
    assert.deepEqual(drift, [
      "topic user-activity has 3 partitions, the settings say 2",
      "topic user-activity has retention.ms=1, the settings say 604800000",
      "topic user-activity has min.insync.replicas=(unset), the settings say 2",
    ]);
  });

  it("is ready with a full ISR everywhere, and says which partitions lack it", () => {
    const partition = (number: number, isr: number[]) => ({ partition: number, leader: 1, replicas: [1, 2], isr });
    const ready = [{ name: "t", partitions: [partition(0, [1, 2]), partition(1, [2, 1])] }];
    const behind = [{ name: "t", partitions: [partition(0, [1, 2]), partition(1, [1])] }];
    assert.equal(decideTopicsReady(["t"], ready).satisfied, true);
    assert.match(decideTopicsReady(["t"], behind).missing[0]?.what ?? "", /no full ISR in 1 partitions \(1\)/);
    assert.match(decideTopicsReady(["t"], []).missing[0]?.what ?? "", /not known yet/);
  });
});
