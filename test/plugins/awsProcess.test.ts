import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import type { Client, ServiceError } from "@grpc/grpc-js";
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import type { Message } from "google-protobuf";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

import { secretOf } from "../../lab/plugins/aws/core/propertyValues";
import type { PropertyMap } from "../../lab/plugins/aws/core/propertyValues";
import type { EmulatorProcess } from "./emulatorProcess";
import { startEmulator } from "./emulatorProcess";

const launcher = join(__dirname, "../../lab/plugins/bin/pulumi-resource-aws");
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const subnetType = "aws:ec2/subnet:Subnet";
const typeLookUp = "aws:ec2/getInstanceType:getInstanceType";
const vpcType = "aws:ec2/vpc:Vpc";
const parameterType = "aws:ssm/parameter:Parameter";

const urn = (token: string, name = "x") => `urn:pulumi:test::kafka::kafka:index:Network$${token}::${name}`;
const struct = (map: PropertyMap) => Struct.fromJavaScript(map as never);
const plain = (value: Struct | undefined): PropertyMap => value?.toJavaScript() ?? {};

describe("AWS stand-in: as Pulumi runs it", function () {
  // The first start builds the bundle.
  this.timeout(120_000);
  let emulator: EmulatorProcess;
  let plugin: ChildProcess;
  let client: ResourceProviderClient;

  async function start(
    environment: NodeJS.ProcessEnv,
  ): Promise<{ process: ChildProcess; client: ResourceProviderClient }> {
    const child = spawn(launcher, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"], env: environment });
    const [output] = (await once(child.stdout, "data")) as [Buffer];
    const port = Number(output.toString().trim());
    assert.ok(port > 0, `no port in ${JSON.stringify(output.toString())}`);
    return { process: child, client: new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure()) };
  }

  async function stop(child: ChildProcess | undefined): Promise<void> {
    if (child === undefined || child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  before(async () => {
    emulator = await startEmulator(["--auto-lifecycle"]);
    ({ process: plugin, client } = await start({
      ...process.env,
      AWS_ENDPOINT_URL: emulator.endpoint,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    }));
  });
  after(async () => {
    client?.close();
    await stop(plugin);
    await emulator?.stop();
  });

  function call<A>(method: string, request: Message, to: Client = client): Promise<A> {
    const deadline = Date.now() + 30_000;
    return new Promise((resolve, reject) => {
      const methods = to as unknown as Record<
        string,
        (request: Message, options: object, answer: (error: ServiceError | null, value: A) => void) => void
      >;
      const answer = (error: ServiceError | null, value: A) => (error === null ? resolve(value) : reject(error));
      methods[method]?.call(to, request, { deadline }, answer);
    });
  }

  async function check(token: string, news: PropertyMap, olds: PropertyMap = {}): Promise<pb.CheckResponse> {
    const request = new pb.CheckRequest().setUrn(urn(token)).setNews(struct(news)).setOlds(struct(olds));
    return call("check", request.setRandomseed(Buffer.from("seed")));
  }

  async function create(token: string, properties: PropertyMap, preview = false): Promise<pb.CreateResponse> {
    const request = new pb.CreateRequest().setUrn(urn(token)).setProperties(struct(properties)).setPreview(preview);
    return call("create", request);
  }

  it("tells its version, checks and takes its configuration", async () => {
    const info = await call<{ getVersion(): string }>("getPluginInfo", new Empty());
    assert.equal(info.getVersion(), "7.48.0");
    const wrong = new pb.CheckRequest().setNews(
      struct({ region: "us-east-1", profile: "x", accesKey: "y", secretKey: secretOf(5) }),
    );
    const checked = await call<pb.CheckResponse>("checkConfig", wrong);
    const reasons = checked.getFailuresList().map((failure) => failure.getReason());
    assert.equal(reasons.length, 3);
    assert.match(reasons.join("\n"), /aws:profile is not supported by the local stand-in/);
    assert.match(reasons.join("\n"), /aws:accesKey is not a setting of the AWS provider; did you mean "accessKey"/);
    assert.match(reasons.join("\n"), /aws:secretKey = \[secret\]/);

    const configuration = {
      region: "us-east-1",
      skipCredentialsValidation: "true",
      defaultTags: JSON.stringify({ tags: { team: "data" } }),
    };
    const configured = await call<pb.ConfigureResponse>(
      "configure",
      new pb.ConfigureRequest().setArgs(struct(configuration)).setAcceptsecrets(true),
    );
    assert.equal(configured.getSupportspreview(), true);
    assert.equal(configured.getAcceptsecrets(), true);
    const region = new pb.DiffRequest()
      .setOldInputs(struct(configuration))
      .setNews(struct({ ...configuration, region: "eu-west-1" }));
    assert.deepEqual((await call<pb.DiffResponse>("diffConfig", region)).getReplacesList(), ["region"]);
  });

  it("accepts unknown values in a preview, and knows what will be unknown", async () => {
    const inputs = { vpcId: unknown, cidrBlock: "10.20.1.0/24", availabilityZone: "us-east-1a" };
    const checked = await check(subnetType, inputs);
    assert.deepEqual(checked.getFailuresList(), []);
    assert.equal(plain(checked.getInputs()).vpcId, unknown);
    const outputs = plain((await create(subnetType, plain(checked.getInputs()), true)).getProperties());
    assert.equal(outputs.vpcId, unknown);
    assert.equal(outputs.arn, unknown);
    assert.equal(outputs.availabilityZoneId, unknown);
    assert.equal(outputs.cidrBlock, "10.20.1.0/24");
    assert.equal(outputs.region, "us-east-1");
    assert.deepEqual(outputs.tagsAll, { team: "data" });
    const wrong = await check(subnetType, { ...inputs, cidrBlock: "10.20.1.1/24" });
    const [failure] = wrong.getFailuresList();
    assert.equal(failure?.getProperty(), "cidrBlock");
    assert.match(failure?.getReason() ?? "", /cidrBlock = "10\.20\.1\.1\/24": must be an IPv4 CIDR block/);
  });

  it("creates, reads, diffs, updates and deletes, and keeps secrets secret", async () => {
    const value = secretOf("very secret");
    const checked = await check(parameterType, { name: "/a/b", type: "SecureString", value });
    assert.deepEqual(plain(checked.getInputs()).value, value);
    const made = await create(parameterType, plain(checked.getInputs()));
    assert.equal(made.getId(), "/a/b");
    const state = plain(made.getProperties());
    assert.deepEqual(state.value, value);
    assert.deepEqual(state.tagsAll, { team: "data" });

    const inputs = plain(checked.getInputs());
    const read = new pb.ReadRequest().setId("/a/b").setUrn(urn(parameterType));
    const found = await call<pb.ReadResponse>("read", read.setProperties(struct(state)).setInputs(struct(inputs)));
    assert.deepEqual(plain(found.getProperties()), state);
    assert.deepEqual(plain(found.getInputs()), inputs);

    const news = { ...inputs, value: secretOf("another"), description: "new", tags: { "a.b": "c" } };
    const diff = await call<pb.DiffResponse>(
      "diff",
      new pb.DiffRequest()
        .setId("/a/b")
        .setUrn(urn(parameterType))
        .setOlds(struct(state))
        .setOldInputs(struct(inputs))
        .setNews(struct(news)),
    );
    assert.equal(diff.getChanges(), pb.DiffResponse.DiffChanges.DIFF_SOME);
    assert.deepEqual(diff.getReplacesList(), []);
    const kinds: Record<string, pb.PropertyDiff.Kind> = {};
    diff.getDetaileddiffMap().forEach((part, path) => (kinds[path] = part.getKind()));
    assert.deepEqual(kinds, {
      value: pb.PropertyDiff.Kind.UPDATE,
      description: pb.PropertyDiff.Kind.ADD,
      'tags["a.b"]': pb.PropertyDiff.Kind.ADD,
    });

    const update = async (preview: boolean) => {
      const request = new pb.UpdateRequest()
        .setId("/a/b")
        .setUrn(urn(parameterType))
        .setOlds(struct(state))
        .setOldInputs(struct(inputs))
        .setNews(struct(news));
      return plain((await call<pb.UpdateResponse>("update", request.setPreview(preview))).getProperties());
    };
    const preview = await update(true);
    assert.equal(preview.version, unknown);
    const updated = await update(false);
    assert.deepEqual([updated.version, updated.value], [2, secretOf("another")]);
    assert.deepEqual(updated.tagsAll, { team: "data", "a.b": "c" });

    const remove = new pb.DeleteRequest().setId("/a/b").setUrn(urn(parameterType)).setProperties(struct(updated));
    await call("delete", remove);
    const gone = await call<pb.ReadResponse>("read", read);
    assert.equal(gone.getId(), "");
  });

  it("names what makes a replacement", async () => {
    const inputs = { cidrBlock: "10.20.0.0/16", __defaults: [] };
    const diff = await call<pb.DiffResponse>(
      "diff",
      new pb.DiffRequest()
        .setUrn(urn(vpcType))
        .setOlds(struct({ ...inputs, tagsAll: { team: "data" } }))
        .setOldInputs(struct(inputs))
        .setNews(struct({ cidrBlock: "10.30.0.0/16" })),
    );
    assert.deepEqual(diff.getReplacesList(), ["cidrBlock"]);
    assert.equal(diff.getHasdetaileddiff(), true);
    assert.equal(diff.getDetaileddiffMap().get("cidrBlock")?.getKind(), pb.PropertyDiff.Kind.UPDATE_REPLACE);
  });

  it("keeps a resource in the state that was made, but not completely", async () => {
    const make = async (token: string, properties: PropertyMap) => {
      const checked = await check(token, properties);
      assert.deepEqual(checked.getFailuresList(), []);
      return (await create(token, plain(checked.getInputs()))).getId();
    };
    const vpcId = await make(vpcType, { cidrBlock: "10.50.0.0/16" });
    const subnetId = await make(subnetType, { vpcId, cidrBlock: "10.50.1.0/24" });
    const networkInterface = await make("aws:ec2/networkInterface:NetworkInterface", { subnetId });
    // The address is allocated, but a VPC without an internet gateway can't use it.
    const failure = await make("aws:ec2/eip:Eip", { networkInterface }).then(
      () => assert.fail("an address without an internet gateway"),
      (error: ServiceError) => error,
    );
    assert.match(failure.details, /AWS answered Gateway\.NotAttached/);
    const [packed] = failure.metadata.get("grpc-status-details-bin") as Buffer[];
    const [detail] = Status.deserializeBinary(packed ?? Buffer.alloc(0)).getDetailsList();
    const kept = ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() ?? new Uint8Array());
    assert.match(kept.getId(), /^eipalloc-/);
    assert.match(String(plain(kept.getProperties()).publicIp), /^198\.51\.100\./);
    assert.match(kept.getReasonsList().join(), /Gateway\.NotAttached/);
    // Nothing was made: nothing is kept.
    const taken = { subnetId, privateIps: ["10.51.0.10"] };
    await assert.rejects(make("aws:ec2/networkInterface:NetworkInterface", taken), (error: ServiceError) => {
      assert.match(error.details, /is not in the block/);
      return error.metadata.get("grpc-status-details-bin").length === 0;
    });
  });

  it("refuses types, functions and properties that it does not know", async () => {
    await assert.rejects(check("aws:ec2/natGateway:NatGateway", {}), /aws:ec2\/natGateway:NatGateway is not supported/);
    const invoke = new pb.InvokeRequest().setTok("aws:ec2/getAmis:getAmis").setArgs(struct({}));
    await assert.rejects(call("invoke", invoke), /function aws:ec2\/getAmis:getAmis is not supported .* did you mean/);
    const checked = await check(vpcType, { cidr: "10.0.0.0/16", region: "eu-west-1" });
    const reasons = checked.getFailuresList().map((failure) => failure.getReason());
    assert.match(reasons.join("\n"), /cidr: no such property; did you mean "cidrBlock"/);
    assert.match(reasons.join("\n"), /cidrBlock: missing/);
    assert.match(reasons.join("\n"), /region = "eu-west-1": not supported by the local stand-in, which works in one/);
  });

  it("invokes", async () => {
    const invoke = new pb.InvokeRequest().setTok(typeLookUp).setArgs(struct({ instanceType: "t3.micro" }));
    const answer = await call<pb.InvokeResponse>("invoke", invoke);
    assert.equal(plain(answer.getReturn()).defaultVcpus, 2);
  });

  it("never talks to the real AWS", async () => {
    for (const endpoint of [undefined, "https://ec2.us-east-1.amazonaws.com"]) {
      const environment: NodeJS.ProcessEnv = { ...process.env, AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
      delete environment.AWS_ENDPOINT_URL;
      const other = await start(endpoint === undefined ? environment : { ...environment, AWS_ENDPOINT_URL: endpoint });
      try {
        const configure = new pb.ConfigureRequest().setArgs(struct({ region: "us-east-1" }));
        await call("configure", configure, other.client);
        const invoke = new pb.InvokeRequest().setTok(typeLookUp).setArgs(struct({ instanceType: "t3.micro" }));
        const expected = endpoint === undefined ? /no local endpoint is set for ec2/ : /is not a local address/;
        await assert.rejects(call("invoke", invoke, other.client), expected);
      } finally {
        other.client.close();
        await stop(other.process);
      }
    }
  });

  it("ends when Pulumi is killed", async () => {
    const script = `"$0" 127.0.0.1:1 & echo "pid $!"; read line`;
    const parent = spawn("sh", ["-c", script, launcher], { stdio: ["pipe", "pipe", "inherit"], env: process.env });
    let output = "";
    for await (const chunk of parent.stdout) {
      output += String(chunk);
      if (/^\d+$/m.test(output)) break;
    }
    const pid = Number(/pid (\d+)/.exec(output)?.[1]);
    parent.kill("SIGKILL");
    const deadline = Date.now() + 20_000;
    while (isRunning(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(isRunning(pid), false, `plugin ${pid} still runs without its parent`);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
