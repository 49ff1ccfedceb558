import assert from "node:assert/strict";

import { DescribeScalingActivitiesCommand } from "@aws-sdk/client-auto-scaling";
import {
  AttachVolumeCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVolumesCommand,
  RebootInstancesCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";

import type { DesiredInstance, DesiredState } from "../../lab/runtime/desiredState";
import {
  describeInstance,
  labImage,
  makeGroup,
  makeInterface,
  makeNetwork,
  makeTemplate,
  makeVolume,
  membersOf,
} from "./emulatorNodes";
import type { TestNetwork } from "./emulatorNodes";
import type { EmulatorProcess } from "./emulatorProcess";
import { refusal, startEmulator, until } from "./emulatorProcess";

describe("emulator: what really happens to a machine is told by the lab daemon", function () {
  this.timeout(60_000);
  let emulator: EmulatorProcess;
  let network: TestNetwork;

  before(async () => {
    emulator = await startEmulator(["--replace-delay", "0.2"]);
    network = await makeNetwork(emulator);
  });
  after(() => emulator?.stop());

  async function run(more: object = {}): Promise<string> {
    const { Instances } = await emulator.ec2.send(
      new RunInstancesCommand({
        ImageId: labImage,
        InstanceType: "t3.micro",
        SubnetId: network.subnetId,
        MinCount: 1,
        MaxCount: 1,
        ...more,
      }),
    );
    return Instances![0]!.InstanceId!;
  }

  const report = (id: string, state: "running" | "stopped" | "terminated"): Promise<string | undefined> =>
    emulator.daemon.reportInstance(id, state, "test");
  const stateOf = async (id: string): Promise<string | undefined> => (await describeInstance(emulator, id)).State?.Name;
  async function desired(): Promise<DesiredState> {
    const document = await emulator.daemon.desired();
    assert.ok(document);
    return document;
  }
  const machine = async (id: string): Promise<DesiredInstance | undefined> =>
    (await desired()).instances.find((each) => each.id === id);

  it("an instance is pending until its machine runs, shutting-down until it is gone", async () => {
    const id = await run();
    assert.equal(await stateOf(id), "pending");
    assert.equal((await machine(id))?.wanted, "running");
    await report(id, "running");
    assert.equal(await stateOf(id), "running");
    await emulator.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    assert.equal(await stateOf(id), "shutting-down");
    assert.equal((await machine(id))?.wanted, "gone");
    await report(id, "running");
    assert.equal(await stateOf(id), "shutting-down");
    await report(id, "terminated");
    assert.equal(await stateOf(id), "terminated");
    assert.equal(await machine(id), undefined);
  });

  it("reboots and starts raise the boot number; a stop waits for the machine", async () => {
    const id = await run();
    assert.equal(
      await refusal(emulator.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))),
      "IncorrectInstanceState",
    );
    await report(id, "running");
    await emulator.ec2.send(new RebootInstancesCommand({ InstanceIds: [id] }));
    assert.deepEqual([(await machine(id))?.boot, await stateOf(id)], [2, "running"]);
    await emulator.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
    assert.deepEqual([(await machine(id))?.wanted, await stateOf(id)], ["stopped", "stopping"]);
    await report(id, "stopped");
    assert.equal(await stateOf(id), "stopped");
    await emulator.ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
    assert.deepEqual([(await machine(id))?.boot, await stateOf(id)], [3, "pending"]);
  });

  it("a machine that powers itself off is stopped, or terminated if its shutdown behaviour says so", async () => {
    for (const [behavior, expected] of [
      ["stop", "stopped"],
      ["terminate", "terminated"],
    ] as const) {
      const id = await run({ InstanceInitiatedShutdownBehavior: behavior });
      await report(id, "running");
      assert.equal(await report(id, "stopped"), expected);
      assert.equal(await stateOf(id), expected);
    }
  });

  it("interface and volume are free only when the machine is gone; then the group's next one starts", async () => {
    const interfaceId = await makeInterface(emulator, network, 40);
    const templateId = await makeTemplate(emulator, {
      NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: interfaceId }],
    });
    const group = await makeGroup(emulator, templateId);
    const first = await until("the first instance", async () => (await membersOf(emulator, group))[0]?.InstanceId);
    assert.equal((await membersOf(emulator, group))[0]?.LifecycleState, "Pending");
    await report(first, "running");

    const VolumeId = await makeVolume(emulator);
    await emulator.ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId: first, Device: "/dev/sdf" }));
    const attachment = async (): Promise<string | undefined> => {
      const { Volumes } = await emulator.ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }));
      return Volumes![0]!.Attachments?.[0]?.State;
    };
    assert.equal(await attachment(), "attaching");
    await emulator.daemon.reportAttachment(VolumeId, first, "attached");
    assert.equal(await attachment(), "attached");

    await emulator.ec2.send(new TerminateInstancesCommand({ InstanceIds: [first] }));
    const failed = await until("a launch that fails while the old machine has the interface", async () => {
      const { Activities } = await emulator.autoScaling.send(
        new DescribeScalingActivitiesCommand({ AutoScalingGroupName: group }),
      );
      return Activities?.find(({ StatusCode }) => StatusCode === "Failed");
    });
    assert.match(failed.StatusMessage!, /in use/);
    assert.equal(await attachment(), "attached");
    await report(first, "terminated");
    assert.equal(await attachment(), undefined);
    const second = await until(
      "the second instance",
      async () => (await membersOf(emulator, group)).find(({ InstanceId }) => InstanceId !== first)?.InstanceId,
    );
    const { NetworkInterfaces } = await emulator.ec2.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [interfaceId] }),
    );
    assert.equal(NetworkInterfaces![0]!.Attachment?.InstanceId, second);
  });

  it(
    "the document for the daemon has all of a machine, answers 304 when nothing changed, and waits " + "for a change",
    async () => {
      const id = await run({ UserData: Buffer.from("#cloud-config\n").toString("base64") });
      const described = await machine(id);
      assert.ok(described?.userData);
      assert.equal(Buffer.from(described.userData, "base64").toString(), "#cloud-config\n");
      const { imageId, memoryMiB, zone, interfaces } = described;
      assert.deepEqual(
        [imageId, memoryMiB, zone, interfaces[0]?.subnetCidr, interfaces[0]?.securityGroupIds.length],
        [labImage, 1024, "us-east-1a", `${network.prefix}.0.0/24`, 1],
      );
      const { generation } = await desired();
      assert.equal(await emulator.daemon.desired(generation), undefined);
      const change = emulator.daemon.desired(generation, 20);
      await report(id, "running");
      const changed = await change;
      assert.ok(changed && changed.generation > generation);
    },
  );

  it("reports about unknown things, and reports that say nothing, are refused", async () => {
    const post = async (route: string, body: object): Promise<number> =>
      (await fetch(`${emulator.endpoint}/_emulator/${route}`, { method: "POST", body: JSON.stringify(body) })).status;
    assert.equal(await post("instances/i-0/state", { state: "running" }), 404);
    assert.equal(await post(`instances/${await run()}/state`, { state: "asleep" }), 400);
    assert.equal(await post("volumes/vol-0/attachment", { state: "attached" }), 404);
    assert.equal(await post("nonsense", {}), 404);
  });
});
