import assert from "node:assert/strict";

import {
  AttachVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  DetachVolumeCommand,
  ModifyVolumeCommand,
  RunInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import type { Volume } from "@aws-sdk/client-ec2";

import { describeInstance, labImage, makeNetwork, makeVolume } from "./emulatorNodes";
import type { TestNetwork } from "./emulatorNodes";
import type { EmulatorProcess } from "./emulatorProcess";
import { refusal, startEmulator } from "./emulatorProcess";

describe("emulator: volumes", function () {
  this.timeout(60_000);
  let emulator: EmulatorProcess;
  let network: TestNetwork;

  before(async () => {
    emulator = await startEmulator(["--auto-lifecycle"]);
    network = await makeNetwork(emulator);
  });
  after(() => emulator?.stop());

  async function run(): Promise<string> {
    const { Instances } = await emulator.ec2.send(
      new RunInstancesCommand({
        ImageId: labImage,
        InstanceType: "t3.micro",
        SubnetId: network.subnetId,
        MinCount: 1,
        MaxCount: 1,
      }),
    );
    return Instances![0]!.InstanceId!;
  }

  const attach = (VolumeId: string, InstanceId: string, Device = "/dev/sdf"): Promise<unknown> =>
    emulator.ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }));

  async function volumeOf(id: string): Promise<Volume> {
    const { Volumes } = await emulator.ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }));
    return Volumes![0]!;
  }

  it("are attached to one instance at a time", async () => {
    const [volume, first, second] = [await makeVolume(emulator), await run(), await run()];
    await attach(volume, first);
    assert.equal(await refusal(attach(volume, second)), "VolumeInUse");
    assert.equal(await refusal(emulator.ec2.send(new DeleteVolumeCommand({ VolumeId: volume }))), "VolumeInUse");
    const { Volumes } = await emulator.ec2.send(
      new DescribeVolumesCommand({ Filters: [{ Name: "attachment.instance-id", Values: [first] }] }),
    );
    const data = Volumes!.find(({ VolumeId }) => VolumeId === volume);
    assert.deepEqual(
      data?.Attachments?.map(({ InstanceId, Device, State }) => [InstanceId, Device, State]),
      [[first, "/dev/sdf", "attached"]],
    );
    await emulator.ec2.send(new DetachVolumeCommand({ VolumeId: volume }));
    await attach(volume, second);
  });

  it("are free again, and not deleted, when their instance is terminated; its root volume goes with it", async () => {
    const [volume, instance] = [await makeVolume(emulator), await run()];
    await attach(volume, instance);
    const root = (await describeInstance(emulator, instance)).BlockDeviceMappings!.find(
      ({ DeviceName }) => DeviceName === "/dev/xvda",
    )!.Ebs!.VolumeId!;
    await emulator.ec2.send(new TerminateInstancesCommand({ InstanceIds: [instance] }));
    assert.equal((await volumeOf(volume)).State, "available");
    assert.equal(await refusal(volumeOf(root)), "InvalidVolume.NotFound");
    assert.equal(await refusal(attach(volume, instance)), "IncorrectState");
  });

  it("can't be attached in another zone, at a device in use, or under a name that is none", async () => {
    const instance = await run();
    const elsewhere = await makeVolume(emulator, "us-east-1b");
    assert.equal(await refusal(attach(elsewhere, instance)), "InvalidVolume.ZoneMismatch");
    await attach(await makeVolume(emulator), instance);
    const other = await makeVolume(emulator);
    await assert.rejects(attach(other, instance), /Attachment point \/dev\/sdf is already in use/);
    await assert.rejects(attach(other, instance, "data"), /not a valid EBS device name/);
  });

  it("grow, and never shrink", async () => {
    const volume = await makeVolume(emulator);
    const modify = (change: object): Promise<unknown> =>
      emulator.ec2.send(new ModifyVolumeCommand({ VolumeId: volume, ...change }));
    await assert.rejects(modify({ Size: 4 }), /New size cannot be smaller than existing size/);
    await assert.rejects(modify({ Throughput: 1000 }), /Throughput \(MiBps\) to iops ratio/);
    await modify({ Size: 16, Iops: 4000, Throughput: 500 });
    const { Size, Iops, Throughput } = await volumeOf(volume);
    assert.deepEqual({ Size, Iops, Throughput }, { Size: 16, Iops: 4000, Throughput: 500 });
    const { VolumesModifications } = await emulator.ec2.send(
      new DescribeVolumesModificationsCommand({ VolumeIds: [volume] }),
    );
    const [change] = VolumesModifications!;
    assert.deepEqual([change?.OriginalSize, change?.TargetSize, change?.ModificationState], [8, 16, "completed"]);
    // "ModifyVolume": four in 24 hours.
    for (const Size of [17, 18, 19]) await modify({ Size });
    await assert.rejects(modify({ Size: 20 }), /VolumeModificationRateExceeded|maximum modification rate/);
  });

  it("stay attached over a stop of the instance", async () => {
    const [volume, instance] = [await makeVolume(emulator), await run()];
    await attach(volume, instance);
    await emulator.ec2.send(new StopInstancesCommand({ InstanceIds: [instance] }));
    assert.equal((await describeInstance(emulator, instance)).State?.Name, "stopped");
    assert.equal((await volumeOf(volume)).State, "in-use");
  });
});
