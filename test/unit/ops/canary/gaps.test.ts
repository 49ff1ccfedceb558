import assert from "node:assert/strict";
import fc from "fast-check";
import { GapAccount, toleranceSeconds } from "../../../../ops/canary/gaps";

const close = (value: number, wanted: number, what: string) =>
  assert.ok(Math.abs(value - wanted) < 1e-6, `${what}: ${value}, and not ${wanted}`);

describe("the account of gaps", () => {
  it("counts the time of a gap beyond two seconds, while it lasts", () => {
    const account = new GapAccount(0);
    account.advance(1.5, 0);
    assert.deepEqual([account.observed, account.interrupted, account.longest], [1.5, 0, 1.5]);
    account.advance(5, 0);
    assert.deepEqual([account.observed, account.interrupted, account.longest], [5, 3, 5]);
    account.advance(9, 8.5);
    assert.deepEqual([account.observed, account.interrupted, account.longest], [9, 3, 5]);
    account.advance(10, undefined);
    assert.deepEqual([account.observed, account.interrupted, account.longest], [10, 3, 5]);
  });

  it("remembers the longest gap for a minute, and then the longest since", () => {
    const account = new GapAccount(0);
    account.advance(7, 0);
    account.advance(30, 27);
    account.advance(67, 66.5);
    assert.equal(account.longest, 7);
    account.advance(67.1, 66.5);
    assert.equal(account.longest, 3);
  });

  it("leaves out the time in which nobody has looked", () => {
    const account = new GapAccount(0);
    account.advance(1, 0);
    account.skip(100);
    account.advance(101, 99);
    assert.deepEqual([account.observed, account.interrupted], [2, 0]);
  });

  it("counts the same however often it is told the time", () => {
    const steps = fc.array(fc.tuple(fc.double({ min: 0, max: 20, noNaN: true }), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (all) => {
        let [now, since, interrupted] = [0, 0, 0];
        const account = new GapAccount(0);
        const gaps: { at: number; gap: number }[] = [];
        for (const [seconds, goesOn] of all) {
          now += seconds;
          account.advance(now, since);
          gaps.push({ at: now, gap: now - since });
          if (!goesOn) continue;
          interrupted += Math.max(0, now - since - toleranceSeconds);
          since = now;
        }
        interrupted += Math.max(0, now - since - toleranceSeconds);
        close(account.observed, now, "observed");
        close(account.interrupted, interrupted, "interrupted");
        const recent = gaps.filter(({ at }) => at >= now - 60).map(({ gap }) => gap);
        close(account.longest, Math.max(0, ...recent), "longest");
      }),
    );
  });
});
