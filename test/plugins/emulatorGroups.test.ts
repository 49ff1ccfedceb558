import assert from "node:assert/strict";

import {
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SetInstanceHealthCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  CreateLaunchTemplateVersionCommand,
  DescribeAddressesCommand,
  DescribeNetworkInterfacesCommand,
  DetachNetworkInterfaceCommand,
  RunInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";

import {
  describeInstance,
  instanceInService,
  labImage,
  makeGroup,
  makeInterface,
  makeNetwork,
  makeTemplate,
  membersOf,
} from "./emulatorNodes";
import type { TestNetwork } from "./emulatorNodes";
import type { EmulatorProcess } from "./emulatorProcess";
import { refusal, startEmulator, until } from "./emulatorProcess";

describe("emulator: an Auto Scaling group of one with its own network interface", function () {
  this.timeout(60_000);
  let emulator: EmulatorProcess;
  let network: TestNetwork;
  let host = 10;

  before(async () => {
    emulator = await startEmulator(["--auto-lifecycle", "--replace-delay", "0.2"]);
    network = await makeNetwork(emulator);
  });
  after(() => emulator?.stop());

  async function makeNode(): Promise<{ group: string; address: string; interfaceId: string; templateId: string }> {
    const address = `${network.prefix}.0.${++host}`;
    const interfaceId = await makeInterface(emulator, network, host);
    const templateId = await makeTemplate(emulator, {
      NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: interfaceId }],
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "node", Value: "kafka-1" }] }],
    });
    const group = await makeGroup(emulator, templateId, "us-east-1a", {
      Tags: [{ Key: "team", Value: "data", PropagateAtLaunch: true }],
    });
    return { group, address, interfaceId, templateId };
  }

  it("launches its instance on the interface that the template names, with its address, group and zone", async () => {
    const { group, address, interfaceId, templateId } = await makeNode();
    const instance = await instanceInService(emulator, group);
    assert.equal(instance.PrivateIpAddress, address);
    assert.equal(instance.NetworkInterfaces?.[0]?.NetworkInterfaceId, interfaceId);
    assert.deepEqual(
      instance.SecurityGroups?.map(({ GroupId }) => GroupId),
      [network.groupId],
    );
    assert.equal(instance.Placement?.AvailabilityZone, "us-east-1a");
    assert.equal(instance.MetadataOptions?.HttpTokens, "required");
    const tags = Object.fromEntries(instance.Tags!.map(({ Key, Value }) => [Key, Value]));
    assert.deepEqual(tags, {
      node: "kafka-1",
      team: "data",
      "aws:autoscaling:groupName": group,
      "aws:ec2launchtemplate:id": templateId,
      "aws:ec2launchtemplate:version": "1",
    });
  });

  for (const [loss, lose] of [
    ["terminated", (id: string) => emulator.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))],
    ["stopped", (id: string) => emulator.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))],
    [
      "called unhealthy",
      (id: string) =>
        emulator.autoScaling.send(new SetInstanceHealthCommand({ InstanceId: id, HealthStatus: "Unhealthy" })),
    ],
    [
      "terminated through its group",
      (id: string) =>
        emulator.autoScaling.send(
          new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: id, ShouldDecrementDesiredCapacity: false }),
        ),
    ],
  ] as const) {
    it(`replaces an instance that was ${loss}, without being asked, by one with the same address`, async () => {
      const { group, address } = await makeNode();
      const first = await instanceInService(emulator, group);
      await lose(first.InstanceId!);
      const second = await instanceInService(emulator, group, first.InstanceId);
      assert.equal(second.PrivateIpAddress, address);
      assert.equal((await describeInstance(emulator, first.InstanceId!)).State?.Name, "terminated");
    });
  }

  it("gives each of its instances the public address that is associated with the interface", async () => {
    const { group, interfaceId } = await makeNode();
    const first = await instanceInService(emulator, group);
    assert.equal(first.PublicIpAddress, undefined);
    const { AllocationId, PublicIp } = await emulator.ec2.send(new AllocateAddressCommand({ Domain: "vpc" }));
    const { AssociationId } = await emulator.ec2.send(
      new AssociateAddressCommand({ AllocationId, NetworkInterfaceId: interfaceId }),
    );
    /** What the daemon gives the machine. */
    const given = async (id: string | undefined) =>
      (await emulator.daemon.desired())?.instances.find((each) => each.id === id)?.interfaces[0]?.publicIp;
    assert.equal(await given(first.InstanceId), PublicIp);
    await emulator.ec2.send(new TerminateInstancesCommand({ InstanceIds: [first.InstanceId!] }));
    const second = await instanceInService(emulator, group, first.InstanceId);
    assert.equal(second.PublicIpAddress, PublicIp);
    assert.equal(await given(second.InstanceId), PublicIp);
    const { Addresses } = await emulator.ec2.send(new DescribeAddressesCommand({ AllocationIds: [AllocationId!] }));
    assert.deepEqual(
      Addresses?.map((each) => [each.AssociationId, each.InstanceId, each.NetworkInterfaceId]),
      [[AssociationId, second.InstanceId, interfaceId]],
    );
  });

  it("fails to launch while another instance has the interface, says so in its activities, and tries again", async () => {
    const { group, interfaceId } = await makeNode();
    const first = await instanceInService(emulator, group);
    const run = (): Promise<unknown> =>
      emulator.ec2.send(
        new RunInstancesCommand({
          ImageId: labImage,
          InstanceType: "t3.micro",
          MinCount: 1,
          MaxCount: 1,
          NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: interfaceId }],
        }),
      );
    assert.equal(await refusal(run()), "InvalidNetworkInterface.InUse");
    // a stranger takes the interface between the group's instance and its next one
    const launching = { AutoScalingGroupName: group, ScalingProcesses: ["Launch"] };
    await emulator.autoScaling.send(new SuspendProcessesCommand(launching));
    await emulator.ec2.send(new TerminateInstancesCommand({ InstanceIds: [first.InstanceId!] }));
    assert.equal(await refusal(run()), "InvalidNetworkInterface.InUse", "the first launch after it comes too early");
    await run();
    await emulator.autoScaling.send(new ResumeProcessesCommand(launching));
    const failed = await until("a failed activity", async () => {
      const { Activities } = await emulator.autoScaling.send(
        new DescribeScalingActivitiesCommand({ AutoScalingGroupName: group }),
      );
      return Activities?.find(({ StatusCode }) => StatusCode === "Failed");
    });
    assert.match(failed.StatusMessage!, /Interface: \[eni-\w+\] in use\. Launching EC2 instance failed\./);
    const { NetworkInterfaces } = await emulator.ec2.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [interfaceId] }),
    );
    const stranger = NetworkInterfaces![0]!.Attachment!.InstanceId!;
    await emulator.ec2.send(new TerminateInstancesCommand({ InstanceIds: [stranger] }));
    await instanceInService(emulator, group, first.InstanceId);
  });

  it("starts future instances, and only those, from a new template version", async () => {
    const { group, templateId } = await makeNode();
    const first = await instanceInService(emulator, group);
    await emulator.ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: templateId,
        SourceVersion: "1",
        LaunchTemplateData: { InstanceType: "t3.small" },
      }),
    );
    const update = (): Promise<unknown> =>
      emulator.autoScaling.send(
        new UpdateAutoScalingGroupCommand({
          AutoScalingGroupName: group,
          LaunchTemplate: { LaunchTemplateId: templateId, Version: "2" },
        }),
      );
    await assert.rejects(update(), /fully-formed launch template\. Interface: \[eni-\w+\] in use/);
    await emulator.daemon.account({ templateCheck: "accepts" });
    await update();
    await emulator.daemon.account({ templateCheck: "refuses" });
    const [member] = await membersOf(emulator, group);
    assert.deepEqual([member?.InstanceId, member?.LaunchTemplate?.Version], [first.InstanceId, "1"]);
    await emulator.ec2.send(new TerminateInstancesCommand({ InstanceIds: [first.InstanceId!] }));
    const second = await instanceInService(emulator, group, first.InstanceId);
    assert.equal(second.InstanceType, "t3.small");
    assert.equal((await membersOf(emulator, group))[0]?.LaunchTemplate?.Version, "2");
  });

  it("finds the interface still in use at first, and no capacity for a while: tries again, ever later", async () => {
    const { group } = await makeNode();
    const first = await instanceInService(emulator, group);
    await emulator.daemon.account({ retrySeconds: "0.2", capacity: "us-east-1b:9,us-east-1a/t3.micro:2" });
    await emulator.ec2.send(new TerminateInstancesCommand({ InstanceIds: [first.InstanceId!] }));
    await instanceInService(emulator, group, first.InstanceId);
    const described = new DescribeScalingActivitiesCommand({ AutoScalingGroupName: group });
    const { Activities = [] } = await emulator.autoScaling.send(described);
    const failed = Activities.filter(({ StatusCode }) => StatusCode === "Failed").reverse();
    assert.deepEqual(
      failed.map(({ StatusMessage = "" }) => /in use|sufficient/.exec(StatusMessage)?.[0]),
      ["sufficient", "sufficient", "in use"],
    );
    const times = failed.map(({ StartTime }) => StartTime!.getTime());
    assert.ok(times[2]! - times[1]! > 300, `retried after ${times.join(", ")}`);
    const left = await emulator.daemon.account({ retrySeconds: "1", capacity: "0" });
    assert.deepEqual(
      left.filter(({ name }) => name === "capacity").map(({ value }) => value),
      ["0"],
    );
  });

  it("is told what the account is like in words that it knows, or changes nothing", async () => {
    const { daemon } = emulator;
    await assert.rejects(
      daemon.account({ unsupported: "3", capasity: "2" }),
      /capasity: no such condition .* capacity/,
    );
    await assert.rejects(daemon.account({ unsupported: "3", capacity: "some" }), /capacity=some: must be \[ZONE\]/);
    await assert.rejects(daemon.account({ templateCheck: "no" }), /templateCheck=no: must be refuses or accepts/);
    const known = await daemon.account();
    assert.equal(known.find(({ name }) => name === "unsupported")?.value, "0");
  });

  it("launches nothing while its Launch process is suspended", async () => {
    const { group } = await makeNode();
    const first = await instanceInService(emulator, group);
    await emulator.autoScaling.send(
      new SuspendProcessesCommand({ AutoScalingGroupName: group, ScalingProcesses: ["Launch"] }),
    );
    await emulator.ec2.send(new TerminateInstancesCommand({ InstanceIds: [first.InstanceId!] }));
    await until("the group to be empty", async () => (await membersOf(emulator, group)).length === 0);
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.deepEqual(await membersOf(emulator, group), []);
  });

  it("ignores a health report within the grace period, as AWS does by default", async () => {
    const { group } = await makeNode();
    const { InstanceId } = await instanceInService(emulator, group);
    await emulator.autoScaling.send(
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: group, HealthCheckGracePeriod: 300 }),
    );
    const report = (ShouldRespectGracePeriod?: boolean): Promise<unknown> =>
      emulator.autoScaling.send(
        new SetInstanceHealthCommand({ InstanceId, HealthStatus: "Unhealthy", ShouldRespectGracePeriod }),
      );
    await report();
    assert.equal((await membersOf(emulator, group))[0]?.HealthStatus, "Healthy");
    await report(false);
    await instanceInService(emulator, group, InstanceId);
  });

  it("is deleted with its instance only by force, and frees the interface", async () => {
    const { group, interfaceId } = await makeNode();
    const { InstanceId } = await instanceInService(emulator, group);
    const remove = (ForceDelete: boolean): Promise<unknown> =>
      emulator.autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: group, ForceDelete }));
    assert.equal(await refusal(remove(false)), "ResourceInUseFault");
    await remove(true);
    await until("the group to be gone", async () => {
      const { AutoScalingGroups } = await emulator.autoScaling.send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
      );
      return AutoScalingGroups?.length === 0;
    });
    assert.equal((await describeInstance(emulator, InstanceId!)).State?.Name, "terminated");
    const { NetworkInterfaces } = await emulator.ec2.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [interfaceId] }),
    );
    assert.equal(NetworkInterfaces?.[0]?.Status, "available");
  });

  it("shows its maintenance policy again, and refuses a capacity outside of its bounds", async () => {
    const { group } = await makeNode();
    const { AutoScalingGroups } = await emulator.autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
    );
    assert.deepEqual(AutoScalingGroups?.[0]?.InstanceMaintenancePolicy, {
      MinHealthyPercentage: 0,
      MaxHealthyPercentage: 100,
    });
    const grow = new SetDesiredCapacityCommand({ AutoScalingGroupName: group, DesiredCapacity: 2 });
    assert.equal(await refusal(emulator.autoScaling.send(grow)), "ValidationError");
  });

  it("answers what the official provider asks: a distribution over zones, and to let go of an interface", async () => {
    const { group, interfaceId } = await makeNode();
    const { InstanceId } = await instanceInService(emulator, group);
    const distribution = { CapacityDistributionStrategy: "balanced-only" } as const;
    await emulator.autoScaling.send(
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: group, AvailabilityZoneDistribution: distribution }),
    );
    const { AutoScalingGroups } = await emulator.autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
    );
    assert.deepEqual(AutoScalingGroups?.[0]?.AvailabilityZoneDistribution, distribution);

    const { NetworkInterfaces } = await emulator.ec2.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [interfaceId] }),
    );
    const AttachmentId = NetworkInterfaces?.[0]?.Attachment?.AttachmentId;
    const letGo = () => refusal(emulator.ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId })));
    assert.match(await letGo(), /^OperationNotPermitted/);
    await emulator.autoScaling.send(new SuspendProcessesCommand({ AutoScalingGroupName: group }));
    await emulator.ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId!] }));
    assert.match(await letGo(), /^InvalidAttachmentID\.NotFound/);
  });

  it("refuses templates that AWS refuses for groups", async () => {
    const interfaceId = await makeInterface(emulator, network, ++host);
    const nic = { DeviceIndex: 0, NetworkInterfaceId: interfaceId };
    const withGroups = await makeTemplate(emulator, {
      NetworkInterfaces: [nic],
      SecurityGroupIds: [network.groupId],
    });
    await assert.rejects(makeGroup(emulator, withGroups), /the security groups must be a part of it/);
    const plain = await makeTemplate(emulator, { NetworkInterfaces: [nic] });
    await assert.rejects(makeGroup(emulator, plain, "us-east-1b"), /is in us-east-1a, not in the requested/);
    await assert.rejects(
      makeGroup(emulator, plain, "us-east-1a", { VPCZoneIdentifier: network.subnetId }),
      /can't be used together with VPCZoneIdentifier/,
    );
    const unknownType = await makeTemplate(emulator, { NetworkInterfaces: [nic], InstanceType: "t3.pico" as never });
    await assert.rejects(makeGroup(emulator, unknownType), /Invalid value 't3.pico' for InstanceType/);
  });
});
