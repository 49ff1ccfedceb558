import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { parseRate, withSettings } from "../../../scripts/plan";
import { repository } from "../../../artifacts/repository";

function plan(...args: string[]) {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--import", "tsx", "scripts/plan.ts", ...args], {
    cwd: repository,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { stdout, stderr, status };
}

describe("npm run plan", function () {
  this.timeout(90_000);

  it("reads rates in MB/s and GB/s", () => {
    assert.equal(parseRate("100MB/s"), 100);
    assert.equal(parseRate("1.5 GB/s"), 1500);
    assert.equal(parseRate("20"), 20);
    for (const text of ["", "fast", "-1MB/s", "0", "1PB/s", "100Mbit", "200000GB/s"]) {
      assert.throws(() => parseRate(text), /--for .*: a rate from 0\.001 to 100000 MB\/s is wanted/, text);
    }
  });

  it("puts settings over those of the file", () => {
    const raw = withSettings({ "brokers.count": 5, other: 1 }, [
      "brokers.count=7",
      "kafka-on-ec2:image.id=",
      "topics=[]",
    ]);
    assert.deepEqual(raw, { "brokers.count": "7", other: 1, "image.id": "", topics: "[]" });
    assert.throws(() => withSettings({}, ["brokers.count"]), /--set brokers\.count: KEY=VALUE is wanted/);
  });

  it("shows production, beside it a change, and all of it as data", () => {
    const { stdout, status } = plan("--set", "brokers.count=7");
    assert.equal(status, 0, stdout);
    assert.match(stdout, /one broker away +prod +\d+ % of the .*\n +prod brokers\.count=7 +\d+ %/);
    const json = JSON.parse(plan("--json").stdout) as { capacity: { scenarios: unknown[] }; overload: unknown[] };
    assert.equal(json.capacity.scenarios.length, 6);
    assert.deepEqual(json.overload, []);
  });

  it("says what does not hold, and exits with 2", () => {
    const { stdout, status } = plan("--set", "workload.ingestMBps=2000");
    assert.equal(status, 2);
    assert.match(stdout, /TOO MUCH/);
    assert.match(stdout, /workload\.ingestMBps: 2000 \(4000 at the peak\) is more than the brokers carry/);
  });

  it("refuses bad input by name, in one line and without a stack trace", () => {
    for (const [args, expected] of [
      [["--set", "workload.ingestMBps=0"], /workload\.ingestMBps: 0 is below 0\.001; give what producers send/],
      [["--set", "workload.ingestMBps=-5"], /workload\.ingestMBps: -5 is below/],
      [["--set", "workload.ingestMBps=1000000000"], /workload\.ingestMBps: 1000000000 is above 100000; .*give MB\/s/],
      [["--set", "workload.peakFactor=often"], /workload\.peakFactor: "often" is not a number/],
      [["--set", "brokers.instanceType=x9.huge"], /brokers\.instanceType: "x9\.huge" is not a known instance type/],
      [["--survive", "2"], /--survive goes with --for/],
      [["--for", "100MB/s", "--survive", "none"], /--survive none: a whole number/],
      [["--stack", "nowhere"], /there is no Pulumi\.nowhere\.yaml/],
    ] as const) {
      const { stderr, status } = plan(...args);
      assert.equal(status, 1, args.join(" "));
      assert.match(stderr, expected);
      assert.doesNotMatch(stderr, /\n\s+at /);
    }
  });
});
