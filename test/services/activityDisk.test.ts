import assert from "node:assert/strict";
import { readdirSync, statfsSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Ledger } from "../../examples/activity/collector/ledger";
import { Spool } from "../../examples/activity/collector/spool";
import { smallDisk, type SmallDisk } from "./smallDisk";

describe("what the collector keeps, on a disk that is full", () => {
  let disk: SmallDisk;
  const filler = () => join(disk.folder, "filler");
  const fill = () => {
    const { bavail, bsize } = statfsSync(disk.folder);
    writeFileSync(filler(), Buffer.alloc(bavail * bsize));
  };
  const files = () => readdirSync(disk.folder).sort();

  beforeEach(() => (disk = smallDisk(1)));
  afterEach(() => disk.remove());

  it("is in the spool what was promised and nothing else, in one file, and more once there is room", async () => {
    const spool = new Spool(disk.folder, 2 ** 30);
    const lines = (from: number) => Array.from({ length: 100 }, (_, index) => `${from + index} ${"x".repeat(500)}`);
    const promised: string[] = [];
    let refused = 0;
    const append = (from: number) =>
      spool.append(lines(from)).then(
        () => promised.push(...lines(from)),
        ({ code }: NodeJS.ErrnoException) => {
          assert.equal(code, "ENOSPC");
          refused++;
        },
      );
    for (let from = 0; from < 4_000; from += 100) await append(from);
    assert.ok(promised.length > 0 && refused > 10);
    assert.deepEqual(files(), ["0000000001.ndjson"]);
    assert.equal(spool.bytes, promised.join("\n").length + 1);

    disk.resize(2);
    await append(4_000);
    assert.equal(promised.at(-1), lines(4_000).at(-1));
    const read: string[] = [];
    for (; !spool.isEmpty; await spool.forget()) read.push(...(await spool.next(100_000)));
    assert.deepEqual(read, promised);
    assert.deepEqual([spool.bytes, files()], [0, []]);
  });

  it("are the counts of a new day in memory, and on the disk once there is room", async () => {
    const troubles: string[] = [];
    const ledger = new Ledger(disk.folder, ({ message }) => troubles.push(message));
    const midnight = Date.parse("2026-11-30T00:00:00Z");
    ledger.add(midnight - 1, "acknowledged", 1);
    fill();
    ledger.add(midnight - 1, "acknowledged", 2);
    assert.deepEqual(troubles, [], "the day's file has room for all of its minutes");
    ledger.add(midnight, "acknowledged", 3);
    ledger.add(midnight - 1, "spooled", 4);
    ledger.add(midnight, "acknowledged", 5);
    await ledger.sync();
    assert.match(troubles[0] ?? "", /^counts are not on the disk yet: ENOSPC/);
    const counts = [
      { minute: "2026-11-29T23:59Z", acknowledged: 3, spooled: 4, refused: 0 },
      { minute: "2026-11-30T00:00Z", acknowledged: 8, spooled: 0, refused: 0 },
    ];
    const period = [midnight - 60_000, midnight + 60_000] as const;
    assert.deepEqual(ledger.between(...period), counts);

    unlinkSync(filler());
    await ledger.sync();
    assert.deepEqual(new Ledger(disk.folder, assert.fail).between(...period), counts);
  });
});
