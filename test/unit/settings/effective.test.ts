import assert from "node:assert/strict";
import { effectiveSettings, effectiveText, type EffectiveSettings } from "../../../settings/effective";
import { settingKeys } from "../../../settings/schema";
import { readStackFile } from "../../../settings/stackFile";

const names = { project: "kafka-on-ec2", stack: "x" };

function effective(text: string, environment: Record<string, string> = {}): EffectiveSettings {
  return effectiveSettings(readStackFile(text, names), "Pulumi.x.yaml", environment);
}

function origin({ settings }: EffectiveSettings, wanted: string): readonly [unknown, string] {
  const { value, from } = settings.find(({ key }) => key === wanted) ?? assert.fail(wanted);
  return [value, from];
}

describe("what a stack's settings come to", () => {
  const text = [
    "config:",
    "  aws:region: eu-west-1",
    '  brokerCount: "7"',
    "  kafka-on-ec2:imageId:",
    "  sshCidrs: [203.0.113.7/32]",
    "  availabilityZones: [eu-west-1a, eu-west-1b, eu-west-1c]",
    "  sshPublicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0PGnCZ1cS1Ci0oMPbu3x4Y7QWgeUVG0ZSTwc6MVaRO me",
    "  sshPrivateKey: {secure: v1:a:b}",
  ].join("\n");
  const effectiveStack = () => effective(text);

  it("is every setting, with its value, where that comes from, and what it means", () => {
    const stack = effectiveStack();
    assert.deepEqual(
      stack.settings.map(({ key }) => key),
      ["aws:region", ...settingKeys],
    );
    assert.deepEqual(origin(stack, "brokerCount"), [7, "Pulumi.x.yaml line 3"]);
    assert.deepEqual(origin(stack, "imageId"), ["", "Pulumi.x.yaml line 4"]);
    assert.deepEqual(origin(stack, "zookeeperCount"), [3, "default"]);
    assert.deepEqual(origin(stack, "clusterName"), ["kafka-x", "the stack's name"]);
    assert.deepEqual(stack.faults, []);
    assert.match(
      effectiveText(stack.settings),
      /\nBrokers\n {2}brokerCount = 7 {2}\(Pulumi\.x\.yaml line 3\)\n {6}How many brokers run steadily, 3 or more\.\n/,
    );
    assert.match(effectiveText(stack.settings), /\n {2}brokerVolumeGiB = 30 GiB {2}\(default\)\n/);
    const meanings = effectiveText(stack.settings)
      .split("\n")
      .filter((line) => line.startsWith("      "));
    assert.ok(meanings.every((line) => line.length <= 120));
  });

  it("has the region of the environment where the file has none", () => {
    const environment = { AWS_REGION: "us-west-2", AWS_DEFAULT_REGION: "us-east-1" };
    assert.deepEqual(origin(effective(text, environment), "aws:region"), ["eu-west-1", "Pulumi.x.yaml line 2"]);
    assert.deepEqual(origin(effective("", environment), "aws:region"), ["us-west-2", "AWS_REGION"]);
    assert.deepEqual(origin(effective(""), "aws:region"), ["", "nowhere"]);
  });

  it("shows no secret, encrypted or not", () => {
    assert.deepEqual(origin(effectiveStack(), "sshPrivateKey"), ["(encrypted)", "Pulumi.x.yaml line 8"]);
    const open = effective(text.replace("{secure: v1:a:b}", '"-----BEGIN PRIVATE KEY-----"'));
    assert.deepEqual(origin(open, "sshPrivateKey"), ["(hidden)", "Pulumi.x.yaml line 8"]);
    assert.ok(!JSON.stringify(open).includes("BEGIN PRIVATE KEY"));
  });

  it("names the cluster after the stack where its name is empty, and shows values as they would be written", () => {
    const stackOf = (...lines: string[]) => effective(["config:", ...lines].join("\n"));
    assert.deepEqual(origin(stackOf("  clusterName:"), "clusterName"), [
      "kafka-x",
      "the stack's name, as it is empty in Pulumi.x.yaml line 2",
    ]);
    assert.deepEqual(origin(stackOf("  clusterName: events"), "clusterName"), ["events", "Pulumi.x.yaml line 2"]);
    assert.deepEqual(origin(stackOf("  sshPrivateKey:"), "sshPrivateKey"), ["", "Pulumi.x.yaml line 2"]);
    const shown = effectiveText(stackOf("  sshCidrs: [1.2.3.4/32]").settings);
    assert.match(shown, /\n {2}sshCidrs = \["1\.2\.3\.4\/32"\] {2}\(/);
    assert.match(shown, /\n {2}vpcId = "" {2}\(default\)/);
    assert.match(shown, /\n {2}dnsDomain = kafka\.internal {2}\(default\)/);
  });

  it("has every fault beside what is sound, but none of what is encrypted", () => {
    const broken = effective(`${text}\n  zookeeperCount: 4\n  brokerCuont: 5\n  topics: [{secure: v1:a:b}]\n`);
    assert.deepEqual(
      broken.faults.map(({ path }) => path),
      ["brokerCuont", "zookeeperCount"],
    );
    assert.deepEqual(origin(broken, "zookeeperCount"), [4, "Pulumi.x.yaml line 9"]);
    assert.deepEqual(origin(broken, "topics"), ["(encrypted)", "Pulumi.x.yaml line 11"]);
  });
});
