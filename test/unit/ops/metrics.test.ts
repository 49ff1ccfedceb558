import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { addCounter, addGauge, MetricsFile } from "../../../ops/metrics";

describe("metrics", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "metrics-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const registryOf = (value: number) => {
    const registry = new Registry();
    addGauge(registry, "seconds", "How long", [[{}, value]]);
    addGauge(registry, "nothing", "Not there", []);
    addGauge(registry, "text", "Words", [[{ what: 'a "b"\nc\\d' }, Infinity]]);
    addCounter(registry, "times_total", "How often", [[{ node: "kafka-1" }, 2]]);
    return registry;
  };

  it("are written whole, in Prometheus' text format, for everybody to read", async () => {
    const umask = process.umask(0o077);
    try {
      await new MetricsFile("own", folder).write(registryOf(1));
      await new MetricsFile("own", folder).write(registryOf(3));
    } finally {
      process.umask(umask);
    }
    assert.deepEqual(readdirSync(folder), ["own.prom"]);
    assert.equal(statSync(join(folder, "own.prom")).mode & 0o777, 0o644);
    assert.equal(
      readFileSync(join(folder, "own.prom"), "utf8"),
      [
        "# HELP seconds How long\n# TYPE seconds gauge\nseconds 3\n",
        '# HELP text Words\n# TYPE text gauge\ntext{what="a \\"b\\"\\nc\\\\d"} +Inf\n',
        '# HELP times_total How often\n# TYPE times_total counter\ntimes_total{node="kafka-1"} 2\n',
      ].join("\n"),
    );
  });

  it("say once why they can't be written, and again when that has changed", async () => {
    const said: string[] = [];
    const file = new MetricsFile("own", join(folder, "missing"), (line) => void said.push(line));
    await file.write(registryOf(1));
    await file.write(registryOf(2));
    assert.match(said.join("\n"), /^metrics are not written: ENOENT[^\n]*$/);
    mkdirSync(join(folder, "missing"));
    await file.write(registryOf(3));
    rmSync(join(folder, "missing"), { recursive: true });
    await file.write(registryOf(4));
    assert.equal(said.length, 2);
  });
});
