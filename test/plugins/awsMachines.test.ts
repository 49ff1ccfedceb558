import assert from "node:assert/strict";

import { TerminateInstanceInAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import { CreateLaunchTemplateVersionCommand, DescribeInstancesCommand, RunInstancesCommand } from "@aws-sdk/client-ec2";

import * as provider from "../../lab/plugins/aws/provider";
import { emptyGroupIn, lastActivity } from "../../stack/launchFailures";
import { AwsHarness, refused } from "./awsHarness";
import type { Made } from "./awsHarness";
import { deprecatedImage, describeInstance, labImage } from "./emulatorNodes";
import { until } from "./emulatorProcess";

const volumeType = "aws:ebs/volume:Volume";
const templateType = "aws:ec2/launchTemplate:LaunchTemplate";
const groupType = "aws:autoscaling/group:Group";
const interfaceType = "aws:ec2/networkInterface:NetworkInterface";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const ebsAlias = "arn:aws:kms:us-east-1:123456789012:alias/aws/ebs";
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

describe("AWS stand-in: machines", function () {
  this.timeout(60_000);
  let aws: AwsHarness;
  let subnet: Made;
  let group: Made;
  let profile: Made;

  before(async () => {
    aws = await AwsHarness.start();
    const vpc = await aws.make("aws:ec2/vpc:Vpc", "net", { cidrBlock: "10.20.0.0/16" });
    subnet = await aws.make("aws:ec2/subnet:Subnet", "a", {
      vpcId: vpc.id,
      cidrBlock: "10.20.1.0/24",
      availabilityZone: "us-east-1a",
    });
    group = await aws.make("aws:ec2/securityGroup:SecurityGroup", "node", { vpcId: vpc.id, name: "node" });
    const role = await aws.make("aws:iam/role:Role", "node", { name: "node", assumeRolePolicy: trust });
    profile = await aws.make("aws:iam/instanceProfile:InstanceProfile", "node", { name: "node", role: role.id });
  });
  after(() => aws?.stop());

  describe("Volume", () => {
    const inputs = {
      availabilityZone: "us-east-1a",
      type: "gp3",
      size: 30,
      iops: 3000,
      throughput: 125,
      encrypted: true,
      tags: { Name: "kafka-1" },
    };

    it("grows in place, and gets other performance in place", async () => {
      const made = await aws.make(volumeType, "v", inputs);
      await aws.settled(made, inputs);
      assert.equal(made.outputs.arn, `arn:aws:ec2:us-east-1:123456789012:volume/${made.id}`);
      const news = { ...inputs, size: 50, iops: 4000, throughput: 250 };
      assert.deepEqual((await aws.diff(made, news)).replaces, []);
      const changed = await aws.change(made, news);
      assert.deepEqual([changed.outputs.size, changed.outputs.iops, changed.outputs.throughput], [50, 4000, 250]);
      await aws.settled(changed, news);
      const elsewhere = { ...inputs, availabilityZone: "us-east-1b" };
      assert.deepEqual((await aws.diff(made, elsewhere)).replaces, ["availabilityZone"]);
      assert.deepEqual((await aws.diff(made, { ...inputs, encrypted: false })).replaces, ["encrypted"]);
      await aws.removed(changed);
    });

    it("never shrinks", async () => {
      const made = await aws.make(volumeType, "v", inputs);
      const smaller = { ...inputs, size: 20 };
      assert.deepEqual((await aws.diff(made, smaller)).replaces, []);
      assert.match(await refused(aws.change(made, smaller)), /size = 20: a volume can't shrink, and vol-.* has 30 GiB/);
      assert.equal((await aws.refresh(made))?.outputs.size, 30);
      await aws.removed(made);
    });

    it("has the limits of its type", async () => {
      const faults = (change: object) => aws.faults(volumeType, { ...inputs, ...change });
      assert.match(await faults({ size: 0 }), /size = 0: must be a whole number from 1/);
      assert.match(await faults({ iops: 90000 }), /iops = 90000: must be from 3000 to 80000 for a volume of type gp3/);
      assert.match(await faults({ iops: 16000 }), /iops = 16000: 30 GiB of gp3 allow at most 15000/);
      assert.match(await faults({ throughput: 800 }), /throughput = 800: 3000 IOPS allow at most 750/);
      assert.match(await faults({ type: "gp2", iops: undefined }), /throughput = 125: can't be set .* type gp2/);
      assert.match(await faults({ type: "gp4" }), /type = "gp4": must be one of gp3, gp2/);
      assert.match(await faults({ kmsKeyId: "k" }), /kmsKeyId = "k": must be the ARN of a KMS key/);
      assert.match(await faults({ sizeGiB: 3 }), /sizeGiB: no such property; did you mean "size"\?/);
    });

    it("has the key that is named, by its ARN: an alias would be another key at the next look", async () => {
      const { arn } = await aws.invoke("aws:kms/getKey:getKey", { keyId: "alias/aws/ebs" });
      const named = { ...inputs, kmsKeyId: arn };
      const made = await aws.make(volumeType, "v", named);
      await aws.settled(made, named);
      assert.equal(made.outputs.kmsKeyId, arn);
      assert.deepEqual((await aws.diff(made, { ...inputs, kmsKeyId: ebsAlias })).replaces, ["kmsKeyId"]);
      await aws.removed(made);
    });

    it("is found by getEbsVolumes and getVolume", async () => {
      const made = await aws.make(volumeType, "v", { ...inputs, tags: { cluster: "one" } });
      const find = (tags: object) => aws.invoke("aws:ebs/getEbsVolumes:getEbsVolumes", { tags });
      assert.deepEqual((await find({ cluster: "one" })).ids, [made.id]);
      assert.deepEqual((await find({ cluster: "two" })).ids, []);
      const filters = [{ name: "volume-id", values: [made.id] }];
      const found = await aws.invoke("aws:ebs/getVolume:getVolume", { filters });
      assert.deepEqual([found.size, found.availabilityZone, found.tags], [30, "us-east-1a", { cluster: "one" }]);
      await aws.removed(made);
    });
  });

  function templateInputs(interfaceId: string) {
    return {
      name: "kafka-1",
      description: "broker 1",
      imageId: labImage,
      instanceType: "t3.micro",
      userData: base64("#cloud-config\n"),
      iamInstanceProfile: { name: profile.id },
      networkInterfaces: [{ deviceIndex: 0, networkInterfaceId: interfaceId }],
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: {
            volumeType: "gp3",
            volumeSize: 10,
            encrypted: "true",
            kmsKeyId: ebsAlias,
            deleteOnTermination: "true",
          },
        },
      ],
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      updateDefaultVersion: true,
      tagSpecifications: [
        { resourceType: "instance", tags: { Name: "kafka-1" } },
        { resourceType: "volume", tags: { Name: "kafka-1" } },
      ],
      tags: { Name: "kafka-1" },
    };
  }

  describe("LaunchTemplate", () => {
    it("gets a new version for a change, and none for its tags", async () => {
      const face = await aws.make(interfaceType, "k", { subnetId: subnet.id, privateIps: ["10.20.1.20"] });
      const inputs = templateInputs(face.id);
      const made = await aws.make(templateType, "kafka-1", inputs);
      await aws.settled(made, inputs);
      assert.deepEqual([made.outputs.latestVersion, made.outputs.defaultVersion], [1, 1]);

      const retagged = await aws.change(made, { ...inputs, tags: { Name: "broker-1" } });
      assert.equal(retagged.outputs.latestVersion, 1);
      const news = { ...inputs, tags: { Name: "broker-1" }, userData: base64("#cloud-config\n# two\n") };
      const { changed, replaces } = await aws.diff(retagged, news);
      assert.deepEqual([changed, replaces], [["userData"], []]);
      const updated = await aws.change(retagged, news);
      assert.deepEqual([updated.outputs.latestVersion, updated.outputs.defaultVersion], [2, 2]);
      await aws.settled(updated, news);

      const renamed = await aws.diff(made, { ...inputs, name: "kafka-9" });
      assert.deepEqual([renamed.replaces, renamed.deleteFirst], [["name"], false]);
      await aws.removed(updated);
      await aws.removed(face);
    });

    it("shows a version made by hand as drift", async () => {
      const inputs = { name: "drift", imageId: labImage, instanceType: "t3.micro", userData: base64("one") };
      const made = await aws.make(templateType, "drift", inputs);
      await aws.emulator.ec2.send(
        new CreateLaunchTemplateVersionCommand({
          LaunchTemplateId: made.id,
          LaunchTemplateData: { ImageId: labImage, InstanceType: "t3.micro", UserData: base64("two") },
        }),
      );
      const refreshed = await aws.refresh(made);
      assert.deepEqual((await aws.diff(refreshed!, inputs)).changed, ["userData"]);
      await aws.removed(made);
    });

    it("refuses what an instance could not be started from", async () => {
      const make = (change: object) =>
        refused(aws.make(templateType, "x", { name: "bad", imageId: labImage, instanceType: "t3.micro", ...change }));
      assert.match(await make({ imageId: "ami-0123456789abcdef0" }), /imageId = .*: there is no such image/);
      assert.match(await make({ instanceType: "t3.gigantic" }), /there is no such instance type/);
      assert.match(await make({ iamInstanceProfile: { name: "none" } }), /iamInstanceProfile\.name = "none": there is/);
      const interfaces = [{ deviceIndex: 0, networkInterfaceId: "eni-0123456789abcdef0" }];
      const missing = /networkInterfaces\[0\]\.networkInterfaceId = "eni-.*": there is no such network interface/;
      assert.match(await make({ networkInterfaces: interfaces }), missing);

      const faults = (change: object) => aws.faults(templateType, { imageId: labImage, ...change });
      assert.match(await faults({ userData: "#cloud-config" }), /userData = .*: must be base64/);
      const long = base64("x".repeat(16385));
      assert.match(await faults({ userData: long }), /must decode to at most 16384 bytes; these are 16385/);
      const both = { networkInterfaces: interfaces, vpcSecurityGroupIds: [group.id] };
      assert.match(await faults(both), /vpcSecurityGroupIds: not together with networkInterfaces/);
      const tooMuch = [{ ...interfaces[0], securityGroups: [group.id] }];
      assert.match(await faults({ networkInterfaces: tooMuch }), /securityGroups: not for an interface that exists/);
      const metadataOptions = { httpTokens: "require" };
      assert.match(await faults({ metadataOptions }), /metadataOptions\.httpTokens = "require": must be one of/);
      const unknown = { metadataOptions: { hopLimit: 1 } };
      assert.match(await faults(unknown), /metadataOptions\.hopLimit: no such property/);
      assert.match(await faults({ placement: {} }), /placement: not supported/);
    });
  });

  describe("Group", () => {
    function groupInputs(template: Made) {
      return {
        name: "kafka-1",
        minSize: 1,
        maxSize: 1,
        desiredCapacity: 1,
        availabilityZones: ["us-east-1a"],
        launchTemplate: { id: template.id, version: String(template.outputs.latestVersion) },
        healthCheckType: "EC2",
        healthCheckGracePeriod: 60,
        instanceMaintenancePolicy: { minHealthyPercentage: 0, maxHealthyPercentage: 100 },
        tags: [{ key: "Name", value: "kafka-1", propagateAtLaunch: false }],
      };
    }

    async function instanceOf(name: string): Promise<string[]> {
      const filter = { Name: "tag:aws:autoscaling:groupName", Values: [name] };
      const { Reservations } = await aws.emulator.ec2.send(new DescribeInstancesCommand({ Filters: [filter] }));
      return (Reservations ?? [])
        .flatMap(({ Instances }) => Instances ?? [])
        .filter(({ State }) => State?.Name !== "terminated")
        .map(({ InstanceId }) => InstanceId ?? "");
    }

    it("waits for its instance, takes a new template version without replacing it, and ends it", async () => {
      const face = await aws.make(interfaceType, "k", { subnetId: subnet.id, privateIps: ["10.20.1.30"] });
      const template = await aws.make(templateType, "kafka-1", templateInputs(face.id));
      const inputs = groupInputs(template);
      const made = await aws.make(groupType, "kafka-1", inputs);
      await aws.settled(made, inputs);
      const before = await instanceOf("kafka-1");
      assert.equal(before.length, 1);

      const next = await aws.change(template, { ...templateInputs(face.id), instanceType: "t3.small" });
      const news = {
        ...groupInputs(next),
        healthCheckGracePeriod: 90,
        tags: [{ key: "team", value: "data", propagateAtLaunch: false }],
      };
      assert.deepEqual(await aws.diff(made, news), {
        changed: ["launchTemplate", "healthCheckGracePeriod", "tags"],
        replaces: [],
        deleteFirst: false,
      });
      assert.match(
        await refused(aws.change(made, news)),
        /fully-formed launch template.*Interface: \[eni-\w+\] in use/,
      );
      await aws.emulator.daemon.account({ templateCheck: "accepts" });
      const changed = await aws.change(made, news);
      await aws.emulator.daemon.account({ templateCheck: "refuses" });
      await aws.settled(changed, news);
      assert.deepEqual(changed.outputs.tags, news.tags);
      assert.deepEqual(await instanceOf("kafka-1"), before);
      const renamed = await aws.diff(made, { ...inputs, name: "kafka-2" });
      assert.deepEqual(renamed.replaces, ["name"]);

      await aws.removed(changed);
      assert.deepEqual(await instanceOf("kafka-1"), []);
      await aws.removed(next);
      await aws.removed(face);
    });

    it("with $Default it launches from the newest version of the template and is itself not changed", async () => {
      const face = await aws.make(interfaceType, "k", { subnetId: subnet.id, privateIps: ["10.20.1.32"] });
      const inputs = { ...templateInputs(face.id), updateDefaultVersion: true };
      const template = await aws.make(templateType, "kafka-1", inputs);
      const news = { ...groupInputs(template), launchTemplate: { id: template.id, version: "$Default" } };
      const made = await aws.make(groupType, "kafka-1", news);
      await aws.settled(made, news);
      const [before] = await instanceOf("kafka-1");
      const next = await aws.change(template, { ...inputs, instanceType: "t3.small" });
      assert.deepEqual((await aws.diff(made, news)).changed, []);
      await aws.settled(made, news);
      const command = new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: before,
        ShouldDecrementDesiredCapacity: false,
      });
      await aws.emulator.autoScaling.send(command);
      const after = await until("another instance", async () => {
        const [one] = await instanceOf("kafka-1");
        return one !== before && one;
      });
      assert.equal((await describeInstance(aws.emulator, after)).InstanceType, "t3.small");
      await aws.removed(made);
      await aws.removed(next);
      await aws.removed(face);
    });

    it("is deleted by force too", async () => {
      const template = await aws.make(templateType, "f", { imageId: labImage, instanceType: "t3.micro" });
      const inputs = {
        ...groupInputs(template),
        name: "forced",
        forceDelete: true,
        suspendedProcesses: ["ReplaceUnhealthy", "AZRebalance"],
        launchTemplate: { id: template.id, version: "$Latest" },
        availabilityZones: undefined,
        vpcZoneIdentifiers: [subnet.id],
      };
      const made = await aws.make(groupType, "forced", inputs);
      await aws.settled(made, inputs);
      const changed = await aws.change(made, { ...inputs, suspendedProcesses: [] });
      assert.deepEqual(changed.outputs.suspendedProcesses, []);
      await aws.removed(changed);
      assert.deepEqual(await instanceOf("forced"), []);
      await aws.removed(template);
    });

    it("tries again after a launch that failed, where failures are ignored; else the first one ends it", async () => {
      const face = await aws.make(interfaceType, "k", { subnetId: subnet.id, privateIps: ["10.20.1.33"] });
      const template = await aws.make(templateType, "kafka-1", templateInputs(face.id));
      const inputs = { ...groupInputs(template), ignoreFailedScalingActivities: true };
      await aws.emulator.daemon.account({ capacity: "2", retrySeconds: "0.1" });
      const made = await aws.make(groupType, "kafka-1", inputs);
      assert.equal((await instanceOf("kafka-1")).length, 1);
      await aws.removed(made);
      await aws.emulator.daemon.account({ capacity: "us-east-1a/t3.micro:1" });
      const gaveUp = aws.make(groupType, "kafka-1", { ...inputs, ignoreFailedScalingActivities: false });
      assert.match(
        await refused(gaveUp),
        /kafka-1 can't start an instance: .*sufficient t3.micro capacity.*us-east-1a/,
      );
      await aws.emulator.daemon.account({ retrySeconds: "1" });
      await aws.removed({ ...made, id: "kafka-1" });
      await aws.removed(template);
      await aws.removed(face);
    });

    it("does not say why there is no instance when the wait is over: its last activity does", async () => {
      await aws.emulator.daemon.account({ capacity: "99" });
      const template = await aws.make(templateType, "kafka-1", { imageId: labImage, instanceType: "t3.micro" });
      const inputs = {
        ...groupInputs(template),
        availabilityZones: undefined,
        vpcZoneIdentifiers: [subnet.id],
        ignoreFailedScalingActivities: true,
        waitForCapacityTimeout: "1s",
      };
      const failure = await refused(aws.make(groupType, "kafka-1", inputs));
      assert.equal(emptyGroupIn(failure), "kafka-1");
      assert.doesNotMatch(failure, /sufficient/);
      const { endpoint } = aws.emulator;
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      const words = await lastActivity("kafka-1", { region: "us-east-1", endpoint, credentials });
      assert.match(words, /We currently do not have sufficient t3.micro capacity .* Launching EC2 instance failed\./);
      await aws.emulator.daemon.account({ capacity: "0" });
      await aws.remove({ token: groupType, name: "kafka-1", id: "kafka-1", inputs: {}, outputs: {} });
      await aws.removed(template);
    });

    it("says why there is no instance, keeps the group in the state, and takes the wait up again", async () => {
      await aws.emulator.daemon.account({ templateCheck: "accepts" });
      const face = await aws.make(interfaceType, "k", { subnetId: subnet.id, privateIps: ["10.20.1.31"] });
      const template = await aws.make(templateType, "w", { ...templateInputs(face.id), name: "waiting" });
      const inputs = { ...groupInputs(template), name: "waiting", waitForCapacityTimeout: "1s" };
      // The interface is taken: no instance can be started with it.
      const taker = await aws.make(groupType, "taker", { ...inputs, name: "taker" });
      const checked = await aws.inputs(groupType, "waiting", inputs);
      const failure: unknown = await provider.create(aws.context(), groupType, checked).then(
        () => undefined,
        (error: unknown) => error,
      );
      assert.ok(failure instanceof provider.InitializationError);
      assert.equal(failure.id, "waiting");
      assert.match(failure.reason, /Auto Scaling group waiting can't start an instance/);
      await aws.removed(taker);
      await aws.emulator.daemon.account({ templateCheck: "refuses" });
      const request = {
        token: groupType,
        id: failure.id,
        oldInputs: checked,
        state: failure.outputs,
        news: { ...checked, waitForCapacityTimeout: "30s", ignoreFailedScalingActivities: true },
      };
      const outputs = await provider.update(aws.context(), { ...request, oldInputs: request.news });
      assert.equal((await instanceOf("waiting")).length, 1);
      await aws.removed({ token: groupType, name: "waiting", id: failure.id, inputs: checked, outputs });
      await aws.removed(template);
      await aws.removed(face);
    });

    it("refuses sizes, zones and templates that do not fit", async () => {
      const none = { launchTemplate: { id: "lt-0123456789abcdef0", version: "1" } };
      const inputs = { minSize: 1, maxSize: 1, availabilityZones: ["us-east-1a"], ...none };
      const faults = (change: object) => aws.faults(groupType, { ...inputs, ...change });
      assert.match(await faults({ minSize: 2 }), /minSize = 2: must not be above maxSize \(1\)/);
      assert.match(await faults({ desiredCapacity: 3 }), /desiredCapacity = 3: must be from 1 to 1/);
      assert.match(await faults({ vpcZoneIdentifiers: [subnet.id] }), /exactly one is needed: availabilityZones or/);
      assert.match(await faults({ instanceRefresh: { strategy: "Rolling" } }), /instanceRefresh: not supported/);
      assert.match(await faults({ waitForCapacityTimeout: "ten" }), /must be a duration like "10m"/);
      const policy = { instanceMaintenancePolicy: { minHealthyPercentage: 0, maxHealthyPercentage: 150 } };
      assert.match(await faults(policy), /instanceMaintenancePolicy 0-150 %/);
      assert.match(await refused(aws.make(groupType, "g", inputs)), /there is no such launch template version/);
    });
  });

  describe("waits", () => {
    let slow: AwsHarness;
    let launchTemplate: { readonly id: string; readonly version: string };

    before(async () => {
      // Nothing reports that a machine runs: every instance stays pending.
      slow = await AwsHarness.start([]);
      const template = await slow.make(templateType, "t", { imageId: labImage, instanceType: "t3.micro" });
      launchTemplate = { id: template.id, version: "1" };
    });
    after(() => slow?.stop());

    async function make(name: string, waitForCapacityTimeout: string, signal?: AbortSignal): Promise<unknown> {
      const size = { minSize: 1, maxSize: 1, availabilityZones: ["us-east-1a"] };
      const inputs = await slow.inputs(groupType, name, { ...size, name, launchTemplate, waitForCapacityTimeout });
      return provider.create(slow.context(undefined, signal), groupType, inputs).then(
        () => assert.fail("an instance that no one has started"),
        (error: unknown) => error,
      );
    }

    it("end at the program's deadline, say what was seen last, and keep the resource", async () => {
      const failure = await make("late", "1s");
      assert.ok(failure instanceof provider.InitializationError);
      assert.equal(failure.id, "late");
      assert.equal(failure.outputs.minSize, 1);
      assert.match(failure.reason, /waited 1 s in vain for .*\(late\) capacity .*; last seen: i-\w+ Pending/);
    });

    it("say every few seconds what they wait for", async () => {
      slow.lines.length = 0;
      await make("slow", "7s");
      assert.match(slow.lines.join("\n"), /^waiting for .*\(slow\) capacity .* \(\d s\); last seen: i-\w+ Pending/m);
    });

    it("end when Pulumi cancels", async () => {
      const cancel = new AbortController();
      setTimeout(() => cancel.abort(), 300);
      const failure = (await make("ended", "60s", cancel.signal)) as Error;
      assert.match(failure.message, /cancelled while waiting for .*\(ended\) capacity/);
    });
  });

  describe("look-ups", () => {
    it("getAmi finds one image, and fails for none", async () => {
      const filters = [{ name: "image-id", values: [labImage] }];
      const found = await aws.invoke("aws:ec2/getAmi:getAmi", { filters });
      assert.deepEqual([found.id, found.architecture, found.rootDeviceName], [labImage, "x86_64", "/dev/xvda"]);
      const none = aws.invoke("aws:ec2/getAmi:getAmi", { owners: ["amazon"], nameRegex: "^no such image$" });
      assert.match(await refused(none), /no image matches/);
      const { failures } = await provider.invoke(aws.context(), "aws:ec2/getAmi:getAmi", { mostRecent: true });
      assert.match(failures[0]?.reason ?? "", /anybody's newest image/);
    });

    it("getAmi finds a deprecated image only where that is asked for", async () => {
      const filters = [{ name: "image-id", values: [deprecatedImage] }];
      const plain = aws.invoke("aws:ec2/getAmi:getAmi", { filters });
      assert.match(await refused(plain), /no image matches/);
      const found = await aws.invoke("aws:ec2/getAmi:getAmi", { filters, includeDeprecated: true });
      assert.equal(found.deprecationTime, "2026-08-30T00:00:00.000Z");
    });

    it("getServiceQuota tells how many vCPUs may run, and a launch beyond that is refused", async () => {
      const asked = { serviceCode: "ec2", quotaCode: "L-1216C47A" };
      const { value, defaultValue } = await aws.invoke("aws:servicequotas/getServiceQuota:getServiceQuota", asked);
      assert.deepEqual([value, defaultValue], [32, 5]);
      const { ids } = await aws.invoke("aws:ec2/getInstances:getInstances");
      await aws.emulator.daemon.account({ vcpus: String(2 * (ids as string[]).length + 2) });
      const request = {
        ImageId: labImage,
        InstanceType: "t3.micro",
        SubnetId: subnet.id,
        MinCount: 2,
        MaxCount: 2,
      } as const;
      await assert.rejects(aws.emulator.ec2.send(new RunInstancesCommand(request)), { name: "VcpuLimitExceeded" });
      await aws.emulator.daemon.account({ vcpus: "32" });
    });

    it("getRole tells of Auto Scaling's own role, which the account's first group makes", async () => {
      const { arn } = await aws.invoke("aws:iam/getRole:getRole", { name: "AWSServiceRoleForAutoScaling" });
      assert.match(String(arn), /:role\/aws-service-role\/autoscaling\.amazonaws\.com\/AWSServiceRoleForAutoScaling$/);
      const none = aws.invoke("aws:iam/getRole:getRole", { name: "nobody" });
      assert.match(await refused(none), /NoSuchEntity|not found/i);
    });

    it("getInstanceTypeOfferings lists types and zones side by side; getInstanceType tells a size", async () => {
      const filters = [{ name: "instance-type", values: ["t3.micro", "m7g.xlarge"] }];
      const offered = await aws.invoke("aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings", {
        locationType: "availability-zone",
        filters,
      });
      const { instanceTypes, locations } = offered as { instanceTypes: string[]; locations: string[] };
      const pairs = instanceTypes.map((name, index) => `${name} ${locations[index]}`);
      assert.ok(pairs.includes("t3.micro us-east-1a"));
      const type = await aws.invoke("aws:ec2/getInstanceType:getInstanceType", { instanceType: "m7g.xlarge" });
      assert.deepEqual([type.defaultVcpus, type.memorySize, type.supportedArchitectures], [4, 16384, ["arm64"]]);
    });
  });
});
