import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { takeLock } from "../../../../ops/balance/lock";

describe("the lock of balance", () => {
  let folder = "";
  let path = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "balance-lock-"));
    path = join(folder, "lock");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is held by one, and free again after it", () => {
    const release = takeLock(path, "balance");
    assert.throws(
      () => takeLock(path, "balance", () => true),
      new RegExp(`another "balance" is running \\(process ${process.pid}\\); wait for it, or end it with kill`),
    );
    release();
    assert.deepEqual(readdirSync(folder), []);
    takeLock(path, "balance", () => true)();
  });

  it("of a process that is gone, or runs something else by now, counts for nothing", () => {
    for (const holder of ["4194304999", String(process.ppid)]) {
      writeFileSync(path, holder);
      takeLock(path, "balance")();
      assert.deepEqual(readdirSync(folder), []);
    }
  });
});
