import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { parse } from "yaml";
import { userDataLimitBytes } from "../../../planning/node/userData";
import { jobEnvironment, jobUserData, type JobDescription } from "../../../trials/jobs/jobUserData";
import { shellQuoted } from "../../../planning/cluster/shellQuoting";

const presigned = (name: string) =>
  `https://bucket.s3.us-east-1.amazonaws.com/jobs/x/${name}?X-Amz-Signature=abc&x-id=GetObject`;
const job: JobDescription = {
  bundleUrl: presigned("bundle.js"),
  parametersUrl: presigned("parameters.json"),
  archiveUrl: presigned("kafka.tar"),
  logUrl: presigned("log"),
  outcomeUrl: presigned("outcome.json"),
  needs: [
    { command: "node-22", package: "nodejs22" },
    { command: "java", package: "java-17" },
  ],
  deadlineSeconds: 200,
};

interface CloudConfig {
  readonly ssh_genkeytypes: readonly string[];
  readonly bootcmd: readonly (readonly string[])[];
  readonly write_files: readonly { readonly path: string; readonly permissions: string; readonly content: string }[];
  readonly runcmd: readonly (readonly string[])[];
}

describe("client host's user data", () => {
  const text = jobUserData(presigned("job.env"), 320);
  const config = parse(text) as CloudConfig;
  const file = (path: string) => config.write_files.find((one) => one.path === path);

  it("is a cloud-config that runs the job's script", () => {
    assert.ok(text.startsWith("#cloud-config\n"));
    assert.deepEqual(config.runcmd, [["/opt/job/run-job"]]);
    assert.match(file("/opt/job/run-job")?.content ?? "", /^#!\/bin\/bash/);
    assert.equal(file("/opt/job/job.url")?.content, `${presigned("job.env")}\n`);
  });

  it("makes one host key: cloud-init takes no empty list", () => {
    assert.deepEqual(config.ssh_genkeytypes, ["ed25519"]);
  });

  it("switches the host off when its time is up, from the first seconds of the boot on", () => {
    const [[command, ...args] = []] = config.bootcmd;
    assert.equal(command, "systemd-run");
    assert.deepEqual(args.slice(-3), ["--on-active=320", "systemctl", "poweroff"]);
  });

  it("hands the shell every value as it is", () => {
    const script = `${jobEnvironment(job)}\nprintf '%s|' "$BUNDLE_URL" "$NEEDS" "$DEADLINE_SECONDS"`;
    assert.equal(
      execFileSync("bash", ["-c", script], { encoding: "utf8" }),
      `${job.bundleUrl}|node-22=nodejs22 java=java-17|200|`,
    );
  });

  it("quotes what a shell would interpret", () => {
    const nasty = 'a\'b $HOME `id` \\ "c"';
    assert.equal(execFileSync("bash", ["-c", `printf %s ${shellQuoted(nasty)}`], { encoding: "utf8" }), nasty);
  });

  it("has room for a session token of 8 KB, and says what to do about a longer one", () => {
    const url = (bytes: number) => `${presigned("job.env")}&X-Amz-Security-Token=${"x".repeat(bytes)}`;
    assert.ok(Buffer.byteLength(jobUserData(url(8192), 320)) < userDataLimitBytes);
    assert.throws(() => jobUserData(url(16_384), 320), /EC2 takes 16384: the session token .* is too long; use a role/);
  });
});
