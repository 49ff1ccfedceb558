import assert from "node:assert/strict";
import type { DesiredInstance } from "../../../lab/runtime/desiredState";
import { MetadataService } from "../../../lab/runtime/metadataService";
import { lookUp, metadataTree } from "../../../lab/runtime/metadataTree";
import { describedInstance } from "./labFixtures";

const context = {
  region: "us-east-1",
  accountId: "123456789012",
  credentials: { AccessKeyId: "ASIA1", SecretAccessKey: "secret", Token: "token", Expiration: "2026-11-24T00:00:00Z" },
  lastUpdated: "2026-11-23T19:00:00Z",
};

describe("lab: instance metadata", () => {
  const read = (path: string, instance: DesiredInstance = describedInstance()): string | undefined =>
    lookUp(metadataTree(instance, context), path);

  it("says who and where the instance is", () => {
    assert.equal(read("meta-data/instance-id"), "i-0123456789abcdef0");
    assert.equal(read("meta-data/local-ipv4"), "10.20.0.11");
    assert.equal(read("meta-data/placement/availability-zone"), "us-east-1b");
    assert.equal(read("meta-data/placement/availability-zone-id"), "use1-az2");
    assert.equal(read("meta-data/placement/region"), "us-east-1");
    assert.equal(read("meta-data/network/interfaces/macs/02:00:00:00:00:01/subnet-ipv4-cidr-block"), "10.20.0.0/24");
    const identity = JSON.parse(read("dynamic/instance-identity/document") ?? "{}");
    assert.equal(identity.region, "us-east-1");
    assert.equal(identity.instanceType, "t3.micro");
  });

  it("lists folders with a slash, keys as number=name", () => {
    assert.match(read("meta-data/placement") ?? "", /^availability-zone\navailability-zone-id\nregion$/);
    assert.match(read("meta-data") ?? "", /^iam\/$/m);
    assert.equal(read("meta-data/public-keys/"), "0=operator");
    assert.equal(read("meta-data/public-keys/0/"), "openssh-key");
    assert.equal(read("meta-data/public-keys/0/openssh-key"), "ssh-ed25519 AAAA operator");
  });

  it("gives the role's credentials under the role's name, and nothing without a role", () => {
    assert.equal(read("meta-data/iam/security-credentials/"), "node-role");
    const credentials = JSON.parse(read("meta-data/iam/security-credentials/node-role") ?? "{}");
    assert.equal(credentials.Code, "Success");
    assert.equal(credentials.AccessKeyId, "ASIA1");
    assert.equal(read("meta-data/iam", describedInstance({ roleName: null })), undefined);
  });

  it("shows tags only when the metadata options say so", () => {
    assert.equal(read("meta-data/tags/instance/Name"), undefined);
    const options = { ...describedInstance().metadataOptions, instanceTags: "enabled" };
    assert.equal(read("meta-data/tags/instance/Name", describedInstance({ metadataOptions: options })), "node-1");
  });

  it("does not answer to what does not exist", () => {
    assert.equal(read("meta-data/spot/instance-action"), undefined);
    assert.equal(read("meta-data/instance-id/more"), undefined);
    assert.equal(read("meta-data/public-ipv4"), undefined);
  });
});

describe("lab: metadata service", () => {
  const first = describedInstance();
  let now = 0;
  const service = (instances: Record<string, DesiredInstance> = { "10.20.0.11": first }): MetadataService =>
    new MetadataService(
      { instanceAt: (address) => instances[address], contextOf: () => Promise.resolve(context) },
      () => now,
    );
  const token = async (one: MetadataService, seconds: string, from = "10.20.0.11"): Promise<string> => {
    const answer = await one.answer(
      "PUT",
      "/latest/api/token",
      { "x-aws-ec2-metadata-token-ttl-seconds": seconds },
      from,
    );
    assert.equal(answer.status, 200);
    return String(answer.body);
  };
  const get = (one: MetadataService, path: string, value?: string, from = "10.20.0.11") =>
    one.answer("GET", path, value === undefined ? {} : { "x-aws-ec2-metadata-token": value }, from);

  beforeEach(() => (now = 1_000_000));

  it("refuses version 1 when tokens are required, and permits it when they are optional", async () => {
    assert.equal((await get(service(), "/latest/meta-data/instance-id")).status, 401);
    const lenient = describedInstance({ metadataOptions: { ...first.metadataOptions, httpTokens: "optional" } });
    assert.equal((await get(service({ "10.20.0.11": lenient }), "/latest/meta-data/instance-id")).status, 200);
  });

  it("serves with a token until the token's time is up, and only the instance that got it", async () => {
    const second = describedInstance({ id: "i-0123456789abcdef1" });
    const one = service({ "10.20.0.11": first, "10.20.1.12": second });
    const mine = await token(one, "60");
    assert.equal((await get(one, "/latest/meta-data/instance-id", mine)).body, first.id);
    assert.equal((await get(one, "/latest/meta-data/instance-id", mine, "10.20.1.12")).status, 401);
    now += 60_000;
    assert.equal((await get(one, "/latest/meta-data/instance-id", mine)).status, 401);
  });

  it("refuses a token request that has no lifetime, a wrong one, or came through a proxy", async () => {
    const ask = (headers: Record<string, string>) =>
      service().answer("PUT", "/latest/api/token", headers, "10.20.0.11");
    assert.equal((await ask({})).status, 400);
    assert.equal((await ask({ "x-aws-ec2-metadata-token-ttl-seconds": "21601" })).status, 400);
    assert.equal(
      (await ask({ "x-aws-ec2-metadata-token-ttl-seconds": "60", "x-forwarded-for": "10.9.9.9" })).status,
      403,
    );
  });

  it("gives user data as the bytes that were given, and 404 without", async () => {
    const binary = Buffer.from([0x1f, 0x8b, 0x00, 0xff]);
    const one = service({ "10.20.0.11": describedInstance({ userData: binary.toString("base64") }) });
    assert.deepEqual((await get(one, "/latest/user-data", await token(one, "60"))).body, binary);
    const without = service({ "10.20.0.11": describedInstance({ userData: null }) });
    assert.equal((await get(without, "/latest/user-data", await token(without, "60"))).status, 404);
  });

  it("knows the versions that cloud-init asks for", async () => {
    const one = service();
    const mine = await token(one, "60");
    assert.equal((await get(one, "/2021-03-23/meta-data/instance-id", mine)).status, 200);
    assert.equal((await get(one, "/1999-01-01/meta-data/instance-id", mine)).status, 404);
    assert.match(String((await get(one, "/", mine)).body), /^latest$/m);
  });

  it("does not answer to an unknown address", async () => {
    assert.equal((await get(service(), "/latest/meta-data/instance-id", undefined, "10.20.9.9")).status, 404);
  });
});
