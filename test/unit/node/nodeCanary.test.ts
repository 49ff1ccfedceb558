import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { needsPython } from "./nodePrograms";

const library = join(__dirname, "../../../node/lib");

/** What an expression over `canary` gives. */
function canary<Answer>(expression: string, ...words: readonly string[]): Answer {
  const script = `import json, os, sys, time\nsys.path.insert(0, sys.argv[1])\nimport canary\n${expression}`;
  const { status, stdout, stderr } = spawnSync("python3", ["-BIS", "-c", script, library, ...words], {
    encoding: "utf8",
    timeout: 20_000,
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Answer;
}

describe("the write that tells whether a broker's disk works", () => {
  before(needsPython);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kafka-canary-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const file = () => join(folder, ".self-fence");
  const write = (device: string) =>
    canary<boolean>("print(json.dumps(canary.write_once(sys.argv[2], sys.argv[3])))", folder, device);
  const deviceOf = (mountPoint: string, mounts: readonly string[]) => {
    const table = join(folder, "mountinfo");
    writeFileSync(table, mounts.map((line) => `${line}\n`).join(""));
    return canary<string>("print(json.dumps(canary.device_of(sys.argv[2], sys.argv[3])))", mountPoint, table);
  };

  it("goes to the device of the data volume, and is on it", () => {
    const device = canary<string>(
      "dev = os.stat(sys.argv[2]).st_dev; print(json.dumps('%d:%d' % (os.major(dev), os.minor(dev))))",
      folder,
    );
    assert.equal(write(device), true);
    assert.ok(Math.abs(Number(readFileSync(file(), "utf8")) - Date.now() / 1000) < 20);
    assert.equal(statSync(file()).mode & 0o077, 0);
  });

  it("goes nowhere when the folder lies on another device: the volume was taken away in between", () => {
    assert.equal(write("259:4095"), false);
    assert.ok(!existsSync(file()));
  });

  it("knows what is mounted there by the kernel's table: the last mount, of this very folder", () => {
    const root = "25 1 259:1 / / rw - ext4 /dev/root rw";
    const data = "30 25 259:2 / /var/lib/kafka rw - xfs /dev/nvme1n1 rw";
    assert.equal(deviceOf("/var/lib/kafka", [root]), "");
    assert.equal(deviceOf("/var/lib/kafka", [root, data]), "259:2");
    assert.equal(deviceOf("/var/lib/kafka", [root, data.replace("259:2", "259:3"), data]), "259:2");
    assert.equal(deviceOf("/var/lib/kafka", [root, data.replace("/kafka", "/kafka/data")]), "");
  });

  it("where no volume is mounted it says that there is none, which is no fault, and writes nothing", () => {
    const seen = canary<{ ok: boolean; error: string; write_seconds: number }>(
      `one = canary.Canary(sys.argv[2])
time.sleep(0.5)
one.read()
print(json.dumps(one.disk(0)._asdict()))`,
      folder,
    );
    assert.deepEqual([seen.ok, seen.error, seen.write_seconds], [false, "", 0]);
    assert.ok(!existsSync(file()));
  });

  it("says how long the writes took that have ended", () => {
    const seen = canary<{ writes: number; seconds: number }>(
      `mount = sys.argv[2]
while not os.path.ismount(mount):
    mount = os.path.dirname(mount)
one = canary.Canary(mount, sys.argv[2])
time.sleep(1.5)
one.read()
print(json.dumps({"writes": one.writes, "seconds": one.write_seconds}))`,
      folder,
    );
    assert.ok(seen.writes > 0 && seen.seconds > 0 && seen.seconds < 20, JSON.stringify(seen));
  });

  it("knows what is usual for the disk, once it has seen enough", () => {
    const limits = canary<number[]>(
      `one = canary.Canary(sys.argv[2])
one.pipe, tell = os.pipe()
os.set_blocking(one.pipe, False)
limits = []
def told(seconds, times):
    for _ in range(times):
        os.write(tell, b"begin 0:0\\nok %.6f\\n" % seconds)
        one.read()
    limits.append(one.disk(0).hang_seconds)
told(0.01, 19)
told(0.01, 1)
told(1.5, 1)
told(0.01, 599)
told(0.01, 1)
told(60, 1)
print(json.dumps(limits))`,
      folder,
    );
    assert.deepEqual(limits, [8, 3, 6, 6, 3, 3]);
  });
});
