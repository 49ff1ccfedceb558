import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { follow } from "../../../../ops/balance/follow";
import { beginLog, systemdService, type BalanceService, type Entry } from "../../../../ops/balance/service";
import { cluster } from "../../trials/drillMachines";

const wanted = "[[1],[2]]";

/** A run that says what the script says, a line a second; the clock is the follower's. */
class FakeService implements BalanceService {
  seconds = 0;
  readonly deeds: string[] = [];
  private entries: Entry[] = [];
  private startedAt: number | undefined;

  constructor(
    /** What it says from its start; it ends with the last one. */
    public script: readonly Entry[],
  ) {}

  /** Is at work already, since so many seconds. */
  begunBefore(seconds: number, forWhat = wanted): this {
    this.startedAt = -seconds;
    this.entries = [{ run: "before", wanted: forWhat }];
    return this;
  }
  running(): Promise<boolean> {
    return Promise.resolve(this.startedAt !== undefined && this.said < this.script.length);
  }
  start(run: string): Promise<void> {
    this.deeds.push("start");
    this.startedAt = this.seconds;
    this.entries = [{ run, wanted }];
    return Promise.resolve();
  }
  stop(): Promise<void> {
    this.deeds.push("stop");
    this.startedAt = undefined;
    return Promise.resolve();
  }
  log(): readonly Entry[] {
    return [...this.entries, ...(this.startedAt === undefined ? [] : this.script.slice(0, this.said))];
  }
  private get said(): number {
    return Math.max(0, this.seconds - (this.startedAt ?? this.seconds));
  }
}

async function followed(service: FakeService, waitSeconds: number) {
  const lines: string[] = [];
  const complaints: string[] = [];
  const outcome = await follow({
    service,
    wanted,
    waitSeconds,
    report: (line) => lines.push(line),
    complain: (text) => complaints.push(text),
    now: () => service.seconds * 1000,
    pause: (ms) => {
      service.seconds += ms / 1000;
      return Promise.resolve();
    },
  });
  return { outcome, lines, complaint: complaints.join("\n") };
}

const lines = (count: number): Entry[] =>
  Array.from({ length: count }, (_, index) => ({ line: `balance: ${index + 1} of ${count} partitions` }));
const passed: Entry = { passed: true, complaint: "" };

describe("waiting for copies that move", () => {
  it("begins that, tells each line, and ends with it", async () => {
    const service = new FakeService([...lines(3), passed]);
    const { outcome, lines: told } = await followed(service, 60);
    assert.equal(outcome, "done");
    assert.deepEqual(told, ["balance: 1 of 3 partitions", "balance: 2 of 3 partitions", "balance: 3 of 3 partitions"]);
    assert.deepEqual(service.deeds, ["start"]);
  });

  it("ends after its time and lets it go on; the next one follows the same, and tells what is new", async () => {
    const service = new FakeService([...lines(30), passed]);
    const first = await followed(service, 10);
    assert.equal(first.outcome, "unfinished");
    assert.match(first.complaint, /^balance: still moving: \d+ of 30 partitions\n.*go on moving without this update/);
    assert.match(first.complaint, /nothing is deleted before they have arrived.*`pulumi up` again/);
    const second = await followed(service, 60);
    assert.equal(second.outcome, "done");
    assert.equal(second.lines[0], "balance: copies are being moved already: following that");
    assert.match(second.lines[1] ?? "", /balance: 1[12] of 30 partitions/);
    assert.deepEqual(service.deeds, ["start"]);
  });

  it("ends one that is for earlier settings, and begins anew", async () => {
    const service = new FakeService([...lines(3), passed]).begunBefore(1, "[[1]]");
    const { outcome, lines: told } = await followed(service, 60);
    assert.equal(outcome, "done");
    assert.match(told[0] ?? "", /for earlier settings: ending that/);
    assert.deepEqual(service.deeds, ["stop", "start"]);
  });

  it("tells of a failure with all its evidence", async () => {
    const service = new FakeService([
      ...lines(2),
      { passed: false, complaint: "balance: no room\n----- kafka-6 -----" },
    ]);
    const { outcome, complaint } = await followed(service, 60);
    assert.equal(outcome, "failed");
    assert.equal(complaint, "balance: no room\n----- kafka-6 -----");
  });

  it("does not take silence for an end while the service runs", async () => {
    const service = new FakeService([...lines(2), passed]);
    // The last word comes after 40 s in which it says nothing.
    service.log = () => {
      const said: readonly Entry[] = FakeService.prototype.log.call(service);
      return service.seconds < 40 ? said.slice(0, 2) : said;
    };
    service.running = () => Promise.resolve(true);
    const { outcome, complaint } = await followed(service, 600);
    assert.deepEqual([outcome, complaint], ["done", ""]);
    assert.ok(service.seconds >= 40 && service.seconds < 43, `${service.seconds}`);
  });

  it("hears what one said last, though it has ended by then", async () => {
    const service = new FakeService([]);
    let asked = false;
    service.running = () => {
      asked = service.seconds > 0;
      return Promise.resolve(false);
    };
    service.log = () => {
      const said: readonly Entry[] = FakeService.prototype.log.call(service);
      return asked ? [...said, passed] : said;
    };
    assert.equal((await followed(service, 600)).outcome, "done");
    assert.ok(asked);
  });

  it("takes no other run's log for its own", async () => {
    const service = new FakeService([...lines(2), passed]);
    service.log = () => [{ run: "another", wanted }, passed];
    service.running = () => Promise.resolve(false);
    const { outcome, complaint } = await followed(service, 600);
    assert.equal(outcome, "failed");
    assert.match(complaint, /ended without a word/);
    assert.ok(service.seconds > 15 && service.seconds < 18, `${service.seconds}`);
  });

  it("tells nothing of a run that has said nothing yet when its time is over", async () => {
    const service = new FakeService([]);
    service.running = () => Promise.resolve(true);
    const { complaint } = await followed(service, 5);
    assert.match(complaint, /^balance: still moving\n/);
    assert.equal(service.seconds, 5);
  });

  it("notices one that ended without a word", async () => {
    const { outcome, complaint } = await followed(new FakeService(lines(2)), 600);
    assert.equal(outcome, "failed");
    assert.match(complaint, /ended without a word/);
  });
});

describe("the log of a run that moves copies", () => {
  it("is read from its beginning, also where it is longer already than the last one that was read", () => {
    const here = { ...cluster, clusterName: `log-${process.pid}` };
    const path = join(tmpdir(), `kafka-ops-balance-${here.clusterName}.log`);
    try {
      const service = systemdService(here, ["kafka-ops.js", "cluster.json"]);
      assert.deepEqual(service.log(), []);
      const add = beginLog(here, "first");
      add({ line: "begun" });
      assert.deepEqual(service.log()[1], { line: "begun" });
      const addMore = beginLog(here, "second");
      addMore({ line: "begun, for other settings" });
      addMore({ line: "moving" });
      const [head, ...rest] = service.log();
      assert.equal(head !== undefined && "run" in head && head.run, "second");
      assert.deepEqual(rest, [{ line: "begun, for other settings" }, { line: "moving" }]);
      addMore({ passed: true, complaint: "" });
      assert.deepEqual(service.log().at(-1), { passed: true, complaint: "" });
    } finally {
      rmSync(path, { force: true });
    }
  });
});
