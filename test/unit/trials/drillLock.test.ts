import assert from "node:assert/strict";
import { DrillLock, type LockStore } from "../../../trials/drills/lock";
import { confirmDrill } from "../../../trials/drills/confirm";
import { clientSubnets } from "../../../trials/drills/clientSubnet";

function memoryStore(): LockStore & { text?: string } {
  return {
    place: "s3://bucket/state/drill.json",
    create(text) {
      if (this.text !== undefined) return Promise.resolve(false);
      this.text = text;
      return Promise.resolve(true);
    },
    read() {
      return Promise.resolve(this.text);
    },
    replace(text) {
      this.text = text;
      return Promise.resolve();
    },
    remove() {
      this.text = undefined;
      return Promise.resolve();
    },
  };
}

const me = (pid: number, alive: readonly number[] = [], host = "here") => ({
  host,
  pid,
  isDrill: (one: number) => alive.includes(one),
});

describe("the drill lock", () => {
  it("is held by one, and free again after it", async () => {
    const store = memoryStore();
    const lock = await DrillLock.take(store, false, me(1));
    assert.equal(lock.takenOverFrom, undefined);
    await assert.rejects(DrillLock.take(store, false, me(2, [1])), /already running \(process 1/);
    await lock.release();
    await DrillLock.take(store, false, me(2, [1]));
  });

  it("is taken over from a drill of this machine that is dead", async () => {
    const store = memoryStore();
    await DrillLock.take(store, false, me(1));
    const lock = await DrillLock.take(store, false, me(2));
    assert.equal(lock.takenOverFrom?.pid, 1);
    await assert.rejects(DrillLock.take(store, false, me(3, [2])), /process 2/);
  });

  it("of another machine is left alone, and the message says how to get rid of it", async () => {
    const store = memoryStore();
    await DrillLock.take(store, false, me(1, [], "there"));
    await assert.rejects(
      DrillLock.take(store, false, me(2)),
      /drill of there .*delete s3:\/\/bucket\/state\/drill.json/,
    );
  });
});

describe("the drill's client", () => {
  it("runs in a zone that the fault leaves alone", () => {
    const subnets = ["a", "b", "c"].map((zone) => ({ zone, subnetId: `subnet-${zone}` }));
    assert.deepEqual(clientSubnets(subnets, []), ["subnet-c", "subnet-b", "subnet-a"]);
    assert.deepEqual(clientSubnets(subnets, ["c"]), ["subnet-b", "subnet-a"]);
    assert.throws(() => clientSubnets(subnets, ["a", "b", "c"]), /outside a, b, c/);
  });
});

describe("a drill on another stack", () => {
  it("is not begun when nobody can be asked, unless --yes is given", async () => {
    const terminal = process.stdin.isTTY;
    process.stdin.isTTY = false;
    try {
      await assert.rejects(confirmDrill("prod", ["freeze"], false), /no terminal to ask on .* stack prod: give --yes/);
      await confirmDrill("prod", ["freeze"], true);
    } finally {
      process.stdin.isTTY = terminal;
    }
  });
});
