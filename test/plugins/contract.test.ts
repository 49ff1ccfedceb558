import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { GetPolicyVersionCommand } from "@aws-sdk/client-iam";
import { GetParametersByPathCommand } from "@aws-sdk/client-ssm";
import { clientOutputsFromParameters } from "../../outputs";
import { clientProperties } from "../../planning/cluster/clientProperties";
import { planCluster } from "../../planning/cluster/plan";
import { readClientOutputs } from "../../planning/cluster/outputs";
import { sampleSettings } from "../unit/settings/sampleSettings";
import { makeClusterUsers } from "./clusterUsers";
import { labImage, makeNetwork } from "./emulatorNodes";
import { refusal, startEmulator, type EmulatorProcess } from "./emulatorProcess";
import { Engine } from "./engine";
import { installExample } from "./installedPackage";

/** A cluster's outputs without the cluster, whose gates have no machines here: the real component, and a fixed rest. */
const clusterProgram = `
const { ClientSettings } = require("kafka-on-ec2");
const pulumi = require("@pulumi/pulumi");
const outputs = require("./outputs.json");
const settings = new ClientSettings("settings", {
  clusterName: outputs.clusterName, region: "us-east-1", outputs, topicParameters: 1, after: [],
});
module.exports = {
  ...outputs, clientSettingsPath: settings.path, readClientSettingsPolicyArn: settings.readPolicyArn,
};
`;

/** What applications know of a cluster, under the real engine: `examples/service` as somebody else has it. */
describe("an application on the cluster of another stack", function () {
  this.timeout(300_000);
  let emulator: EmulatorProcess;
  let service: Engine;
  let cluster: Engine;
  let subnetId: string;
  let groupId: string;

  const outputs = (topic: string) => ({
    bootstrapServers: "kafka-1.kafka.internal:9092",
    brokers: [{ id: 1, name: "kafka-1", zone: "us-east-1a", address: "kafka-1.kafka.internal:9092" }],
    zookeeperConnect: "zookeeper-1.kafka.internal:2181",
    topics: [{ name: topic, partitions: 15, retentionHours: 168 }],
    clientSecurityGroupId: groupId,
    clientProperties: clientProperties(["kafka-1.kafka.internal:9092"], 15),
    opsHost: "ssh ec2-user@198.51.100.10",
    plan: planCluster(sampleSettings()),
    artifactBucket: "bucket",
    nodeSubnetIds: [subnetId],
    imageId: labImage,
    clusterName: "kafka-prod",
    region: "us-east-1",
    sshUser: "ec2-user",
  });
  const tell = (topic: string) => writeFileSync(join(cluster.project, "outputs.json"), JSON.stringify(outputs(topic)));
  const settingsSeenBy = (user: string, clusterName = "kafka-prod") =>
    clientOutputsFromParameters(clusterName, {
      endpoint: emulator.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: user, secretAccessKey: user },
    });

  before(async () => {
    emulator = await startEmulator(["--auto-lifecycle"]);
    ({ subnetId, groupId } = await makeNetwork(emulator));
    await makeClusterUsers(emulator, "kafka-prod");
    service = await Engine.start(emulator.endpoint, "test", (project) => installExample("service", project));
    cluster = service.beside("deployer", (project) => {
      writeFileSync(join(project, "Pulumi.yaml"), "name: kafka-on-ec2\nruntime: nodejs\n");
      writeFileSync(join(project, "index.js"), clusterProgram);
      symlinkSync(join(service.project, "node_modules"), join(project, "node_modules"));
    });
  });

  after(async () => {
    service?.remove();
    await emulator?.stop();
  });

  it("finds them in Parameter Store, made by the deployer's rights; no parameters are no cluster", async () => {
    await assert.rejects(settingsSeenBy("test"), /no parameters below \/kafka-on-ec2\/kafka-prod: is the cluster/);
    tell("orders");
    cluster.configure("prod", {});
    await cluster.succeed("prod", "stack", "init");
    await cluster.succeed("prod", "up", "--yes", "--skip-preview");

    const arn = (await cluster.succeed("prod", "stack", "output", "readClientSettingsPolicyArn")).trim();
    const { PolicyVersion } = await emulator.iam.send(new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: "v1" }));
    const { ssm } = await emulator.user("application", [JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ""))]);
    assert.deepEqual(await settingsSeenBy("application"), readClientOutputs(outputs("orders")));
    for (const Path of ["/kafka-on-ec2", "/kafka-on-ec2/kafka-prod-2", "/kafka-prod/ops"]) {
      assert.equal(await refusal(ssm.send(new GetParametersByPathCommand({ Path }))), "AccessDeniedException");
    }
    await assert.rejects(settingsSeenBy("application", "kafka-dev"), /kafka-dev in Parameter Store .*not authorized/);
  });

  it("finds them by StackReference, and is told of a misspelt topic in the preview", async () => {
    const settings = { clusterStack: "organization/kafka-on-ec2/prod", subnetIds: [subnetId] };
    service.configure("dev", { ...settings, topic: "ordres" }, "service");
    await service.succeed("dev", "stack", "init");
    const { code, output } = await service.pulumi("dev", "preview");
    assert.notEqual(code, 0);
    assert.match(output, /no topic ordres in the stack, which has: orders; did you mean orders\?/);
    service.configure("dev", { ...settings, topic: "orders" }, "service");
    await service.succeed("dev", "up", "--yes", "--skip-preview");
    const seen = await service.succeed("dev", "stack", "output", "bootstrapServers");
    assert.equal(seen.trim(), "kafka-1.kafka.internal:9092");
  });

  it("sees what an update has changed; the policy goes when no role has it", async () => {
    tell("orders-2");
    await cluster.succeed("prod", "up", "--yes", "--skip-preview");
    assert.deepEqual((await settingsSeenBy("application")).topics, outputs("orders-2").topics);
    const { code, output } = await cluster.pulumi("prod", "destroy", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    assert.match(output, /DeleteConflict: Cannot delete a policy attached to entities/);
    await service.succeed("dev", "destroy", "--yes", "--skip-preview");
    await cluster.succeed("prod", "destroy", "--yes", "--skip-preview");
    await assert.rejects(settingsSeenBy("test"), /no parameters below/);
  });

  it("is checked by TypeScript against the package's own types", () => {
    const compiler = join(__dirname, "..", "..", "node_modules", ".bin", "tsc");
    const { status, stdout } = spawnSync(compiler, ["--project", service.project], { encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });

  it("loads nothing of Pulumi with kafka-on-ec2/outputs", () => {
    const program = `
      require("kafka-on-ec2/outputs");
      require("kafka-on-ec2/outputs.schema.json");
      console.log(Object.keys(require.cache).filter((path) => path.includes("@pulumi")).length);
    `;
    const { stdout, stderr } = spawnSync("node", ["-e", program], { cwd: service.project, encoding: "utf8" });
    assert.equal(stdout.trim(), "0", stderr);
  });
});
