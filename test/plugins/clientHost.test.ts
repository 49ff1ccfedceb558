/**
 * The operator's side of a client host, against EC2 and S3 as the emulator has them; the test does what the host would
 * do.
 */
import assert from "node:assert/strict";
import {
  CreateSubnetCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  EC2Client,
  RunInstancesCommand,
  type Instance,
} from "@aws-sdk/client-ec2";
import { DescribeKeyCommand } from "@aws-sdk/client-kms";
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { parse } from "yaml";

import { ClientHosts, type ClientJob } from "../../trials/clientHost/clientHost";
import { labImage, makeNetwork } from "./emulatorNodes";
import type { TestNetwork } from "./emulatorNodes";
import { startEmulator, until } from "./emulatorProcess";
import type { EmulatorProcess } from "./emulatorProcess";

const artifactBucket = "kafka-client-host-test";
const clusterName = "kafka-test";

describe("a client host", function () {
  this.timeout(60_000);
  let emulator: EmulatorProcess;
  let network: TestNetwork;
  /** In a zone that does not offer the host's type. */
  let barren: string;

  before(async () => {
    emulator = await startEmulator(["--auto-lifecycle"]);
    network = await makeNetwork(emulator);
    const block = `${network.prefix}.2.0/24`;
    const { Subnet } = await emulator.ec2.send(
      new CreateSubnetCommand({ VpcId: network.vpcId, CidrBlock: block, AvailabilityZone: "us-east-1e" }),
    );
    barren = Subnet!.SubnetId!;
    await emulator.s3.send(new CreateBucketCommand({ Bucket: artifactBucket }));
  });
  after(() => emulator?.stop());

  const settings = (sessionToken?: string, expiration?: Date) => ({
    endpoint: emulator.endpoint,
    region: "us-east-1",
    credentials: () => Promise.resolve({ accessKeyId: "test", secretAccessKey: "test", sessionToken, expiration }),
  });
  const hostsOf = (more: ReturnType<typeof settings>, nodeSubnetIds: string[], ec2 = new EC2Client(more)) =>
    new ClientHosts(
      {
        region: "us-east-1",
        clusterName,
        artifactBucket,
        nodeSubnetIds,
        imageId: labImage,
        clientSecurityGroupId: network.groupId,
      },
      { ec2, s3: new S3Client({ ...more, forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" }) },
    );
  const job = (more: Partial<ClientJob> = {}): ClientJob => ({
    name: "smoke",
    bundle: Buffer.from("the bundle"),
    parameters: { topic: "it's $HOME" },
    needs: [],
    jobSeconds: 20,
    deadlineSeconds: 60,
    report: () => undefined,
    ...more,
  });
  const running = async (): Promise<Instance[]> => {
    const { Reservations = [] } = await emulator.ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: "instance-state-name", Values: ["pending", "running"] }] }),
    );
    return Reservations.flatMap(({ Instances = [] }) => Instances);
  };
  const theHost = () => until("the host", async () => (await running())[0]);
  const userDataOf = async ({ InstanceId }: Instance): Promise<string> => {
    const { UserData } = await emulator.ec2.send(
      new DescribeInstanceAttributeCommand({ InstanceId, Attribute: "userData" }),
    );
    return Buffer.from(UserData!.Value!, "base64").toString();
  };
  /** What the host reads: the description that its user data lead to. */
  const descriptionOf = async (userData: string): Promise<Record<string, string>> => {
    const { write_files } = parse(userData) as { write_files: { path: string; content: string }[] };
    const url = write_files.find(({ path }) => path === "/opt/job/job.url")!.content.trim();
    const text = await (await fetch(url)).text();
    return Object.fromEntries([...text.matchAll(/^(\w+)='(.*)'$/gm)].map(([, key = "", value = ""]) => [key, value]));
  };
  const finish = async (description: Record<string, string>, result: unknown) => {
    const body = JSON.stringify({ exitCode: 0, result });
    assert.equal((await fetch(description.OUTCOME_URL!, { method: "PUT", body })).status, 200);
  };
  const left = async (): Promise<(string | undefined)[]> => {
    const { Contents = [] } = await emulator.s3.send(new ListObjectsV2Command({ Bucket: artifactBucket }));
    return Contents.map(({ Key }) => Key);
  };

  it("is started where its type is offered, and is told all by one address; session tokens may have 4 KB", async () => {
    const token = "t/+=".repeat(1024);
    const lines: string[] = [];
    const done = hostsOf(settings(token), [barren, network.subnetId]).run(
      job({ report: (line) => lines.push(line), controlKey: "jobs/control.json", archiveKey: "artifacts/kafka.tgz" }),
    );
    const host = await theHost();
    assert.equal(host.SubnetId, network.subnetId);
    const disk = host.BlockDeviceMappings?.[0]?.Ebs?.VolumeId ?? "";
    const { Volumes } = await emulator.ec2.send(new DescribeVolumesCommand({ VolumeIds: [disk] }));
    const { KeyMetadata } = await emulator.kms.send(new DescribeKeyCommand({ KeyId: Volumes?.[0]?.KmsKeyId }));
    assert.equal(KeyMetadata?.KeyManager, "AWS", "the account's default key may be a customer's");
    const userData = await userDataOf(host);
    assert.ok(Buffer.byteLength(userData) < 16_384, `${Buffer.byteLength(userData)}`);
    const description = await descriptionOf(userData);
    assert.equal(await (await fetch(description.BUNDLE_URL!)).text(), "the bundle");
    assert.deepEqual(await (await fetch(description.PARAMETERS_URL!)).json(), { topic: "it's $HOME" });
    for (const name of ["ARCHIVE_URL", "CONTROL_URL", "LOG_URL"]) assert.match(description[name] ?? "", /^http/);
    // It switches itself off, and is then gone for good, whatever becomes of whoever waits for it.
    const { InstanceInitiatedShutdownBehavior } = await emulator.ec2.send(
      new DescribeInstanceAttributeCommand({
        InstanceId: host.InstanceId,
        Attribute: "instanceInitiatedShutdownBehavior",
      }),
    );
    assert.equal(InstanceInitiatedShutdownBehavior?.Value, "terminate");
    // Whoever finds it later knows how long it may stay.
    const ends = Date.parse(host.Tags!.find(({ Key }) => Key === "kafka-on-ec2:ends")!.Value!);
    assert.ok(Math.abs(ends - Date.now() - 180_000) < 20_000, new Date(ends).toISOString());
    await finish(description, "all well");
    assert.equal(await done, "all well");
    assert.deepEqual([await running(), await left()], [[], []]);
    assert.match(lines.join("\n"), new RegExp(`is starting in ${network.subnetId}`));
  });

  it("says what every subnet refused", async () => {
    await assert.rejects(hostsOf(settings(), [barren]).run(job()), {
      message: new RegExp(
        `in any subnet:\n  ${barren}: Unsupported: .*not supported in your requested Availability Zone`,
      ),
    });
    assert.deepEqual(await left(), []);
  });

  it("is not left behind when EC2's answer is lost", async () => {
    const ec2 = new EC2Client(settings());
    const started: string[] = [];
    ec2.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        if (!("ImageId" in args.input)) return answer;
        started.push((await theHost()).InstanceId!);
        throw Object.assign(new Error("no answer"), { name: "TimeoutError" });
      },
      { step: "initialize" },
    );
    await assert.rejects(hostsOf(settings(), [network.subnetId], ec2).run(job()), /no answer/);
    assert.equal(started.length, 1);
    assert.deepEqual(await running(), []);
  });

  it("is ended by others only after its own time", async () => {
    const start = async (name: string, ends: Date): Promise<string> => {
      const Tags = Object.entries({
        "kafka-on-ec2:cluster": clusterName,
        "kafka-on-ec2:job": `${name}-0a1b2c`,
        "kafka-on-ec2:ends": ends.toISOString(),
      }).map(([Key, Value]) => ({ Key, Value }));
      const { Instances } = await emulator.ec2.send(
        new RunInstancesCommand({
          ImageId: labImage,
          InstanceType: "t3.small",
          SubnetId: network.subnetId,
          MinCount: 1,
          MaxCount: 1,
          TagSpecifications: [{ ResourceType: "instance", Tags }],
        }),
      );
      return Instances![0]!.InstanceId!;
    };
    const later = await start("drill", new Date(Date.now() + 3_600_000));
    const smoke = await start("smoke", new Date(Date.now() + 3_600_000));
    await start("bench", new Date(Date.now() - 1000));
    const hosts = hostsOf(settings(), [network.subnetId]);
    const there = async () => (await running()).map(({ InstanceId }) => InstanceId).sort();
    // The next job ends what an earlier one has left, also when it does not get to have a host itself.
    await assert.rejects(hostsOf(settings(), [barren]).run(job()), /in any subnet/);
    assert.deepEqual(await there(), [later, smoke].sort());
    // A drill's lock that was taken over says that nothing waits for it.
    await hosts.removeAll(() => undefined, ["bench", "drill"]);
    assert.deepEqual(await there(), [smoke]);
    await hosts.removeAll(() => undefined);
    assert.deepEqual(await there(), []);
  });

  it("is not started with credentials that end before it may", async () => {
    const soon = new Date(Date.now() + 30_000);
    await assert.rejects(
      hostsOf(settings("t", soon), [network.subnetId]).run(job()),
      /the AWS credentials end at .*the smoke job may take 1/,
    );
    assert.deepEqual([await running(), await left()], [[], []]);
  });
});
