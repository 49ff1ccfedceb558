import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Compares with snapshots/<name>.txt; UPDATE_SNAPSHOTS=1 writes it instead. */
export function assertSnapshot(name: string, actual: string): void {
  const path = join(__dirname, "snapshots", `${name}.txt`);
  if (process.env.UPDATE_SNAPSHOTS === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
    return;
  }
  assert.ok(existsSync(path), `no snapshot ${path}; run with UPDATE_SNAPSHOTS=1 and look at what it wrote`);
  assert.equal(
    actual,
    readFileSync(path, "utf8"),
    `differs from ${path}; if that is meant, run with UPDATE_SNAPSHOTS=1`,
  );
}
