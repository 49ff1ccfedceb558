import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { megabytes } from "../../../cli/options";
import { settingsWith, withSettings } from "../../../stack/planReport";
import { settingsOf } from "../../../stack/stackFile";
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

  it("reads rates of bytes and of bits", () => {
    for (const [text, rate] of [
      ["100MB/s", 100],
      ["100MBps", 100],
      ["1.5 GB/s", 1500],
      ["500KB/s", 0.5],
      ["20", 20],
      ["100MiB/s", 104.8576],
      ["1GiB/s", 1073.741824],
      ["100Mbps", 12.5],
      ["1Gb/s", 125],
      ["800Mbit/s", 100],
      ["800mbit/s", 100],
    ] as const) {
      assert.equal(megabytes("--for", text, 0.001, 100_000), rate, text);
    }
  });

  it("takes no rate that may mean two things, or nothing", () => {
    for (const text of ["", "fast", "-1MB/s", "0", "1PB/s", "100Mbit", "200000GB/s", "100mb/s", "100mbps"]) {
      assert.throws(
        () => megabytes("--for", text, 0.001, 100_000),
        /--for .*: a rate from 0\.001 to 100000 MB\/s is wanted/,
        text,
      );
    }
  });

  it("puts settings over those of the file", () => {
    const raw = withSettings({ brokerCount: 5, other: 1 }, ["brokerCount=7", "kafka-on-ec2:imageId=", "topics=[]"]);
    assert.deepEqual(raw, { brokerCount: "7", other: 1, imageId: "", topics: "[]" });
    assert.throws(() => withSettings({}, ["brokerCount"]), /--set brokerCount: KEY=VALUE is wanted/);
  });

  it("takes the region from the environment where the file has none, as deploy does", () => {
    const text = "config:\n  sshCidrs: [203.0.113.7/32]\n";
    for (const environment of [{ AWS_REGION: "us-east-1" }, { AWS_REGION: "", AWS_DEFAULT_REGION: "us-east-1" }]) {
      const planned = settingsWith(text, "t", [], environment);
      assert.deepEqual(planned, settingsOf(text, "t", "us-east-1"));
    }
    assert.throws(() => settingsWith(text, "t", [], {}), /aws:region: missing; set it/);
  });

  it("shows production, beside it a change, and all of it as data", () => {
    const { stdout, status } = plan("--set", "brokerCount=7");
    assert.equal(status, 0, stdout);
    assert.match(stdout, /one broker away +prod +\d+ % of the .*\n +prod brokerCount=7 +\d+ %/);
    const json = JSON.parse(plan("--json").stdout) as { capacity: { scenarios: unknown[] }; overload: unknown[] };
    assert.equal(json.capacity.scenarios.length, 6);
    assert.deepEqual(json.overload, []);
  });

  it("says what does not hold, and exits with 2", () => {
    const { stdout, status } = plan("--set", "workloadIngestMBps=2000");
    assert.equal(status, 2);
    assert.match(stdout, /TOO MUCH/);
    assert.match(stdout, /workloadIngestMBps: 2000 \(4000 at the peak\) is more than the brokers carry/);
  });

  it("refuses bad input by name, in one line and without a stack trace", () => {
    for (const [args, expected] of [
      [["--set", "workloadIngestMBps=0"], /workloadIngestMBps: 0 is below 0\.001; give what producers send/],
      [["--set", "workloadIngestMBps=-5"], /workloadIngestMBps: -5 is below/],
      [["--set", "workloadIngestMBps=1000000000"], /workloadIngestMBps: 1000000000 is above 100000; .*give MB\/s/],
      [["--set", "workloadPeakFactor=often"], /workloadPeakFactor: "often" is not a number/],
      [["--set", "brokerInstanceType=x9.huge"], /brokerInstanceType: "x9\.huge" is not a known instance type/],
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
