import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { StatusFeed } from "../../../trials/drills/statusFeed";

describe("the status that a drill is told", () => {
  let starts: number;
  const feedOf = (script: string, patienceMs?: number) =>
    new StatusFeed(() => {
      starts += 1;
      return spawn("sh", ["-c", script, "sh", String(starts)]);
    }, patienceMs);
  beforeEach(() => (starts = 0));

  it("is always the next one, of one process", async () => {
    const feed = feedOf(`for n in 1 2 3 4 5 6 7 8 9; do echo "{\\"n\\": $n}"; sleep 0.1; done; sleep 60`);
    const told = [];
    for (let n = 0; n < 3; n++) told.push(((await feed.next()) as unknown as { n: number }).n);
    feed.close();
    assert.deepEqual([told, starts], [[1, 2, 3], 1]);
  });

  it("is asked for anew after the process has ended, was silent, or has said something else", async () => {
    const feed = feedOf(
      `case $1 in 1) exit 1;; 2) exec sleep 60;; 3) echo no JSON;; *) echo '{"healthy": true}'; sleep 60; esac`,
      500,
    );
    for (let fault = 0; fault < 3; fault++) await assert.rejects(feed.next(), /does not tell the cluster's status/);
    assert.equal((await feed.next()).healthy, true);
    assert.equal(starts, 4);
    feed.close();
  });

  it("is asked for anew at once where the process has ended while nobody waited", async () => {
    const feed = feedOf(`echo "{\\"n\\": $1}"`, 2000);
    await feed.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(await feed.next(), { n: 2 });
    feed.close();
  });

  it("fails where no process can be started, and when it is closed meanwhile", async () => {
    await assert.rejects(new StatusFeed(() => spawn("/nowhere/ssh")).next(), /does not tell/);
    await assert.rejects(feedOf("echo no route >&2; sleep 0.2; exit 255").next(), /cluster's status: no route$/);
    const feed = feedOf("exec sleep 60");
    const asked = feed.next();
    feed.close();
    await assert.rejects(asked, /does not tell/);
  });
});
