import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { Instance, RunInstancesCommand, RunInstancesCommandInput } from "@aws-sdk/client-ec2";
import { GetObjectCommand, ListBucketsCommand } from "@aws-sdk/client-s3";
import { tagKeys } from "../../../planning/cluster/names";
import { awsClient, callLimits } from "../../../stack/awsClient";
import { s3Client } from "../../../stack/awsClients";
import { launchInFirst } from "../../../trials/clientHost/launch";
import { credentialsFault, overdue, runningJobs } from "../../../trials/clientHost/lifetime";
import { explain } from "../../../cli/userError";

/** An EC2 that refuses in these subnets, and remembers what it was asked. */
function ec2That(refuses: Readonly<Record<string, string>>) {
  const asked: RunInstancesCommandInput[] = [];
  const send = ({ input }: RunInstancesCommand) => {
    asked.push(input);
    const name = refuses[input.SubnetId ?? ""];
    if (name === undefined)
      return Promise.resolve({ Instances: [{ InstanceId: "i-1", PrivateIpAddress: "10.20.0.200" }] });
    return Promise.reject(Object.assign(new Error("not here"), { name, $metadata: {} }));
  };
  return { asked, ec2: { send } as unknown as EC2Client };
}

const request = { ImageId: "ami-1", InstanceType: "t3.small" } as const;

describe("a client host's launch", () => {
  it("moves on from a zone that does not offer the type, has none left, or no address", async () => {
    for (const name of ["Unsupported", "InsufficientInstanceCapacity", "InsufficientFreeAddressesInSubnet"]) {
      const { ec2, asked } = ec2That({ a: name, b: "InsufficientVolumeCapacity" });
      assert.deepEqual(await launchInFirst(ec2, ["a", "b", "c"], "smoke-1", request), {
        instanceId: "i-1",
        subnetId: "c",
        privateIp: "10.20.0.200",
      });
      // One of its own for each subnet: with other parameters EC2 refuses a token that it knows.
      assert.deepEqual(
        asked.map(({ ClientToken }) => ClientToken),
        ["smoke-1-0", "smoke-1-1", "smoke-1-2"],
      );
    }
  });

  it("names each subnet with its refusal when none is left", async () => {
    const { ec2 } = ec2That({ a: "Unsupported", b: "InsufficientInstanceCapacity" });
    await assert.rejects(launchInFirst(ec2, ["a", "b"], "smoke-1", request), {
      name: "UserError",
      message:
        "EC2 starts no client host (t3.small) in any subnet:\n" +
        "  a: Unsupported: not here\n  b: InsufficientInstanceCapacity: not here",
    });
  });

  it("does not try elsewhere what is refused everywhere", async () => {
    const { ec2, asked } = ec2That({ a: "VcpuLimitExceeded" });
    await assert.rejects(launchInFirst(ec2, ["a", "b"], "smoke-1", request), { name: "VcpuLimitExceeded" });
    assert.equal(asked.length, 1);
  });
});

describe("a client host's time", () => {
  const now = Date.parse("2026-11-28T16:00:00Z");
  const host = (InstanceId: string, job: string, ends?: string): Instance => ({
    InstanceId,
    LaunchTime: new Date(now - 3 * 3_600_000),
    Tags: [{ Key: tagKeys.job, Value: job }, ...(ends === undefined ? [] : [{ Key: tagKeys.ends, Value: ends }])],
  });
  const hosts = [
    host("i-drill", "drill-0a", "2026-11-28T17:00:00Z"),
    host("i-old", "smoke-0b", "2026-11-28T15:59:59Z"),
    host("i-unmarked", "model-check-0c"),
  ];

  it("is its own: an hours-old job that still has time is left alone, one past its end is not", () => {
    assert.deepEqual(overdue(hosts, now), ["i-old"]);
  });

  it("does not count where a lock says that nothing waits for these jobs", () => {
    assert.deepEqual(runningJobs(hosts, ["bench", "drill"]), ["i-drill"]);
    assert.deepEqual(runningJobs(hosts, ["model-check"]), ["i-unmarked"]);
  });

  it("does not go beyond that of the credentials which sign the host's addresses", () => {
    const ends = new Date(now + 20 * 60_000);
    assert.equal(credentialsFault("drill", 1199, ends, now), undefined);
    assert.equal(credentialsFault("drill", 3600, undefined, now), undefined);
    assert.equal(
      credentialsFault("drill", 2400, ends, now),
      "the AWS credentials end at 2026-11-28T16:20:00.000Z, in 20 minutes, and the drill job may take 40: " +
        "log in again, or have longer sessions",
    );
  });
});

describe("the commands' AWS clients", function () {
  this.timeout(20_000);
  let silent: Server;
  const before_ = { ...process.env };

  before(async () => {
    // Takes connections, and never answers.
    silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const { port } = silent.address() as AddressInfo;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
  });
  after(() => {
    silent.close();
    process.env = before_;
  });

  it("give up a host that does not answer, and say which call it was", async () => {
    const limits = { maxAttempts: 2, requestHandler: { ...callLimits.requestHandler, requestTimeout: 200 } };
    const error = await awsClient(EC2Client, { region: "us-east-1" }, limits)
      .send(new DescribeVpcsCommand({}))
      .then(() => undefined, explain);
    assert.match(error ?? "", /^the AWS API does not answer at .*: EC2 DescribeVpcs: .*timeout/i);
    const other = await s3Client("us-east-1", limits)
      .send(new ListBucketsCommand({}))
      .then(() => undefined, explain);
    assert.match(other ?? "", /: S3 ListBuckets: /);
  });

  it("give up an answer that stops halfway", async () => {
    const half = createServer((socket) =>
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nthe first lines")),
    ).listen(0, "127.0.0.1");
    await new Promise((resolve) => half.once("listening", resolve));
    process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(half.address() as AddressInfo).port}`;
    const limits = { maxAttempts: 1, requestHandler: { ...callLimits.requestHandler, socketTimeout: 200 } };
    const s3 = s3Client("us-east-1", limits);
    try {
      const read = async () =>
        (await s3.send(new GetObjectCommand({ Bucket: "b", Key: "k" }))).Body?.transformToString();
      const late = new Promise<string>((resolve) => setTimeout(() => resolve("still waiting"), 3000).unref());
      await assert.rejects(Promise.race([read(), late]), /aborted|timed? ?out/i);
    } finally {
      s3.destroy();
      half.close();
    }
  });
});
