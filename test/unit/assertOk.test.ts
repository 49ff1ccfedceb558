import assert from "node:assert/strict";

describe("a failed assert.ok", () => {
  it("tells at once what it got, and not what Node makes of the source", () => {
    assert.throws(() => assert.ok([1, 2].includes(3)), /^AssertionError.*: expected something true, got false$/);
    assert.throws(() => assert.ok(undefined, "no broker answers"), /^AssertionError.*: no broker answers$/);
  });
});
