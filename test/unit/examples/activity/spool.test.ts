import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Spool, SpoolFullError } from "../../../../examples/activity/collector/spool";

describe("the spool", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "spool-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("gives lines in their order, once each, over any appends, reads and deaths but for repetitions after these", async () => {
    const step = fc.oneof(
      fc.record({ append: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ take: fc.integer({ min: 1, max: 200 }) }),
      fc.constant({ die: true }),
    );
    const property = fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      rmSync(folder, { recursive: true, force: true });
      let spool = new Spool(folder, 2 ** 20);
      let appended = 0;
      const taken: number[] = [];
      const take = async (bytes: number) => {
        taken.push(...(await spool.next(bytes)).map(Number));
        await spool.forget();
      };
      for (const done of steps) {
        if ("append" in done) await spool.append(Array.from({ length: done.append }, () => `${appended++}`));
        else if ("take" in done) await take(done.take);
        else spool = new Spool(folder, 2 ** 20);
      }
      while (!spool.isEmpty) await take(100);
      const first = taken.filter((line, index) => taken.indexOf(line) === index);
      assert.deepEqual(
        first,
        Array.from({ length: appended }, (_, line) => line),
      );
      if (!steps.some((done) => "die" in done)) assert.equal(taken.length, appended);
      assert.deepEqual([spool.bytes, readdirSync(folder)], [0, []]);
    });
    await fc.assert(property, { numRuns: 30 });
  });

  it("leaves out half a line that a death has left", async () => {
    await new Spool(folder, 1000).append(["a"]);
    appendFileSync(join(folder, "0000000001.ndjson"), '{"half');
    const spool = new Spool(folder, 1000);
    await spool.append(["b"]);
    assert.deepEqual(await spool.next(100), ["a"]);
    await spool.forget();
    assert.deepEqual(await spool.next(100), ["b"]);
  });

  it("takes no more than its size, and more again when what it had is forgotten", async () => {
    const spool = new Spool(folder, 10);
    await spool.append(["1234567"]);
    await assert.rejects(spool.append(["12"]), SpoolFullError);
    assert.deepEqual(await spool.next(100), ["1234567"]);
    await spool.forget();
    await spool.append(["12"]);
    assert.equal(spool.bytes, 3);
  });
});
