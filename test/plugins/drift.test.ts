import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

import { DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateLaunchTemplateVersionCommand,
  CreateTagsCommand,
  DeleteVolumeCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { DeleteObjectCommand, ListBucketsCommand } from "@aws-sdk/client-s3";

import { policies } from "../../policies/documents";
import { clusterNames, makeClusterUsers } from "./clusterUsers";
import { startEmulator, until, type EmulatorProcess } from "./emulatorProcess";
import { Engine, withoutCommands } from "./engine";

const stack = "drift";
const cluster = `kafka-${stack}`;
const program = join(__dirname, "driftProcess.ts");

/** The program's resources in the emulator, and a look at them with the rights of policies/auditor and no others. */
describe("drift", function () {
  this.timeout(600_000);
  let emulator: EmulatorProcess;
  let engine: Engine;

  before(async () => {
    emulator = await startEmulator(["--auto-lifecycle", "--replace-delay", "0.2"]);
    await makeClusterUsers(emulator, cluster);
    engine = await Engine.start(emulator.endpoint, "deployer");
    engine.configure(stack, {});
    await engine.succeed(stack, "stack", "init");
    await engine.succeed(stack, "up", "--yes", "--skip-preview", ...withoutCommands);
  });

  after(async () => {
    await emulator?.stop();
    engine?.remove();
  });

  function drift(user = "auditor", name = stack): Promise<{ readonly code: number | null; readonly output: string }> {
    return new Promise((resolve) => {
      const config = join(engine.project, `Pulumi.${stack}.yaml`);
      const child = spawn(process.execPath, ["--import", "tsx", program, name, config], {
        env: { ...engine.environment, AWS_ACCESS_KEY_ID: user, AWS_SECRET_ACCESS_KEY: user, AWS_REGION: "us-east-1" },
        timeout: 300_000,
      });
      let output = "";
      const read = (chunk: Buffer) => (output += chunk.toString());
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.on("close", (code) => resolve({ code, output }));
    });
  }

  const pulumiFolder = () => join(engine.folder, ".pulumi");
  const stateFile = () => join(pulumiFolder(), "stacks", "kafka-on-ec2", `${stack}.json`);

  /** Every file of the back end. */
  const backEnd = () =>
    readdirSync(pulumiFolder(), { recursive: true, encoding: "utf8" })
      .map((name) => join(pulumiFolder(), name))
      .filter((file) => statSync(file).isFile())
      .map((file) => [file, readFileSync(file, "utf8")]);

  const volumeOf = async (node: string) => {
    const { Volumes = [] } = await emulator.ec2.send(
      new DescribeVolumesCommand({
        Filters: [
          { Name: "tag:kafka-on-ec2:node", Values: [node] },
          { Name: "tag:kafka-on-ec2:volume", Values: ["data"] },
        ],
      }),
    );
    return Volumes[0]!.VolumeId!;
  };

  it("is none in what the program made, also while a group replaces an instance and an update has the lock", async () => {
    const instances = async () => {
      const { AutoScalingGroups = [] } = await emulator.autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
      const group = AutoScalingGroups.find(({ AutoScalingGroupName: name = "" }) => name.includes("kafka-1"));
      return (group?.Instances ?? []).map(({ InstanceId = "" }) => InstanceId);
    };
    const [old = ""] = await instances();
    await emulator.ec2.send(new TerminateInstancesCommand({ InstanceIds: [old] }));
    await until("the next instance", async () => (await instances()).some((id) => id !== old));
    const locks = join(pulumiFolder(), "locks", "organization", "kafka-on-ec2", stack);
    mkdirSync(locks, { recursive: true });
    writeFileSync(join(locks, "held.json"), JSON.stringify({ pid: process.pid, hostname: hostname() }));
    try {
      const { code, output } = await drift();
      assert.equal(code, 0, output);
      assert.match(output, /^all \d+ resources of stack drift are in AWS as its state says$/m);
    } finally {
      rmSync(locks, { recursive: true });
    }
  });

  it("is named by resource, property and both values, and changes nothing by being looked at", async () => {
    const { ec2, s3 } = emulator;
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
    const broker = SecurityGroups.find(({ GroupName }) => GroupName === `${cluster}-broker`)!.GroupId!;
    const open = { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: broker, IpPermissions: [open] }));

    const { LaunchTemplates = [] } = await ec2.send(new DescribeLaunchTemplatesCommand({}));
    const template = LaunchTemplates.find(({ LaunchTemplateName: name = "" }) => name.endsWith("kafka-3"))!;
    await ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: template.LaunchTemplateId,
        SourceVersion: "1",
        LaunchTemplateData: { InstanceType: "m7g.2xlarge" },
      }),
    );
    const [tagged, deleted] = [await volumeOf("kafka-2"), await volumeOf("zookeeper-3")];
    await ec2.send(new CreateTagsCommand({ Resources: [tagged], Tags: [{ Key: "team", Value: "other" }] }));
    await ec2.send(new DeleteVolumeCommand({ VolumeId: deleted }));
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    await s3.send(new DeleteObjectCommand({ Bucket: Buckets[0]!.Name, Key: "ops/SHA512SUMS" }));

    const before = backEnd();
    const { code, output } = await drift();
    assert.equal(code, 2, output);
    for (const wanted of [
      new RegExp(`^ebs.Volume \\S*kafka-2 \\(${tagged}\\):\\n  tags.team: nothing in the state, "other" in AWS$`, "m"),
      new RegExp(`^ebs.Volume \\S*zookeeper-3 \\(${deleted}\\): in the state, and gone from AWS$`, "m"),
      /^ec2.LaunchTemplate \S*kafka-3 \(lt-\w+\):\n {2}instanceType: "[\w.]+" in the state, "m7g.2xlarge" in AWS$/m,
      /^s3.BucketObjectv2 .*: in the state, and gone from AWS$/m,
      new RegExp(
        `^ec2.SecurityGroup \\S*broker \\(${broker}\\):\\n` +
          '  ingress rule sgr-\\w+: nothing in the state, "tcp 22 0.0.0.0/0" in AWS$',
        "m",
      ),
      /^5 of \d+ resources of stack drift are not as its state says$/m,
    ]) {
      assert.match(output, wanted);
    }
    assert.deepEqual(backEnd(), before);
  });

  it("is not spoken of where not everything could be looked at", async () => {
    const { auditor } = policies(clusterNames(cluster));
    const without = JSON.stringify(Object.values(auditor)).replaceAll('"ec2:DescribeVolumes",', "");
    await emulator.user("blind", JSON.parse(without) as object[]);
    const blind = await drift("blind");
    assert.equal(blind.code, 1, blind.output);
    assert.match(blind.output, /not everything could be looked at:[^]*ec2:DescribeVolumes/);

    const absent = await drift("auditor", "absent");
    assert.equal(absent.code, 1, absent.output);
    assert.match(absent.output, /stack absent does not exist/);
  });

  it("is not looked for while an update is under way, which has changed what the state does not know yet", async () => {
    const text = readFileSync(stateFile(), "utf8");
    const state = JSON.parse(text) as { checkpoint: { latest: { resources: object[]; pending_operations: object[] } } };
    const { latest } = state.checkpoint;
    latest.pending_operations = [{ resource: latest.resources.at(-1), type: "updating" }];
    writeFileSync(stateFile(), JSON.stringify(state));
    const { code, output } = await drift();
    writeFileSync(stateFile(), text);
    assert.equal(code, 1, output);
    assert.match(output, /an update of stack drift is under way, or was killed \(1 operations are not finished\)/);
  });
});
