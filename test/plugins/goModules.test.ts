import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { moduleSource } from "../../artifacts/buildPrograms";
import { repository } from "../../artifacts/repository";

describe("a Go module of the monitoring's programs", function () {
  this.timeout(120_000);
  const module = "github.com/prometheus/alertmanager";
  const before = { ...process.env };
  let work: string;
  beforeEach(function () {
    // Where the official releases can be had, nothing is built and no Go is needed.
    if (spawnSync("go", ["version"]).status !== 0) return this.skip();
    work = mkdtempSync(join(tmpdir(), "go-modules-test-"));
    process.env = { ...before, GOMODCACHE: join(work, "cache") };
    for (const file of ["go.mod", "go.sum"]) copyFileSync(join(repository, "artifacts/go", file), join(work, file));
  });
  afterEach(() => {
    if (!work) return;
    // Go makes its cache read-only, and clears it itself.
    spawnSync("go", ["clean", "-modcache"], { env: { ...before, GOMODCACHE: join(work, "cache") } });
    process.env = before;
    rmSync(work, { recursive: true });
  });

  it("is fetched on a machine that never had it", async () => {
    const source = await moduleSource(module, work);
    assert.ok(source.startsWith(join(work, "cache")));
    assert.ok(existsSync(join(source, "cmd/alertmanager/main.go")));
  });

  it("is refused when it is not what go.sum says", async () => {
    const sums = readFileSync(join(work, "go.sum"), "utf8");
    writeFileSync(join(work, "go.sum"), sums.replaceAll(/^(\S+\/alertmanager \S+ h1:)..../gm, "$1AAAA"));
    await assert.rejects(moduleSource(module, work), {
      name: "UserError",
      message: /NOT match the one reported by the checksum|does NOT match|intercepted/,
    });
  });
});
