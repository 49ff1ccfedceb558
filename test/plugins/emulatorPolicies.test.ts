import assert from "node:assert/strict";

import {
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
  SetInstanceHealthCommand,
} from "@aws-sdk/client-auto-scaling";
import { AttachVolumeCommand, DescribeVolumesCommand, RunInstancesCommand } from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import type { S3ServiceException } from "@aws-sdk/client-s3";
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

import {
  instanceInService,
  labImage,
  makeGroup,
  makeInterface,
  makeNetwork,
  makeTemplate,
  makeVolume,
} from "./emulatorNodes";
import type { TestNetwork } from "./emulatorNodes";
import type { Clients, EmulatorProcess } from "./emulatorProcess";
import { refusal, startEmulator } from "./emulatorProcess";

const account = "123456789012";

describe("emulator: an instance may do what its role's policies allow, and nothing else", function () {
  this.timeout(60_000);
  let emulator: EmulatorProcess;
  let network: TestNetwork;
  let roles = 0;

  before(async () => {
    emulator = await startEmulator(["--auto-lifecycle", "--replace-delay", "0.2"]);
    network = await makeNetwork(emulator);
    await emulator.s3.send(new CreateBucketCommand({ Bucket: "artifacts" }));
    await emulator.s3.send(
      new PutPublicAccessBlockCommand({
        Bucket: "artifacts",
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
      }),
    );
    await emulator.s3.send(
      new PutBucketEncryptionCommand({
        Bucket: "artifacts",
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
        },
      }),
    );
    await emulator.s3.send(
      new PutBucketPolicyCommand({
        Bucket: "artifacts",
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Deny",
              Principal: "*",
              Action: "s3:*",
              Resource: ["arn:aws:s3:::artifacts", "arn:aws:s3:::artifacts/*"],
              Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
          ],
        }),
      }),
    );
    for (const Key of ["artifacts/kafka.tar", "state/secret"]) {
      await emulator.s3.send(new PutObjectCommand({ Bucket: "artifacts", Key, Body: Key }));
    }
  });
  after(() => emulator?.stop());

  async function instanceWithRole(
    statements: readonly object[],
    service = "ec2.amazonaws.com",
  ): Promise<{ id: string; name: string }> {
    const name = `role-${++roles}`;
    await emulator.iam.send(
      new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
        }),
      }),
    );
    await emulator.iam.send(
      new PutRolePolicyCommand({
        RoleName: name,
        PolicyName: "node",
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
      }),
    );
    await emulator.iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name }));
    await emulator.iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
    const { Instances } = await emulator.ec2.send(
      new RunInstancesCommand({
        ImageId: labImage,
        InstanceType: "t3.micro",
        SubnetId: network.subnetId,
        IamInstanceProfile: { Name: name },
        MinCount: 1,
        MaxCount: 1,
        TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "node", Value: name }] }],
      }),
    );
    return { id: Instances![0]!.InstanceId!, name };
  }

  async function clientsOf(id: string): Promise<Clients> {
    const held = await emulator.daemon.credentials(id);
    assert.ok(held);
    return emulator.as({
      accessKeyId: held.AccessKeyId,
      secretAccessKey: held.SecretAccessKey,
      sessionToken: held.Token,
    });
  }

  it("knows itself as its role", async () => {
    const { id, name } = await instanceWithRole([{ Effect: "Allow", Action: "ec2:Describe*", Resource: "*" }]);
    const clients = await clientsOf(id);
    const { Arn } = await clients.sts.send(new GetCallerIdentityCommand({}));
    assert.equal(Arn, `arn:aws:sts::${account}:assumed-role/${name}/${id}`);
    await clients.ec2.send(new DescribeVolumesCommand({}));
    assert.equal(await refusal(clients.autoScaling.send(new DescribeAutoScalingGroupsCommand({}))), "AccessDenied");
  });

  it(
    "attaches its own volume to the instances that are tagged as its node, no other volume and no " + "other instance",
    async () => {
      const own = await makeVolume(emulator);
      const foreign = await makeVolume(emulator);
      const { id, name } = await instanceWithRole([
        { Effect: "Allow", Action: "ec2:AttachVolume", Resource: `arn:aws:ec2:us-east-1:${account}:volume/${own}` },
        {
          Effect: "Allow",
          Action: "ec2:AttachVolume",
          Resource: `arn:aws:ec2:us-east-1:${account}:instance/*`,
          Condition: { StringEquals: { "aws:ResourceTag/node": `role-${roles + 1}` } },
        },
      ]);
      assert.equal(name, `role-${roles}`);
      const other = await instanceWithRole([{ Effect: "Allow", Action: "ec2:Describe*", Resource: "*" }]);
      const { ec2 } = await clientsOf(id);
      const attach = (VolumeId: string, InstanceId: string): Promise<unknown> =>
        ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: "/dev/sdf" }));
      assert.equal(await refusal(attach(foreign, id)), "UnauthorizedOperation");
      assert.equal(await refusal(attach(own, other.id)), "UnauthorizedOperation");
      await attach(own, id);
      assert.equal(await refusal(ec2.send(new DescribeVolumesCommand({}))), "UnauthorizedOperation");
    },
  );

  it(
    "calls instances unhealthy only in groups with the tag that its policy demands, and then they " + "are replaced",
    async () => {
      const { id } = await instanceWithRole([
        { Effect: "Allow", Action: "autoscaling:DescribeAutoScalingGroups", Resource: "*" },
        {
          Effect: "Allow",
          Action: "autoscaling:SetInstanceHealth",
          Resource: "*",
          Condition: { StringEquals: { "autoscaling:ResourceTag/cluster": "ours" } },
        },
      ]);
      const { autoScaling } = await clientsOf(id);
      const grouped = async (host: number, cluster: string) => {
        const nic = { DeviceIndex: 0, NetworkInterfaceId: await makeInterface(emulator, network, host) };
        const template = await makeTemplate(emulator, { NetworkInterfaces: [nic] });
        const tag = { Key: "cluster", Value: cluster, PropagateAtLaunch: false };
        const group = await makeGroup(emulator, template, "us-east-1a", { Tags: [tag] });
        return { group, InstanceId: (await instanceInService(emulator, group)).InstanceId };
      };
      const unhealthy = (InstanceId: string | undefined): Promise<unknown> =>
        autoScaling.send(new SetInstanceHealthCommand({ InstanceId, HealthStatus: "Unhealthy" }));
      const theirs = await grouped(40, "theirs");
      assert.equal(await refusal(unhealthy(theirs.InstanceId)), "AccessDenied");
      const ours = await grouped(41, "ours");
      await unhealthy(ours.InstanceId);
      await instanceInService(emulator, ours.group, ours.InstanceId);
      const shrink = new SetDesiredCapacityCommand({ AutoScalingGroupName: ours.group, DesiredCapacity: 1 });
      assert.equal(await refusal(autoScaling.send(shrink)), "AccessDenied");
      const { AutoScalingGroups } = await autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
      assert.equal(AutoScalingGroups?.length, 2);
    },
  );

  it("reads the objects that it may, and learns of missing ones only if it may list them", async () => {
    const { id } = await instanceWithRole([
      { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::artifacts/artifacts/*" },
      {
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: "arn:aws:s3:::artifacts",
        Condition: { StringEquals: { "s3:prefix": "state/marker" } },
      },
    ]);
    const { s3 } = await clientsOf(id);
    const get = (Key: string): Promise<{ Body?: { transformToString(): Promise<string> } }> =>
      s3.send(new GetObjectCommand({ Bucket: "artifacts", Key }));
    assert.equal(await (await get("artifacts/kafka.tar")).Body?.transformToString(), "artifacts/kafka.tar");
    assert.equal(await refusal(get("state/secret")), "AccessDenied");
    assert.equal(await refusal(get("artifacts/missing")), "AccessDenied");
    const head = new HeadObjectCommand({ Bucket: "artifacts", Key: "artifacts/missing" });
    await assert.rejects(s3.send(head), (error: S3ServiceException) => error.$metadata.httpStatusCode === 403);
    const list = (Prefix?: string): Promise<{ KeyCount?: number }> =>
      s3.send(new ListObjectsV2Command({ Bucket: "artifacts", Prefix }));
    assert.equal((await list("state/marker")).KeyCount, 0);
    assert.equal(await refusal(list("state/")), "AccessDenied");
    assert.equal(await refusal(list()), "AccessDenied");
    const put = new PutObjectCommand({ Bucket: "artifacts", Key: "artifacts/mine", Body: "x" });
    assert.equal(await refusal(s3.send(put)), "AccessDenied");
  });

  it("reads the parameters that it may", async () => {
    for (const Name of ["/cluster/ops/host-key", "/cluster/ops/other"]) {
      await emulator.ssm.send(new PutParameterCommand({ Name, Value: "secret", Type: "SecureString" }));
    }
    const { id } = await instanceWithRole([
      {
        Effect: "Allow",
        Action: "ssm:GetParameter",
        Resource: `arn:aws:ssm:us-east-1:${account}:parameter/cluster/ops/host-key`,
      },
    ]);
    const { ssm } = await clientsOf(id);
    const get = (Name: string): Promise<{ Parameter?: { Value?: string } }> =>
      ssm.send(new GetParameterCommand({ Name, WithDecryption: true }));
    assert.equal((await get("/cluster/ops/host-key")).Parameter?.Value, "secret");
    assert.equal(await refusal(get("/cluster/ops/other")), "AccessDeniedException");
  });

  it("an explicit denial wins", async () => {
    const { id } = await instanceWithRole([
      { Effect: "Allow", Action: "s3:*", Resource: "*" },
      { Effect: "Deny", Action: "s3:Get*", Resource: "arn:aws:s3:::artifacts/state/*" },
    ]);
    const { s3 } = await clientsOf(id);
    await s3.send(new GetObjectCommand({ Bucket: "artifacts", Key: "artifacts/kafka.tar" }));
    const secret = new GetObjectCommand({ Bucket: "artifacts", Key: "state/secret" });
    assert.equal(await refusal(s3.send(secret)), "AccessDenied");
  });

  it("an instance without a role, or whose role does not trust EC2, gets no credentials", async () => {
    const { Instances } = await emulator.ec2.send(
      new RunInstancesCommand({
        ImageId: labImage,
        InstanceType: "t3.micro",
        SubnetId: network.subnetId,
        MinCount: 1,
        MaxCount: 1,
      }),
    );
    const reason = async (id: string): Promise<string> =>
      (await fetch(`${emulator.endpoint}/_emulator/instances/${id}/credentials`)).text();
    const plain = Instances![0]!.InstanceId!;
    assert.equal(await emulator.daemon.credentials(plain), undefined);
    assert.match(await reason(plain), /has no instance profile/);
    const { id } = await instanceWithRole([{ Effect: "Allow", Action: "s3:*", Resource: "*" }], "lambda.amazonaws.com");
    assert.equal(await emulator.daemon.credentials(id), undefined);
    assert.match(await reason(id), /does not let ec2/);
  });

  it("presigned URLs work without credentials, until they expire; unsigned requests and unknown keys do not", async () => {
    const url = await getSignedUrl(
      emulator.s3,
      new PutObjectCommand({ Bucket: "artifacts", Key: "jobs/result.json" }),
      { expiresIn: 60 },
    );
    assert.equal((await fetch(url, { method: "PUT", body: "{}" })).status, 200);
    const read = new GetObjectCommand({ Bucket: "artifacts", Key: "jobs/result.json" });
    const signed = await getSignedUrl(emulator.s3, read, { expiresIn: 60 });
    assert.equal(await (await fetch(signed)).text(), "{}");
    const expired = await getSignedUrl(emulator.s3, read, {
      expiresIn: 60,
      signingDate: new Date(Date.now() - 120_000),
    });
    assert.equal((await fetch(expired)).status, 403);
    assert.equal((await fetch(`${emulator.endpoint}/artifacts/jobs/result.json`)).status, 403);
    const stranger = emulator.as({ accessKeyId: "AKIAX", secretAccessKey: "x" });
    assert.equal(await refusal(stranger.ec2.send(new DescribeVolumesCommand({}))), "AuthFailure");
    assert.equal(await refusal(stranger.s3.send(read)), "InvalidAccessKeyId");
  });
});
