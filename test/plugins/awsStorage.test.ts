import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ListPolicyVersionsCommand } from "@aws-sdk/client-iam";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { PutParameterCommand } from "@aws-sdk/client-ssm";

import { fileAsset, textAsset } from "../../lab/plugins/aws/core/propertyValues";
import * as provider from "../../lab/plugins/aws/provider";
import { AwsHarness, refused } from "./awsHarness";
import type { Made } from "./awsHarness";

const bucketType = "aws:s3/bucket:Bucket";
const objectType = "aws:s3/bucketObjectv2:BucketObjectv2";
const recordType = "aws:route53/record:Record";
const zoneType = "aws:route53/zone:Zone";
const parameterType = "aws:ssm/parameter:Parameter";
const roleType = "aws:iam/role:Role";

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

function policy(action: string | string[], resource = "*"): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid: "A", Effect: "Allow", Action: action, Resource: resource }],
  });
}

describe("AWS stand-in: S3, IAM, Route 53, SSM", function () {
  this.timeout(60_000);
  let aws: AwsHarness;
  let folder: string;

  before(async () => {
    aws = await AwsHarness.start();
    folder = mkdtempSync(join(tmpdir(), "aws-plugin-"));
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await aws?.stop();
  });

  describe("S3", () => {
    let bucket: Made;
    const inputs = { bucket: "kafka-artifacts", forceDestroy: true, tags: { Name: "artifacts" } };

    before(async () => {
      bucket = await aws.make(bucketType, "bucket", inputs);
    });

    it("Bucket: has its name, or one of its own; is never taken over", async () => {
      await aws.settled(bucket, inputs);
      assert.equal(bucket.id, "kafka-artifacts");
      assert.equal(bucket.outputs.arn, "arn:aws:s3:::kafka-artifacts");
      assert.match(await refused(aws.make(bucketType, "again", inputs)), /there is such a bucket already/);
      const named = await aws.make(bucketType, "Artifacts", {});
      assert.match(named.id, /^artifacts-[0-9a-f]{7}$/);
      const changed = await aws.change(named, { tags: { a: "b" } });
      assert.deepEqual(changed.outputs.tagsAll, { a: "b" });
      assert.deepEqual((await aws.change(changed, {})).outputs.tagsAll, {});
      const { replaces, deleteFirst } = await aws.diff(bucket, { ...inputs, bucket: "other" });
      assert.deepEqual([replaces, deleteFirst], [["bucket"], false]);
      await aws.removed(changed);
      assert.match(await aws.faults(bucketType, { bucket: "No" }), /bucket = "No": must be 3 to 63 lower-case/);
      assert.match(await aws.faults(bucketType, { versioning: { enabled: true } }), /versioning: not supported/);
    });

    it("Bucket: is deleted with its contents only by force", async () => {
      const keeper = await aws.make(bucketType, "keeper", {});
      await aws.make(objectType, "x", { bucket: keeper.id, content: "x" });
      assert.match(await refused(aws.remove(keeper)), /BucketNotEmpty/);
      const forced = await aws.change(keeper, { forceDestroy: true });
      await aws.removed(forced);
    });

    it("BucketPublicAccessBlock, …EncryptionConfiguration, …LifecycleConfiguration, BucketPolicy", async () => {
      const block = { bucket: bucket.id, blockPublicAcls: true, restrictPublicBuckets: true };
      const encryption = {
        bucket: bucket.id,
        rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
      };
      const lifecycle = {
        bucket: bucket.id,
        rules: [
          { id: "uploads", status: "Enabled", filter: {}, abortIncompleteMultipartUpload: { daysAfterInitiation: 1 } },
          { id: "jobs", status: "Enabled", filter: { prefix: "jobs/" }, expiration: { days: 7 } },
        ],
      };
      const tls = (effect: string) =>
        JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: effect,
              Principal: "*",
              Action: "s3:*",
              Resource: [`arn:aws:s3:::${bucket.id}`, `arn:aws:s3:::${bucket.id}/*`],
              Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
          ],
        });
      for (const [token, before, after] of [
        ["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", block, { ...block, ignorePublicAcls: true }],
        [
          "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
          encryption,
          { ...encryption, rules: [{ ...encryption.rules[0], bucketKeyEnabled: true }] },
        ],
        [
          "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
          lifecycle,
          { ...lifecycle, rules: [lifecycle.rules[0], { ...lifecycle.rules[1], expiration: { days: 3 } }] },
        ],
        [
          "aws:s3/bucketPolicy:BucketPolicy",
          { bucket: bucket.id, policy: tls("Deny") },
          { bucket: bucket.id, policy: tls("Allow") },
        ],
      ] as const) {
        const made = await aws.make(token, "b", before);
        assert.equal(made.id, bucket.id);
        await aws.settled(made, before);
        const { changed, replaces } = await aws.diff(made, after);
        assert.deepEqual([changed.length, replaces], [1, []], token);
        const updated = await aws.change(made, after);
        await aws.settled(updated, after);
        const moved = {
          ...before,
          bucket: "other-bucket",
          ...("policy" in before ? { policy: policy("s3:*", "arn:aws:s3:::other-bucket") } : {}),
        };
        assert.ok((await aws.diff(made, moved)).replaces.includes("bucket"));
        await aws.removed(updated);
      }
      const foreign = { bucket: bucket.id, policy: policy("s3:GetObject", "arn:aws:s3:::someone-elses/*") };
      assert.match(await aws.faults("aws:s3/bucketPolicy:BucketPolicy", foreign), /is not of bucket kafka-artifacts/);
      const none = aws.make("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "n", { bucket: "no-bucket" });
      assert.match(await refused(none), /bucket = "no-bucket": there is no such bucket/);
    });

    it("BucketObjectv2: new contents in place, another key as a new object", async () => {
      const path = join(folder, "archive.tar");
      writeFileSync(path, "one");
      const objectInputs = {
        bucket: bucket.id,
        key: "artifacts/archive.tar",
        source: fileAsset(path, "hash-1"),
        tags: { Name: "archive" },
      };
      const made = await aws.make(objectType, "archive", objectInputs);
      assert.equal(made.id, "kafka-artifacts/artifacts/archive.tar");
      await aws.settled(made, objectInputs);
      assert.equal(await contents(made), "one");

      writeFileSync(path, "two");
      const news = { ...objectInputs, source: fileAsset(path, "hash-2") };
      const { changed, replaces } = await aws.diff(made, news);
      assert.deepEqual([changed, replaces], [["source"], []]);
      const updated = await aws.change(made, news);
      assert.equal(await contents(updated), "two");
      assert.notEqual(updated.outputs.etag, made.outputs.etag);
      const retagged = await aws.change(updated, { ...news, tags: {} });
      assert.deepEqual(retagged.outputs.tagsAll, {});
      await aws.settled(retagged, { ...news, tags: {} });
      assert.deepEqual((await aws.diff(made, { ...objectInputs, key: "b" })).replaces, ["key"]);

      const text = { bucket: bucket.id, content: "# text", contentType: "text/plain" };
      const plain = await aws.make(objectType, "marker", text);
      assert.equal(plain.outputs.key, "marker");
      await aws.settled(plain, text);
      const asset = await aws.make(objectType, "asset", { bucket: bucket.id, source: textAsset("from text") });
      assert.equal(await contents(asset), "from text");
      const both = { ...text, contentBase64: "eA==" };
      assert.match(await aws.faults(objectType, both), /content, contentBase64: give one of them only/);
      await aws.removed(plain);
      await aws.removed(retagged);
    });

    async function contents(made: Made): Promise<string | undefined> {
      const request = { Bucket: bucket.id, Key: String(made.outputs.key) };
      return (await aws.emulator.s3.send(new GetObjectCommand(request))).Body?.transformToString();
    }
  });

  describe("IAM", () => {
    it("Role: changes its trust in place, is replaced for another name or path", async () => {
      const inputs = { name: "kafka-1", description: "a", assumeRolePolicy: trust, tags: { Name: "kafka-1" } };
      const made = await aws.make(roleType, "kafka-1", inputs);
      await aws.settled(made, inputs);
      assert.equal(made.outputs.arn, "arn:aws:iam::123456789012:role/kafka-1");
      assert.equal(made.outputs.region, undefined);
      const formatted = JSON.stringify(JSON.parse(trust), undefined, 2);
      assert.deepEqual((await aws.diff(made, { ...inputs, assumeRolePolicy: formatted })).changed, []);
      const asObject: unknown = JSON.parse(trust);
      assert.deepEqual((await aws.diff(made, { ...inputs, assumeRolePolicy: asObject })).changed, []);
      const news = { ...inputs, assumeRolePolicy: trust.replace("ec2.", "ssm."), description: "b", tags: { x: "y" } };
      const { changed, replaces } = await aws.diff(made, news);
      assert.deepEqual([changed.sort(), replaces], [["assumeRolePolicy", "description", "tags"], []]);
      const updated = await aws.change(made, news);
      await aws.settled(updated, news);
      assert.deepEqual((await aws.diff(made, { ...inputs, path: "/kafka/" })).replaces, ["path"]);
      await aws.removed(updated);
    });

    it("RolePolicy and InstanceProfile follow their role", async () => {
      const role = await aws.make(roleType, "node", { name: "node", assumeRolePolicy: trust });
      const policyType = "aws:iam/rolePolicy:RolePolicy";
      const inputs = { name: "own", role: role.id, policy: policy(["s3:GetObject", "s3:ListBucket"]) };
      const made = await aws.make(policyType, "own", inputs);
      assert.equal(made.id, "node:own");
      await aws.settled(made, inputs);
      const reordered = { ...inputs, policy: policy(["s3:ListBucket", "s3:GetObject"]) };
      assert.deepEqual((await aws.diff(made, reordered)).changed, []);
      const news = { ...inputs, policy: policy("s3:GetObject") };
      const updated = await aws.change(made, news);
      await aws.settled(updated, news);
      assert.match(await refused(aws.make(policyType, "p", { ...inputs, role: "none" })), /there is no such role/);

      const profileType = "aws:iam/instanceProfile:InstanceProfile";
      const profileInputs = { name: "node", role: role.id, tags: { Name: "node" } };
      const profile = await aws.make(profileType, "node", profileInputs);
      await aws.settled(profile, profileInputs);
      const other = await aws.make(roleType, "other", { assumeRolePolicy: trust });
      const { replaces } = await aws.diff(profile, { ...profileInputs, role: other.id });
      assert.deepEqual(replaces, []);
      const moved = await aws.change(profile, { ...profileInputs, role: other.id, tags: {} });
      assert.equal(moved.outputs.role, other.id);
      await aws.removed(moved);
      await aws.removed(updated);
      await aws.removed(other);
      await aws.removed(role);
    });

    it("Policy: its document changes in place, six times over; a role that has it keeps it", async () => {
      const policyType = "aws:iam/policy:Policy";
      const inputs = { name: "read", description: "reads", policy: policy("s3:GetObject"), tags: { Name: "read" } };
      let made = await aws.make(policyType, "read", inputs);
      assert.equal(made.id, "arn:aws:iam::123456789012:policy/read");
      await aws.settled(made, inputs);
      for (const action of ["a:A", "a:B", "a:C", "a:D", "a:E", "a:F"]) {
        const news = { ...inputs, policy: policy(action), tags: {} };
        assert.deepEqual((await aws.diff(made, news)).replaces, []);
        made = await aws.change(made, news);
        await aws.settled(made, news);
      }
      const { Versions } = await aws.emulator.iam.send(new ListPolicyVersionsCommand({ PolicyArn: made.id }));
      assert.equal(Versions?.length, 5);
      assert.deepEqual((await aws.diff(made, { ...inputs, description: "other" })).replaces, ["description"]);
      assert.match(await refused(aws.make(policyType, "again", inputs)), /EntityAlreadyExists/);
      const long = { ...inputs, name: "long", policy: policy(`a:${"A".repeat(6144)}`) };
      assert.match(await refused(aws.make(policyType, "long", long)), /LimitExceeded: .*PolicySize: 6144/);

      const role = await aws.make(roleType, "reader", { name: "reader", assumeRolePolicy: trust });
      const attachmentType = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
      const attachment = { role: role.id, policyArn: made.id };
      const attached = await aws.make(attachmentType, "reader", attachment);
      await aws.settled(attached, attachment);
      const nothing = { role: role.id, policyArn: `${made.id}-2` };
      assert.match(await refused(aws.make(attachmentType, "none", nothing)), /there is no such policy/);
      assert.match(await refused(aws.remove(made)), /DeleteConflict: Cannot delete a policy attached to entities/);
      await aws.removed(attached);
      await aws.removed(made);
      await aws.removed(role);
    });

    it("refuses a policy that is none", async () => {
      const faults = (text: string) => aws.faults(roleType, { assumeRolePolicy: text });
      assert.match(await faults("{"), /assumeRolePolicy = "{": must be a JSON document/);
      assert.match(await faults(trust.replace("Allow", "Permit")), /statement 1: Effect must be Allow or Deny/);
      assert.match(await faults(trust.replace("Action", "Actions")), /statement 1: Action is missing/);
      assert.match(await faults(trust.replace("2012", "2013")), /policy Version must be "2012-10-17"/);
    });
  });

  describe("Route 53", () => {
    it("Zone and Record: records change in place, names replace", async () => {
      const vpc = await aws.make("aws:ec2/vpc:Vpc", "net", { cidrBlock: "10.20.0.0/16" });
      const inputs = {
        name: "kafka.internal",
        comment: "Kafka",
        vpcs: [{ vpcId: vpc.id, vpcRegion: "us-east-1" }],
        tags: { Name: "dns" },
      };
      const zone = await aws.make(zoneType, "dns", inputs);
      await aws.settled(zone, inputs);
      assert.equal(zone.outputs.zoneId, zone.id);
      const commented = await aws.change(zone, { ...inputs, comment: "other", tags: { a: "b" } });
      await aws.settled(commented, { ...inputs, comment: "other", tags: { a: "b" } });
      assert.deepEqual((await aws.diff(zone, { ...inputs, name: "other.internal" })).replaces, ["name"]);

      const recordInputs = {
        zoneId: zone.id,
        name: "kafka-1.kafka.internal",
        type: "A",
        ttl: 60,
        records: ["10.20.1.11"],
      };
      const record = await aws.make(recordType, "kafka-1", recordInputs);
      await aws.settled(record, recordInputs);
      assert.equal(record.outputs.fqdn, "kafka-1.kafka.internal");
      const news = { ...recordInputs, ttl: 30, records: ["10.20.1.12", "10.20.1.11"] };
      assert.deepEqual((await aws.diff(record, news)).replaces, []);
      const changed = await aws.change(record, news);
      await aws.settled(changed, news);
      assert.deepEqual((await aws.diff(record, { ...recordInputs, name: "kafka-2" })).replaces, ["name"]);
      assert.match(await refused(aws.make(recordType, "again", recordInputs)), /A record kafka-1\.kafka\.internal: /);

      const short = { ...recordInputs, name: "kafka-2" };
      const relative = await aws.make(recordType, "kafka-2", short);
      assert.equal(relative.outputs.fqdn, "kafka-2.kafka.internal");
      await aws.settled(relative, short);
      assert.match(await refused(aws.remove(commented)), /HostedZoneNotEmpty/);
      await aws.removed(relative);
      await aws.removed(changed);
      await aws.removed(commented);
      await aws.removed(vpc);
    });

    it("says what is wrong", async () => {
      const record = { zoneId: "Z0123456789ABCDEFGHIJ", name: "a.b", type: "A", ttl: 60, records: ["10.0.0.256"] };
      assert.match(await aws.faults(recordType, record), /records\[0\] = "10\.0\.0\.256": an A record needs IPv4/);
      assert.match(await aws.faults(recordType, { ...record, type: "MX" }), /type = "MX": must be one of A, AAAA/);
      assert.match(await aws.faults(zoneType, { name: "a.b" }), /vpcs: missing/);
      const none = aws.make(recordType, "x", { ...record, records: ["10.0.0.1"] });
      assert.match(await refused(none), /there is no such hosted zone/);
    });
  });

  describe("SSM", () => {
    it("Parameter: a new value in place, as a new version", async () => {
      const inputs = { name: "/kafka/key", type: "SecureString", value: "secret one", tags: { Name: "key" } };
      const made = await aws.make(parameterType, "key", inputs);
      await aws.settled(made, inputs);
      assert.equal(made.outputs.arn, "arn:aws:ssm:us-east-1:123456789012:parameter/kafka/key");
      assert.deepEqual([made.outputs.version, made.outputs.value], [1, "secret one"]);
      assert.equal(made.outputs.insecureValue, undefined);
      const news = { ...inputs, value: "secret two", description: "the key", tags: { Name: "other" } };
      assert.deepEqual((await aws.diff(made, news)).replaces, []);
      const changed = await aws.change(made, news);
      assert.equal(changed.outputs.version, 2);
      await aws.settled(changed, news);
      const found = await aws.invoke("aws:ssm/getParameter:getParameter", { name: "/kafka/key" });
      assert.deepEqual([found.value, found.version], ["secret two", 2]);
      const { replaces, deleteFirst } = await aws.diff(made, { ...inputs, name: "/kafka/other" });
      assert.deepEqual([replaces, deleteFirst], [["name"], false]);
      assert.match(await refused(aws.make(parameterType, "again", inputs)), /ParameterAlreadyExists/);
      await aws.removed(changed);
      const gone = aws.invoke("aws:ssm/getParameter:getParameter", { name: "/kafka/key" });
      assert.match(await refused(gone), /no SSM parameter named \/kafka\/key matches/);
    });

    it("Parameter: text that is no secret, up to the bytes of its tier", async () => {
      const inputs = { name: "/a/topics/1", type: "String", tier: "Standard", insecureValue: "x".repeat(4096) };
      const made = await aws.make(parameterType, "topics", inputs);
      await aws.settled(made, inputs);
      const larger = { ...inputs, tier: "Advanced", insecureValue: "x".repeat(8192) };
      assert.deepEqual((await aws.diff(made, larger)).replaces, []);
      const changed = await aws.change(made, larger);
      await aws.settled(changed, larger);
      // No way back but by another one.
      assert.deepEqual((await aws.diff(changed, inputs)).replaces, ["tier"]);
      await aws.removed(changed);
      // The service itself is as strict, for those who don't go by Pulumi.
      const put = (Name: string, Value: string) =>
        refused(aws.emulator.ssm.send(new PutParameterCommand({ Name, Value, Type: "String" })));
      assert.match(await put("/b", "x".repeat(4097)), /ValidationException: .*maximum parameter value of 4096/);
      assert.match(await put("/b/c".repeat(9), "x"), /HierarchyLevelLimitExceededException/);
    });

    it("never shows a secret value in a fault", async () => {
      const value = "s3cret".repeat(1000);
      const { failures } = await provider.check(aws.session, {
        token: parameterType,
        name: "p",
        olds: {},
        news: { name: 5, type: "SecureString", value },
        seed: Buffer.alloc(0),
        secrets: new Set(["value", "name"]),
      });
      assert.match(failures[0]?.reason ?? "", /name = \[secret\]/);
      assert.doesNotMatch(JSON.stringify(failures), /s3cret/);
      assert.match(await aws.faults(parameterType, { type: "SecureString", value }), /at most 4096 bytes/);
    });
  });

  describe("provider default tags", () => {
    it("are on every resource, in tagsAll and not in tags; another default is an update", async () => {
      const tagged = aws.configured({ defaultTags: JSON.stringify({ tags: { team: "data", Name: "default" } }) });
      const inputs = { cidrBlock: "10.40.0.0/16", tags: { Name: "own" } };
      const made = await tagged.make("aws:ec2/vpc:Vpc", "net", inputs);
      assert.deepEqual(made.outputs.tagsAll, { team: "data", Name: "own" });
      assert.deepEqual(made.outputs.tags, { Name: "own" });
      await tagged.settled(made, inputs);
      const other = aws.configured({ defaultTags: JSON.stringify({ tags: { team: "ops" } }) });
      assert.deepEqual((await other.diff(made, inputs)).changed, ["tagsAll"]);
      assert.deepEqual((await other.change(made, inputs)).outputs.tagsAll, { team: "ops", Name: "own" });
      await tagged.removed(made);
    });
  });
});
