import assert from "node:assert/strict";
import { resourceCalls } from "../../policies/providerCalls";
import { finders } from "../../stack/createdThings";

describe("an update that was killed", () => {
  it(
    "is recovered from, whatever it was making: there is a rule for every type of AWS's that the " + "program can make",
    () => {
      // That list is held to the program by policies.test.ts.
      const known = Object.keys(finders).map((type) => type.replace(/^aws:(\w+)\/\w+:/, "$1."));
      assert.deepEqual(known.sort(), Object.keys(resourceCalls).sort());
    },
  );
});
