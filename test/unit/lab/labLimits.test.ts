import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { limitDevice, limitUnwritten, requireDiskLimits } from "../../../lab/runtime/diskLimit";
import { FaultError } from "../../../lab/runtime/faultError";
import { sendingLimit } from "../../../lab/runtime/networkLimit";

describe("lab: an instance's network is limited", () => {
  const said = (megabytesPerSecond: number | null): string => sendingLimit("eth0", megabytesPerSecond).join(" ");

  it("to bytes per second, with a bucket of 10 ms and room for 50 ms more", () => {
    assert.equal(said(100), "qdisc replace dev eth0 root tbf rate 100000000bps burst 1000000 limit 6000000");
  });

  it("no longer", () => {
    assert.equal(said(null), "qdisc replace dev eth0 root noqueue");
  });

  it("with sizes that fit TCP's large packets and the kernel's 32 bits, at any rate", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 100_000, noNaN: true }), (rate) => {
        const [, ...words] = /^.* rate (\d+)bps burst (\d+) limit (\d+)$/.exec(said(rate)) ?? [];
        const [bytes = 0, burst = 0, limit = 0] = words.map(Number);
        assert.ok(bytes >= rate * 1e6 && bytes < rate * 1e6 + 1);
        assert.ok(burst >= 2 * 65_536 && burst <= limit && limit < 2 ** 32, `burst ${burst}, limit ${limit}`);
      }),
    );
  });
});

describe("lab: a disk is limited", () => {
  const read = "blkio/blkio.throttle.read_bps_device";
  const write = "blkio/blkio.throttle.write_bps_device";
  const version2 = "kafka-on-ec2-lab/io.max";
  let base: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "cgroup-"));
  });

  afterEach(() => rmSync(base, { recursive: true }));

  /** Control groups with these files. */
  const machine = (files: Readonly<Record<string, string>>): void => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(base, dirname(file)), { recursive: true });
      writeFileSync(join(base, file), text);
    }
  };
  const text = (file: string): string => readFileSync(join(base, file), "utf8");

  it("in version 1 of control groups, reading and writing", () => {
    machine({ [read]: "", [write]: "", "unified/cgroup.controllers": "" });
    requireDiskLimits(base);
    limitDevice("7:3", 10.5, base);
    assert.deepEqual([text(read), text(write)], ["7:3 10500000", "7:3 10500000"]);
    limitDevice("7:3", null, base);
    assert.deepEqual([text(read), text(write)], ["7:3 0", "7:3 0"]);
  });

  it("in version 2, for all of the lab's processes", () => {
    machine({ "cgroup.controllers": "io memory", [version2]: "" });
    requireDiskLimits(base);
    limitDevice("7:3", 10, base);
    assert.equal(text(version2), "7:3 rbps=10000000 wbps=10000000");
    limitDevice("7:3", null, base);
    assert.equal(text(version2), "7:3 rbps=max wbps=max");
  });

  it("no longer, where it was", () => {
    const others = "7:30 5000000\n17:3 5000000\n";
    machine({ [read]: others, [write]: others });
    limitDevice("7:3", null, base);
    assert.deepEqual([text(read), text(write)], [others, others]);
  });

  it("and what it may be behind with writing", () => {
    const files = ["strict_limit", "max_bytes", "max_ratio"];
    machine(Object.fromEntries(files.map((name) => [`7:3/${name}`, ""])));
    limitUnwritten("7:3", true, base);
    assert.deepEqual(
      files.map((name) => text(`7:3/${name}`)),
      ["1", "67108864", ""],
    );
    limitUnwritten("7:3", false, base);
    assert.deepEqual(
      files.map((name) => text(`7:3/${name}`)),
      ["0", "67108864", "100"],
    );
  });

  it("nowhere else: the request is refused", () => {
    machine({ "unified/cgroup.controllers": "", "unified/kafka-on-ec2-lab/cgroup.procs": "" });
    assert.throws(
      () => requireDiskLimits(base),
      (error: unknown) =>
        error instanceof FaultError && error.status === 409 && /^diskMBps: .*blkio/.test(error.message),
    );
    limitDevice("7:3", null, base);
  });
});
