import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Programs that stand in for real ones of the same name for as long as a test runs, and remember how they were called.
 */
export class FakeCommands {
  readonly folder = mkdtempSync(join(tmpdir(), "fake-commands-"));
  private readonly path = process.env.PATH;

  constructor() {
    process.env.PATH = `${this.folder}:${this.path}`;
  }

  /** @param script of a POSIX shell; the words are in `$@`, and `$last` is the last one */
  put(name: string, script: string): void {
    const program = join(this.folder, name);
    const remember =
      `for last in "$@"; do printf '%s\\0' "$last"; done >>"${program}.calls"; printf '\\n\\0' ` +
      `>>"${program}.calls"`;
    writeFileSync(program, `#!/bin/sh\n${remember}\n${script}\n`);
    chmodSync(program, 0o755);
  }

  /** The words of each call so far. */
  calls(name: string): string[][] {
    let text: string;
    try {
      text = readFileSync(join(this.folder, `${name}.calls`), "utf8");
    } catch {
      return [];
    }
    return text
      .split("\n\0")
      .slice(0, -1)
      .map((call) => call.split("\0").slice(0, -1));
  }

  remove(): void {
    process.env.PATH = this.path;
    rmSync(this.folder, { recursive: true });
  }
}
