import assert from "node:assert/strict";
import { finders } from "../../scripts/stack/createdThings";
import { runProgram } from "./runProgram";

describe("an update that was killed", () => {
  it("is recovered from, whatever it was making: there is a rule for every type of AWS's that the program makes", async () => {
    const { resources } = await runProgram();
    const made = new Set(resources.map(({ type }) => type).filter((type) => type.startsWith("aws:")));
    assert.ok(made.size > 15);
    assert.deepEqual(
      [...made].filter((type) => finders[type] === undefined),
      [],
    );
  });
});
