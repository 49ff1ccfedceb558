import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../artifacts/repository";

const most = 120;
/** Files that programs write, and JSON, whose texts can't be broken. ESLint holds TypeScript (`max-len`). */
const exempt = /\.(json|ts|svg|sum|txt)$|SHA512SUMS|\.sha512$|\/snapshots\//;
/** Lines that can't be broken: a table's row, an address, the command of a systemd unit, which drills read whole. */
const unbreakable = /^\s*\||https?:\/\/\S{60}|^ExecStart=/;

describe("lines", () => {
  it(`of what people write have at most ${most} characters`, () => {
    const files = execFileSync("git", ["ls-files", "-z"], { cwd: repository, encoding: "utf8" }).split("\0");
    const long = files.filter((file) => file !== "" && !exempt.test(file)).flatMap(longLines);
    assert.deepEqual(long, []);
  });
});

function longLines(file: string): string[] {
  const path = join(repository, file);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.flatMap((line, index) =>
    [...line].length > most && !unbreakable.test(line) ? [`${file}:${index + 1}`] : [],
  );
}
