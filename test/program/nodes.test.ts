import assert from "node:assert/strict";
import { parse } from "yaml";
import { comesAfter, ofType, one, runProgram, type ProgramRun, type Registered } from "./runProgram";

const brokers = ["kafka-1", "kafka-2", "kafka-3", "kafka-4", "kafka-5"];
const zookeepers = ["zookeeper-1", "zookeeper-2", "zookeeper-3"];
const nodes = [...zookeepers, ...brokers];

function policyStatements(policy: Registered) {
  return (JSON.parse(policy.inputs.policy as string) as { Statement: Record<string, unknown>[] }).Statement;
}

function userData(template: Registered): string {
  return Buffer.from(template.inputs.userData as string, "base64").toString();
}

describe("nodes", () => {
  let run: ProgramRun;
  before(async () => {
    run = await runProgram();
  });

  it("five brokers and three ZooKeeper nodes, each in a group of exactly one, spread over the zones", () => {
    const groups = ofType(run, "aws:autoscaling/group:Group");
    assert.deepEqual(groups.map(({ name }) => name).sort(), [...nodes, "ops"].sort());
    for (const { inputs } of groups) {
      assert.deepEqual([inputs.minSize, inputs.maxSize, inputs.desiredCapacity], [1, 1, 1]);
      assert.equal(inputs.vpcZoneIdentifiers, undefined);
    }
    const zonesOf = (names: string[]) =>
      names.flatMap((name) => one(run, "Group", name).inputs.availabilityZones as string[]);
    assert.deepEqual(zonesOf(zookeepers), ["us-east-1a", "us-east-1b", "us-east-1c"]);
    assert.deepEqual(zonesOf(brokers), ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1a", "us-east-1b"]);
  });

  it("a replacement starts after the old instance has ended, from the template's newest version", () => {
    for (const name of nodes) {
      const { inputs } = one(run, "Group", name);
      assert.deepEqual(inputs.instanceMaintenancePolicy, { minHealthyPercentage: 0, maxHealthyPercentage: 100 });
      assert.deepEqual(inputs.launchTemplate, { id: `${name}-id`, version: "$Default" });
      assert.equal(one(run, "LaunchTemplate", name).inputs.updateDefaultVersion, true);
      assert.equal(inputs.healthCheckType, "EC2");
    }
  });

  it("a launch that fails ends no update: the group tries again, and the gates wait for nodes", () => {
    for (const { name, inputs } of ofType(run, "Group")) {
      assert.equal(inputs.ignoreFailedScalingActivities, true);
      assert.equal(inputs.waitForCapacityTimeout, name === "ops" ? "10m" : "0");
    }
  });

  it("every instance takes the node's own interface, with its fixed address, and gets no public one", () => {
    const addresses = new Set<string>();
    for (const name of nodes) {
      const template = one(run, "LaunchTemplate", name);
      assert.deepEqual(template.inputs.networkInterfaces, [{ deviceIndex: 0, networkInterfaceId: `${name}-id` }]);
      const { inputs } = one(run, "NetworkInterface", name);
      assert.equal(inputs.privateIps.length, 1);
      addresses.add(inputs.privateIps[0] as string);
      const zone = one(run, "Group", name).inputs.availabilityZones[0] as string;
      assert.equal(inputs.subnetId, `nodes-${zone}-id`);
      assert.deepEqual(one(run, "Record", name).inputs.records, inputs.privateIps);
      assert.equal(one(run, "Record", name).inputs.name, `${name}.kafka.internal`);
    }
    assert.equal(addresses.size, nodes.length);
    for (const { inputs } of ofType(run, "Subnet")) assert.equal(inputs.mapPublicIpOnLaunch, false);
    assert.equal(ofType(run, "Eip").length, 1);
  });

  it("an interface or volume is replaced only after the instance that holds it has gone", () => {
    for (const name of nodes) {
      const exclusive = [one(run, "Volume", name), one(run, "NetworkInterface", name)];
      const group = one(run, "Group", name);
      for (const resource of [group, ...exclusive]) assert.ok(resource.deleteBeforeReplace, resource.urn);
      // A deletion by force does not wait for the instance.
      assert.equal(group.inputs.forceDelete, false);
      assert.deepEqual([...group.replaceWith].sort(), exclusive.map(({ urn }) => urn).sort());
    }
  });

  it("metadata only by IMDSv2 and not beyond the instance", () => {
    const templates = ofType(run, "LaunchTemplate");
    assert.equal(templates.length, nodes.length + 1);
    for (const template of templates) {
      const { metadataOptions } = template.inputs;
      assert.equal(metadataOptions.httpTokens, "required");
      assert.equal(metadataOptions.httpPutResponseHopLimit, 1);
      assert.equal(metadataOptions.instanceMetadataTags, "disabled");
    }
  });

  it("every disk is encrypted; another key for new ones makes no volume another one, without its data", () => {
    for (const name of nodes) {
      const { inputs, ignoreChanges } = one(run, "Volume", name);
      assert.deepEqual(ignoreChanges, ["kmsKeyId"]);
      assert.equal(inputs.encrypted, true);
      assert.equal(inputs.type, "gp3");
    }
    for (const { inputs } of ofType(run, "LaunchTemplate")) {
      const [root] = inputs.blockDeviceMappings;
      assert.deepEqual(
        [root.deviceName, root.ebs.encrypted, root.ebs.deleteOnTermination],
        ["/dev/xvda", "true", "true"],
      );
    }
  });

  it("a role may attach its own volume to its own instances, use its key, read artifacts, put its own journal, and nothing else", () => {
    for (const name of nodes) {
      const statements = policyStatements(one(run, "RolePolicy", name));
      const attach = statements.filter(({ Action }) => Action === "ec2:AttachVolume");
      assert.deepEqual(
        attach.map(({ Resource }) => Resource),
        [`arn:aws:ec2:us-east-1:123456789012:volume/${name}-id`, "arn:aws:ec2:us-east-1:123456789012:instance/*"],
      );
      assert.deepEqual(attach[1]?.Condition, {
        StringEquals: {
          "aws:ResourceTag/kafka-on-ec2:cluster": "kafka-test",
          "aws:ResourceTag/kafka-on-ec2:node": name,
        },
      });
      assert.deepEqual(
        statements.filter(({ Sid }) => Sid === "OwnJournal").map(({ Action, Resource }) => `${Action} ${Resource}`),
        [`s3:PutObject arn:aws:s3:::kafka-test-0a1b2c3d/logs/${name}/journal/*`],
      );
      assert.equal(statements.length, name.startsWith("zookeeper") ? 7 : 6);
      const others = statements.filter(({ Sid }) => !/^Own|^Key/.test(String(Sid)));
      const read = others.map(({ Action, Resource }) => `${Action} ${Resource}`);
      const artifacts = "s3:GetObject arn:aws:s3:::kafka-test-0a1b2c3d/artifacts/*";
      const list = "s3:ListBucket arn:aws:s3:::kafka-test-0a1b2c3d";
      assert.deepEqual(read, name.startsWith("zookeeper") ? [artifacts, list] : [artifacts]);
      const profile = one(run, "InstanceProfile", name);
      assert.equal(profile.inputs.role, one(run, "Role", name).inputs.name);
      assert.deepEqual(one(run, "LaunchTemplate", name).inputs.iamInstanceProfile, { name: profile.inputs.name });
    }
  });

  it("no instance starts before its role, its name, its routes and its artifacts are there", () => {
    const needs = [
      ...ofType(run, "RouteTableAssociation"),
      ...ofType(run, "VpcEndpoint"),
      ...ofType(run, "SecurityGroupEgressRule"),
      ...["kafka", "zookeeper", "node"].map((name) => one(run, "BucketObjectv2", name)),
    ];
    for (const name of nodes) {
      const group = one(run, "Group", name);
      for (const need of [one(run, "RolePolicy", name), one(run, "Record", name), ...needs]) {
        assert.ok(comesAfter(run, group, need), `${name} does not wait for ${need.urn}`);
      }
    }
  });

  it("brokers boot without waiting for ZooKeeper", () => {
    for (const broker of brokers) {
      for (const zookeeper of zookeepers) {
        assert.ok(!comesAfter(run, one(run, "Group", broker), one(run, "Group", zookeeper)));
      }
    }
  });

  it("user data tells each node who it is and which volume is its own", () => {
    for (const name of nodes) {
      const config = parse(userData(one(run, "LaunchTemplate", name))) as {
        write_files: { path: string; content: string }[];
      };
      const env = config.write_files.find(({ path }) => path === "/etc/kafka-node/node.env")?.content ?? "";
      for (const line of [`NODE_NAME=${name}`, `VOLUME_ID=${name}-id`, "ARTIFACT_BUCKET=kafka-test-0a1b2c3d"]) {
        assert.ok(env.split("\n").includes(line), `${line} is missing in:\n${env}`);
      }
      const software = /^SOFTWARE_ARCHIVE_KEY=(.*)$/m.exec(env)?.[1];
      const object = one(run, "BucketObjectv2", name.startsWith("kafka") ? "kafka" : "zookeeper");
      assert.equal(software, object.inputs.key);
    }
  });

  it("an instance's revision tag, its user data and the roll's trigger agree", async () => {
    const revisionOf = (someRun: ProgramRun, name: string) => {
      const template = one(someRun, "LaunchTemplate", name);
      const instance = (
        template.inputs.tagSpecifications as { resourceType: string; tags: Record<string, string> }[]
      ).find(({ resourceType }) => resourceType === "instance");
      const revision = instance?.tags["kafka-on-ec2:revision"] ?? "";
      assert.match(revision, /^[0-9a-f]{12}$/);
      assert.match(userData(template), new RegExp(`NODE_REVISION=${revision}$`, "m"));
      const roll = one(someRun, "Command", `${name.split("-")[0]}-roll`);
      assert.ok((roll.inputs.triggers as string[]).includes(revision));
      return revision;
    };
    const same = await runProgram();
    const changed = await runProgram({ brokerConfig: ["num.io.threads=16"] });
    for (const name of nodes) {
      const before = revisionOf(run, name);
      assert.equal(revisionOf(same, name), before);
      assert.equal(revisionOf(changed, name) !== before, name.startsWith("kafka"), name);
    }
  });

  it("a broker more leaves the others as they are", async () => {
    const six = await runProgram({ brokerCount: 6 });
    for (const name of brokers) {
      for (const type of ["Volume", "NetworkInterface", "Group", "Role", "LaunchTemplate"]) {
        assert.deepEqual(one(six, type, name).inputs, one(run, type, name).inputs, `${type} ${name}`);
      }
    }
    assert.ok(one(six, "Group", "kafka-6"));
  });

  it("dataProtection protects and keeps the volumes, and nothing else; the bucket can always go", async () => {
    const safe = await runProgram({ dataProtection: true });
    for (const [someRun, expected] of [
      [run, false],
      [safe, true],
    ] as const) {
      for (const name of nodes) {
        const volume = one(someRun, "Volume", name);
        assert.deepEqual([volume.protect, volume.retainOnDelete], [expected, expected]);
      }
      const others = someRun.resources.filter(({ type }) => !type.endsWith(":Volume"));
      assert.ok(others.every(({ protect, retainOnDelete }) => !protect && !retainOnDelete));
      assert.equal(one(someRun, "aws:s3/bucket:Bucket", "artifacts").inputs.forceDestroy, true);
    }
  });

  it("everything that can carry tags carries the cluster's, the same for an instance however it is started", () => {
    const untaggable = new Set([
      "BucketLifecycleConfiguration",
      "BucketPolicy",
      "BucketPublicAccessBlock",
      "BucketServerSideEncryptionConfiguration",
      // Comes with the VPC; why it is not tagged: components/network.ts.
      "DefaultSecurityGroup",
      "EipAssociation",
      "EventTarget",
      "Record",
      "RolePolicy",
      "Route",
      "RouteTableAssociation",
      "SubnetCidrReservation",
      "TopicPolicy",
      "TopicSubscription",
    ]);
    for (const { type, name, inputs } of run.resources.filter((resource) => resource.type.startsWith("aws:"))) {
      if (untaggable.has(type.split(":").at(-1) ?? "")) continue;
      const tags = Array.isArray(inputs.tags)
        ? Object.fromEntries((inputs.tags as { key: string; value: string }[]).map(({ key, value }) => [key, value]))
        : (inputs.tags as Record<string, string> | undefined);
      assert.equal(tags?.["kafka-on-ec2:cluster"], "kafka-test", `${type} ${name}`);
      assert.match(tags?.Name ?? "", /^kafka-test-/, `${type} ${name}`);
    }
    for (const name of nodes) {
      const specifications = one(run, "LaunchTemplate", name).inputs.tagSpecifications as {
        resourceType: string;
        tags: Record<string, string>;
      }[];
      assert.deepEqual(specifications.map(({ resourceType }) => resourceType).sort(), ["instance", "volume"]);
      for (const { tags } of specifications) {
        assert.equal(tags.Name, `kafka-test-${name}`);
        assert.equal(tags["kafka-on-ec2:node"], name);
      }
      // A tag that the group propagated would win over the template's.
      const propagated = (one(run, "Group", name).inputs.tags as { propagateAtLaunch: boolean }[]).filter(
        ({ propagateAtLaunch }) => propagateAtLaunch,
      );
      assert.deepEqual(propagated, []);
      // By this tag alone a data volume is told from a root volume.
      assert.equal(one(run, "Volume", name).inputs.tags["kafka-on-ec2:volume"], "data");
      assert.ok(specifications.every(({ tags }) => !("kafka-on-ec2:volume" in tags)));
    }
  });

  it("names stay within AWS's limits for the longest cluster name", async () => {
    const long = await runProgram({ clusterName: "k".repeat(32) });
    for (const { inputs } of ofType(long, "Role")) assert.ok(inputs.name.length <= 64, inputs.name as string);
    assert.ok(one(long, "aws:s3/bucket:Bucket", "artifacts").inputs.bucket.length <= 63);
  });
});
