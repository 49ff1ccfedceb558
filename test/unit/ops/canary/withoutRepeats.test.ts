import assert from "node:assert/strict";
import { withoutRepeats } from "../../../../ops/canary/withoutRepeats";

describe("lines that repeat", () => {
  it("are said once a minute", () => {
    const said: string[] = [];
    let now = 0;
    const say = withoutRepeats(
      (line) => said.push(`${now} ${line}`),
      () => now,
    );
    for (; now < 130_000; now += 10_000) {
      say("refused");
      if (now === 30_000) say("lost");
    }
    assert.deepEqual(said, ["0 refused", "30000 lost", "60000 refused", "120000 refused"]);
  });
});
