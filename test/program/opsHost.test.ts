import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { parse } from "yaml";
import { dialErrorLimit, sshConnection } from "../../components/sshConnection";
import { ebsKey, privateKeyOf } from "./mockAws";
import { comesAfter, ofType, one, ownKey, runProgram, type ProgramRun } from "./runProgram";

interface UserData {
  readonly ssh_authorized_keys: readonly string[];
  readonly ssh_keys: object;
  readonly write_files: readonly { readonly path: string; readonly content: string }[];
}

function userDataOf(run: ProgramRun): UserData {
  const { inputs } = one(run, "LaunchTemplate", "ops");
  return parse(Buffer.from(inputs.userData as string, "base64").toString()) as UserData;
}

const files = [
  ...["kafka-ops.js", "kafka-page.js", "files.tar", "cluster.json", "kafka-commands.env"],
  ...["monitoring.tar", "prometheus.yml", "alertmanager.yml", "PROGRAMS"],
];

describe("ops host", () => {
  let run: ProgramRun;
  before(async () => {
    run = await runProgram();
  });

  it("is a group of exactly one, whose instances take one interface, and with it the public address", () => {
    const group = one(run, "Group", "ops").inputs;
    assert.deepEqual([group.minSize, group.maxSize, group.desiredCapacity], [1, 1, 1]);
    assert.deepEqual([group.availabilityZones, group.vpcZoneIdentifiers], [["us-east-1a"], undefined]);
    assert.deepEqual(group.instanceMaintenancePolicy, { minHealthyPercentage: 0, maxHealthyPercentage: 100 });
    assert.equal(group.healthCheckType, "EC2");
    assert.deepEqual(group.launchTemplate, { id: "ops-id", version: "7" });
    const template = one(run, "LaunchTemplate", "ops").inputs;
    assert.deepEqual(template.networkInterfaces, [{ deviceIndex: 0, networkInterfaceId: "ops-id" }]);
    const face = one(run, "NetworkInterface", "ops").inputs;
    assert.deepEqual([face.subnetId, face.securityGroups], ["ops-id", ["ops-id"]]);
    // A public address leads nowhere before its VPC has a gateway, and AWS refuses to detach one while there are
    // addresses.
    const [gateway] = ofType(run, "InternetGateway");
    assert.ok(gateway && comesAfter(run, one(run, "Eip", "ops"), gateway));
    assert.deepEqual(one(run, "EipAssociation", "ops").inputs, {
      allocationId: "ops-id",
      networkInterfaceId: "ops-id",
    });
    assert.deepEqual(ofType(run, "aws:ec2/instance:Instance"), []);
  });

  it("a changed launch template replaces its instance, unlike a node's, and so does another interface", () => {
    const group = one(run, "Group", "ops");
    assert.deepEqual([group.replaceOnChanges, group.deleteBeforeReplace], [["launchTemplate"], true]);
    assert.deepEqual(group.replaceWith, [one(run, "NetworkInterface", "ops").urn]);
    assert.deepEqual(one(run, "Group", "kafka-1").replaceOnChanges, []);
  });

  it("boots when its role, keys, tools and address are there", () => {
    const group = one(run, "Group", "ops");
    for (const need of [
      one(run, "RolePolicy", "ops"),
      one(run, "Parameter", "ops-host-key"),
      one(run, "Parameter", "ops-node-access-key"),
      one(run, "EipAssociation", "ops"),
      one(run, "Route", "ops-internet"),
      ...["tools", ...files].map((name) => one(run, "BucketObjectv2", `ops-${name}`)),
    ]) {
      assert.ok(comesAfter(run, group, need), need.urn);
    }
  });

  it("gets its tools from the bucket: files under their checksums, and then the list of them", () => {
    const list = one(run, "BucketObjectv2", "ops-tools");
    assert.equal(list.inputs.key, "ops/SHA512SUMS");
    const lines = (list.inputs.content as string).trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => line.split("  ")[1]),
      files,
    );
    for (const line of lines) {
      const [sha512 = "", file = ""] = line.split("  ");
      const object = one(run, "BucketObjectv2", `ops-${file}`);
      assert.equal(object.inputs.key, `ops/${sha512}/${file}`);
      assert.ok(comesAfter(run, list, object), file);
      const { content } = object.inputs as { content?: string };
      if (content !== undefined) assert.equal(createHash("sha512").update(content).digest("hex"), sha512);
    }
    const cluster = JSON.parse(one(run, "BucketObjectv2", "ops-cluster.json").inputs.content as string) as {
      readonly bucket: string;
      readonly brokers: readonly unknown[];
    };
    assert.deepEqual([cluster.bucket, cluster.brokers.length], ["kafka-test-0a1b2c3d", 5]);
    assert.equal(
      one(run, "BucketObjectv2", "ops-kafka-commands.env").inputs.content,
      [
        `BOOTSTRAP_SERVERS=${["0.11", "16.12", "32.13", "0.14", "16.15"].map((end) => `10.20.${end}:9092`).join()}`,
        `ZOOKEEPER_CONNECT=${["0.101", "16.102", "32.103"].map((end) => `10.20.${end}:2181`).join()}`,
        `KAFKA_ARCHIVE_KEY=${one(run, "BucketObjectv2", "kafka").inputs.key}`,
        `KAFKA_ARCHIVE_SHA512=${/-(.{128})\.tar$/.exec(String(one(run, "BucketObjectv2", "kafka").inputs.key))?.[1]}`,
        "",
      ].join("\n"),
    );
    const env = userDataOf(run).write_files.find(({ path }) => path === "/etc/kafka-node/node.env");
    assert.match(env?.content ?? "", /^ARTIFACT_BUCKET=kafka-test-0a1b2c3d$/m);
  });

  it("one that runs is told to fetch new tools, and proves that it has them; new tools replace no machine", async () => {
    const refresh = one(run, "Command", "ops-refresh");
    const list = one(run, "BucketObjectv2", "ops-tools");
    const sha512 = createHash("sha512")
      .update(list.inputs.content as string)
      .digest("hex");
    assert.equal(refresh.inputs.create, `timeout 300 sudo /etc/kafka-node/refresh-tools ${sha512}`);
    assert.deepEqual(refresh.inputs.triggers, [sha512, 7]);
    assert.deepEqual([refresh.inputs.update, refresh.inputs.delete], [undefined, undefined]);
    for (const earlier of [list, one(run, "Group", "ops"), one(run, "EipAssociation", "ops")]) {
      assert.ok(comesAfter(run, refresh, earlier), earlier.urn);
    }
    const changed = await runProgram({ brokerCount: 6 });
    assert.notDeepEqual(one(changed, "Command", "ops-refresh").inputs.triggers, refresh.inputs.triggers);
    assert.deepEqual(one(changed, "LaunchTemplate", "ops").inputs, one(run, "LaunchTemplate", "ops").inputs);
  });

  it(
    "may read its own keys and tools, read and keep logs, look at groups and instances, have its own cluster's " +
      "instances replaced, and nothing else; its monitoring besides takes its volume, sends alerts and says that it " +
      "works",
    () => {
      const policy = JSON.parse(one(run, "RolePolicy", "ops").inputs.policy as string) as {
        readonly Statement: readonly { Action: unknown; Resource: unknown; Condition?: unknown }[];
      };
      const parameter = "arn:aws:ssm:us-east-1:123456789012:parameter/kafka-test/ops";
      const topicArn = "arn:aws:sns:us-east-1:123456789012:kafka-test-alerts";
      assert.deepEqual(
        policy.Statement.map(({ Action, Resource, Condition }) => [Action, Resource, Condition]),
        [
          ["ssm:GetParameter", [`${parameter}/host-key`, `${parameter}/node-key`], undefined],
          [
            "s3:GetObject",
            ["arn:aws:s3:::kafka-test-0a1b2c3d/ops/*", "arn:aws:s3:::kafka-test-0a1b2c3d/artifacts/kafka-*"],
            undefined,
          ],
          [["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::kafka-test-0a1b2c3d/logs/*", undefined],
          ["s3:ListBucket", "arn:aws:s3:::kafka-test-0a1b2c3d", { StringLike: { "s3:prefix": "logs/*" } }],
          [
            ["autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities", "ec2:DescribeInstances"],
            "*",
            undefined,
          ],
          [
            ["autoscaling:SetInstanceHealth", "autoscaling:TerminateInstanceInAutoScalingGroup"],
            "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:*:autoScalingGroupName/kafka-test-*",
            { StringEquals: { "autoscaling:ResourceTag/kafka-on-ec2:cluster": "kafka-test" } },
          ],
          ["ec2:AttachVolume", "arn:aws:ec2:us-east-1:123456789012:volume/monitoring-id", undefined],
          [
            "ec2:AttachVolume",
            "arn:aws:ec2:us-east-1:123456789012:instance/*",
            {
              StringEquals: {
                "aws:ResourceTag/kafka-on-ec2:cluster": "kafka-test",
                "aws:ResourceTag/kafka-on-ec2:node": "ops",
              },
            },
          ],
          [
            ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"],
            ebsKey,
            { StringLike: { "kms:ViaService": "ec2.us-east-1.amazonaws.com*" } },
          ],
          ["kms:CreateGrant", ebsKey, { Bool: { "kms:GrantIsForAWSResource": "true" } }],
          ["sns:Publish", topicArn, undefined],
          [
            ["kms:Decrypt", "kms:GenerateDataKey"],
            "*",
            {
              StringEquals: {
                "kms:ViaService": "sns.us-east-1.amazonaws.com",
                "kms:EncryptionContext:aws:sns:topicArn": topicArn,
              },
            },
          ],
          ["cloudwatch:PutMetricData", "*", { StringEquals: { "cloudwatch:namespace": "kafka-on-ec2" } }],
        ],
      );
      // The condition means something only if the groups have the tag.
      for (const { inputs } of ofType(run, "Group")) {
        const tags = inputs.tags as { key: string; value: string }[];
        assert.equal(tags.find(({ key }) => key === "kafka-on-ec2:cluster")?.value, "kafka-test");
        assert.match(inputs.name as string, /^kafka-test-/);
      }
    },
  );

  it("is reached only under the host key that the program gave it", () => {
    const remotes = ofType(run, "Command");
    assert.equal(remotes.length, 5);
    for (const { inputs } of remotes) {
      assert.equal(inputs.connection.hostKey, "ssh-ed25519 PUBLIC-ops-host-key");
      assert.equal(inputs.connection.host, "198.51.100.10");
      assert.equal(inputs.connection.user, "ec2-user");
      assert.equal(inputs.connection.perDialTimeout, 15);
    }
    const parameter = one(run, "Parameter", "ops-host-key");
    assert.deepEqual([parameter.inputs.type, parameter.inputs.value], ["SecureString", privateKeyOf("ops-host-key")]);
    assert.deepEqual(userDataOf(run).ssh_keys, {});
    assert.equal(run.outputs.sshHostKey, "ssh-ed25519 PUBLIC-ops-host-key");
  });

  it("dials until its deadline and no longer", () => {
    // The delays of @pulumi/command: measured with refused dials.
    assert.equal(dialErrorLimit(11), 10);
    assert.equal(dialErrorLimit(261), 60);
    const secret = undefined as never;
    const connection = sshConnection({ host: "h", user: "u", privateKey: secret, hostKey: "k", deadlineSeconds: 300 });
    assert.equal(connection.dialErrorLimit, 68);
  });

  it("opens with the operator's own key when one is given, and then no key is made for it", async () => {
    assert.deepEqual(userDataOf(run).ssh_authorized_keys, ["ssh-ed25519 PUBLIC-ops-operator-key"]);
    // Whoever may read the stack's outputs may not read the key: it has a place with rights of its own.
    const parameter = one(run, "Parameter", "ops-operator-key").inputs;
    assert.deepEqual([parameter.type, parameter.value], ["SecureString", privateKeyOf("ops-operator-key")]);
    assert.equal(run.outputs.sshPrivateKeyParameter, "/kafka-test/ops/operator-key");
    const given = await runProgram(ownKey);
    assert.deepEqual(userDataOf(given).ssh_authorized_keys, [ownKey["sshPublicKey"]]);
    assert.equal(one(given, "Command", "kafka-roll").inputs.connection.privateKey, ownKey["sshPrivateKey"]);
    assert.deepEqual(
      ofType(given, "PrivateKey")
        .map(({ name }) => name)
        .sort(),
      ["ops-host-key", "ops-node-access-key"],
    );
    assert.equal(given.outputs.sshPrivateKeyParameter, undefined);
    assert.equal(ofType(given, "Parameter").filter(({ inputs }) => inputs.type === "SecureString").length, 2);
  });
});
