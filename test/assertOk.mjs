import assert from "node:assert/strict";
import { inspect } from "node:util";

/*
 * Node words the failure of an `assert.ok` without a message by parsing the test's source at the place of the call. tsx
 * runs other code than stands there, so Node finds a wrong expression, or parses for many minutes, in which no time
 * limit ends the test (seen: 9 minutes). Loaded by .mocharc.json.
 */
assert.ok = function ok(actual, given) {
  if (actual) return;
  const message = given ?? `expected something true, got ${inspect(actual)}`;
  if (message instanceof Error) throw message;
  throw new assert.AssertionError({ message, actual, expected: true, operator: "==", stackStartFn: ok });
};
