import assert from "node:assert/strict";
import { badNodes, describeMissing, examples, missingByNode } from "../../../ops/gateVerdict";

const missing = [
  { node: "kafka-3", what: "no connection" },
  { what: "no controller" },
  { node: "kafka-1", what: "behind" },
  { node: "kafka-3", what: "not registered" },
];

describe("what a gate waits for", () => {
  it("is gathered by node, in the order in which it was found", () => {
    assert.deepEqual(badNodes({ satisfied: false, summary: "", missing }), ["kafka-3", "kafka-1"]);
    assert.deepEqual(missingByNode(missing), [
      "kafka-3: no connection, not registered",
      "cluster: no controller",
      "kafka-1: behind",
    ]);
  });

  it("is one line of as many nodes as there is room for", () => {
    const all = "kafka-3: no connection, not registered; cluster: no controller; kafka-1: behind";
    assert.equal(describeMissing(missing), all);
    assert.equal(describeMissing(missing, 3), all);
    assert.equal(describeMissing(missing, 1), "kafka-3: no connection, not registered; and 2 more nodes");
    assert.equal(describeMissing([]), "");
  });

  it("has a few examples of what is many", () => {
    assert.equal(examples(["a", "b", "c"]), "a, b, c");
    assert.equal(examples(["a", "b", "c", "d"]), "a, b, c and 1 more");
    assert.equal(examples(["a", "b"], 1), "a and 1 more");
  });
});
