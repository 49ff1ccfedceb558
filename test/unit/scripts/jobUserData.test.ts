import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { parse } from "yaml";
import { jobUserData, shellQuoted, userDataLimit, type JobUserData } from "../../../scripts/jobs/jobUserData";

const presigned = (name: string) =>
  `https://bucket.s3.us-east-1.amazonaws.com/jobs/x/${name}?X-Amz-Signature=abc&x-id=GetObject`;
const job: JobUserData = {
  bundleUrl: presigned("bundle.js"),
  archiveUrl: presigned("kafka.tar"),
  logUrl: presigned("log"),
  outcomeUrl: presigned("outcome.json"),
  needs: [
    { command: "node", package: "nodejs20" },
    { command: "java", package: "java-17" },
  ],
  deadlineSeconds: 200,
  parameters: { runId: "r", text: "it's $HOME `x`\n" },
};

interface CloudConfig {
  readonly write_files: readonly { readonly path: string; readonly permissions: string; readonly content: string }[];
  readonly runcmd: readonly (readonly string[])[];
}

describe("client host's user data", () => {
  const text = jobUserData(job);
  const config = parse(text) as CloudConfig;
  const file = (path: string) => config.write_files.find((one) => one.path === path);

  it("is a cloud-config that runs the job's script", () => {
    assert.ok(text.startsWith("#cloud-config\n"));
    assert.deepEqual(config.runcmd, [["/opt/job/run-job"]]);
    assert.match(file("/opt/job/run-job")?.content ?? "", /^#!\/bin\/bash/);
  });

  it("hands the shell every value as it is", () => {
    const environment = file("/opt/job/job.env");
    assert.equal(environment?.permissions, "0600");
    const script = `${environment.content}\nprintf '%s|' "$BUNDLE_URL" "$NEEDS" "$DEADLINE_SECONDS"`;
    assert.equal(
      execFileSync("bash", ["-c", script], { encoding: "utf8" }),
      `${job.bundleUrl}|node=nodejs20 java=java-17|200|`,
    );
    assert.deepEqual(JSON.parse(file("/opt/job/parameters.json")?.content ?? ""), job.parameters);
  });

  it("quotes what a shell would interpret", () => {
    const nasty = 'a\'b $HOME `id` \\ "c"';
    assert.equal(execFileSync("bash", ["-c", `printf %s ${shellQuoted(nasty)}`], { encoding: "utf8" }), nasty);
  });

  it("fits into EC2's limit with a session's long addresses, and refuses what does not", () => {
    const long = `${presigned("bundle.js")}&X-Amz-Security-Token=${"x".repeat(1400)}`;
    const large = { ...job, bundleUrl: long, archiveUrl: long, logUrl: long, outcomeUrl: long };
    assert.ok(Buffer.byteLength(jobUserData(large)) < userDataLimit);
    assert.throws(() => jobUserData({ ...job, parameters: "x".repeat(userDataLimit) }), /EC2 takes 16384/);
  });
});
