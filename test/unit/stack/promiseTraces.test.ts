import assert from "node:assert/strict";
import { runInThisContext } from "node:vm";
import { leaveOutPromiseTraces } from "../../../stack/promiseTraces";

describe("stack traces of the program", () => {
  const present = Error.prepareStackTrace?.bind(Error);
  afterEach(() => (Error.prepareStackTrace = present));
  const traceIn = (filename: string) => {
    const trace = runInThisContext("(() => new Error('x').stack)", { filename }) as () => string;
    return (() => trace())();
  };

  it("are whole, but for those that Pulumi takes of every promise", () => {
    leaveOutPromiseTraces();
    assert.equal(traceIn("/node_modules/@pulumi/pulumi/runtime/debuggable.js"), "Error: x");
    const lines = traceIn("/components/network.ts").split("\n");
    assert.match(lines[1] ?? "", /components\/network\.ts/);
    assert.ok(lines.length > 5, lines.join("\n"));
  });
});
