import assert from "node:assert/strict";
import type { z } from "zod";
import { derivedClusterName, parseSettings } from "../../../settings/check";
import {
  amount,
  checkedText,
  flag,
  list,
  once,
  parseJsonText,
  pattern,
  shown,
  text,
  wholeNumber,
} from "../../../settings/fields";
import { fullKey, namespaceFault } from "../../../settings/namespaces";
import { sampleConfig, sampleContext, sampleSettings } from "./sampleSettings";

/** What the rule makes of a value: the value that the program gets, or what is wrong. */
function taken(rule: z.ZodType, value: unknown): unknown {
  const { success, data, error } = rule.safeParse(value);
  return success ? data : error.issues.map(({ path, message }) => [...path, message].join(": ")).join("; ");
}

describe("the kinds of settings", () => {
  it("whole numbers, as number or as digits, from the least to the most", () => {
    const rule = wholeNumber({ min: 3, max: 9, below: "more is needed" });
    for (const value of [3, 9, "3", " 9 ", "+5", "005"]) assert.equal(taken(rule, value), Number(value));
    assert.equal(taken(rule, 2), "2 is below 3; more is needed");
    assert.equal(taken(rule, "-2"), "-2 is below 3; more is needed");
    assert.equal(taken(rule, 10), "10 is above 9; give 9 or less");
    for (const value of ["5.0", 5.5, "5x", "x5", "", "1e1", "5 5", true, null, [5], "1234567890123456"])
      assert.equal(taken(rule, value), `${shown(value)} is not a whole number; give digits, e.g. 3`);
    assert.equal(taken(rule, undefined), "missing; give a whole number, e.g. 3");
    const other = wholeNumber({ min: 0, max: 9, below: "", above: "that is too much", example: 7 });
    assert.equal(taken(other, 10), "10 is above 9; that is too much");
    assert.match(String(taken(other, "x")), /e\.g\. 7$/);
    assert.match(String(taken(wholeNumber({ min: 0, max: 9, below: "" }), "x")), /e\.g\. 1$/);
    assert.equal(taken(wholeNumber({ min: 0, max: 1e15, below: "" }), "123456789012345"), 123456789012345);
  });

  it("amounts, which may have a fraction", () => {
    const rule = amount({ min: 0.5, max: 2, below: "more is needed" });
    for (const value of [0.5, 2, "0.5", " 1.25 ", "+1", "1.123456789"]) assert.equal(taken(rule, value), Number(value));
    assert.equal(taken(rule, "0.4"), "0.4 is below 0.5; more is needed");
    assert.equal(taken(rule, 2.1), "2.1 is above 2; give 2 or less");
    assert.equal(
      taken(amount({ min: 1, max: 2, below: "", above: "that is too much" }), 3),
      "3 is above 2; that is too much",
    );
    for (const value of ["1.", ".5", "1.5x", "x1.5", "1.1234567891", "1,5", "", true, "1234567890123456"])
      assert.equal(taken(rule, value), `${shown(value)} is not a number; give digits, e.g. 1`);
    assert.match(String(taken(amount({ min: 3, max: 9, below: "", example: 7 }), "x")), /e\.g\. 7$/);
    assert.match(String(taken(amount({ min: 3, max: 9, below: "" }), "x")), /e\.g\. 3$/);
  });

  it("true and false, texts, and texts of a pattern", () => {
    assert.deepEqual(
      [true, false, "true", "false"].map((value) => taken(flag(), value)),
      [true, false, true, false],
    );
    for (const value of ["True", 1, "", undefined])
      assert.match(String(taken(flag(), value)), /is neither true nor false/);
    assert.equal(taken(text(), "  a b "), "a b");
    assert.equal(taken(text(), undefined), "missing; give a text");
    assert.equal(taken(text(), 5), "5 is not a text; put it in quotes");
    const letters = pattern(/^[a-z]+$/, "a word");
    assert.deepEqual(
      [taken(letters, " ab "), taken(letters, ""), taken(letters, "A")],
      ["ab", '"" is not a word', '"A" is not a word'],
    );
    const optional = pattern(/^[a-z]+$/, "a word", "none");
    assert.deepEqual([taken(optional, ""), taken(optional, "A")], ["", '"A" is not a word; leave it empty for none']);
    const checked = checkedText((value) => (value === "no" ? "no is refused" : undefined), "unknown type");
    assert.deepEqual([taken(checked, "yes"), taken(checked, "no")], ["yes", "no is refused"]);
  });

  it("lists, also as the JSON that Pulumi keeps, and what is there twice", () => {
    const numbers = list(wholeNumber({ min: 1, max: 9, below: "" }), "[1]");
    for (const value of [[1, "2"], "[1,2]"]) assert.deepEqual(taken(numbers, value), [1, 2]);
    assert.equal(taken(numbers, "1, 2"), `"1, 2" is not a list; write e.g. [1] in the stack's file`);
    assert.match(String(taken(numbers, [1, "x"])), /^1: "x" is not a whole number/);
    assert.deepEqual(
      [parseJsonText('{"a":1}'), parseJsonText("{"), parseJsonText(7), parseJsonText("7")],
      [{ a: 1 }, "{", 7, 7],
    );
    const words = list(text(), "[]").superRefine(once("word"));
    assert.deepEqual(taken(words, ["a", "b"]), ["a", "b"]);
    assert.equal(
      taken(words, ["a", "b", "a", "b"]),
      '2: "a" is there twice; name each word once; 3: "b" is there twice; name each word once',
    );
    const fields = list(text(), "[]").superRefine(once("letter", (word: string) => word.charAt(0), "first"));
    assert.equal(taken(fields, ["ab", "ac"]), "1: first: a is there twice; name each letter once");
  });

  it("values are shown short, on one line, and never a private key", () => {
    assert.deepEqual(
      [shown("a"), shown([1, "b"]), shown(undefined), shown(null), shown("a\n\t b  c"), shown("\u00a0")],
      ['"a"', '[1,"b"]', "undefined", "null", '"a b c"', '"\\u00a0"'],
    );
    assert.equal(shown("x".repeat(78)), `"${"x".repeat(78)}"`);
    assert.equal(shown("x".repeat(79)), `"${"x".repeat(76)}...`);
    assert.equal(shown("-----BEGIN PRIVATE KEY-----\nMC4C"), "(hidden: a private key)");
    assert.equal(shown({ key: "-----BEGIN RSA PRIVATE KEY-----" }), "(hidden: a private key)");
  });
});

describe("keys and names", () => {
  it("a key without a namespace, or in the old form, is the project's", () => {
    const keys = ["count", "own:count", "own:config:count", "aws:region", "aws:config:region", "a:b:c", "a:b:c:d"];
    assert.deepEqual(
      keys.map((key) => fullKey(key, "own")),
      ["own:count", "own:count", "own:count", "aws:region", "aws:region", "a:b:c", "a:b:c:d"],
    );
  });

  it("a namespace is the project's, or one of a package that the program uses", () => {
    for (const key of ["own:count", "aws:region", "pulumi:x"]) assert.equal(namespaceFault(key, "own"), undefined);
    for (const key of ["own:", ":count", "count", "a:b:c"])
      assert.match(
        namespaceFault(key, "own")?.message ?? "",
        /^not a key that Pulumi takes; write brokerCount, or own:b/,
      );
    assert.deepEqual(namespaceFault("awz:region", "own"), {
      path: "awz:region",
      message: "unknown namespace awz; did you mean aws?",
    });
    assert.match(namespaceFault("kubernetes:x", "own")?.message ?? "", /no effect: give one of own, aws, command, /);
  });

  it("a cluster is named after its stack, unless that is too long", () => {
    assert.deepEqual(["prod", "My_Team.Prod", "-a-", "__x__y__", "Ünder"].map(derivedClusterName), [
      "kafka-prod",
      "kafka-my-team-prod",
      "kafka-a",
      "kafka-x-y",
      "kafka-nder",
    ]);
    const named = (stack: string, config = {}) =>
      parseSettings({ ...sampleConfig, ...config }, { ...sampleContext, stack }).clusterName;
    assert.equal(named("x".repeat(26)), `kafka-${"x".repeat(26)}`);
    assert.throws(
      () => named("x".repeat(27)),
      /^SettingsError: clusterName: can't be derived: "kafka-x+" is too long; set clusterName to 32 characters or less$/,
    );
    assert.equal(named("x".repeat(27), { clusterName: "events" }), "events");
  });

  it("a region has the form of AWS's", () => {
    const inRegion = (region: string) => {
      const availabilityZones = ["a", "b", "c"].map((zone) => region + zone);
      return parseSettings({ ...sampleConfig, availabilityZones }, { ...sampleContext, region }).region;
    };
    for (const region of ["us-east-1", "ap-southeast-7", "mx-central-1"]) assert.equal(inRegion(region), region);
    for (const region of ["us-east-1a", "xus-east-1", "us-1", "useast1", "us-east-12", "US-EAST-1"])
      assert.throws(
        () => inRegion(region),
        new RegExp(`^SettingsError: aws:region: "${region}" is not an AWS region; set`),
      );
  });
});

describe("what is just allowed", () => {
  const subnetIds = ["subnet-00000001", "subnet-00000002", "subnet-00000003"];
  const cases: readonly Record<string, unknown>[] = [
    { brokerCount: 3, replicationFactor: 3, brokerMinimumRunning: 3 },
    { brokerCount: 90 },
    { brokerMinimumRunning: 2, minInsyncReplicas: 2 },
    { brokerMinimumRunning: 5 },
    { replicationFactor: 3, minInsyncReplicas: 2 },
    { brokerHeapMiB: 512 },
    { brokerHeapMiB: 256 },
    { brokerInstanceType: "m7g.xlarge", brokerHeapMiB: 8192 },
    { zookeeperHeapMiB: 512 },
    { brokerVolumeGiB: 8 },
    { brokerVolumeThroughputMiBps: 750 },
    { brokerVolumeThroughputMiBps: 1000, brokerVolumeIops: 4000 },
    { brokerVolumeIops: 15_000 },
    { brokerVolumeIops: 3000, brokerVolumeGiB: 8 },
    { brokerVolumeIops: 4000, brokerVolumeGiB: 8 },
    { brokerVolumeGiB: 65_536, brokerVolumeThroughputMiBps: 2000, brokerVolumeIops: 80_000 },
    { imageId: "ami-0123456789abcdef0" },
    {
      imageId: "ami-0123456789abcdef0",
      brokerInstanceType: "m7g.large",
      zookeeperInstanceType: "t4g.small",
      opsHostInstanceType: "t4g.micro",
    },
    { sshCidrs: ["203.0.0.0/8"] },
    { sshCidrs: ["0.0.0.0/0"], allowAnywhere: true },
    { clientCidrs: ["10.20.7.0/24"] },
    { clientCidrs: ["10.0.0.0/8"] },
    { clientCidrs: ["10.30.7.0/24"], clientRoutes: [{ cidr: "10.30.0.0/16", target: "tgw-0123456789abcdef0" }] },
    // The VPC's blocks are AWS's to say.
    { clientCidrs: ["10.30.7.0/24"], vpcId: "vpc-0123456789abcdef0" },
    { vpcId: "vpc-0123456789abcdef0", nodeSubnetIds: subnetIds, opsSubnetId: "subnet-00000004" },
    { clusterName: "a" },
    { clusterName: "sgx-kafka" },
    { clusterName: "x".repeat(32) },
    { dnsDomain: "a.b" },
    { dnsDomain: "my-ec2.internal" },
    { dnsDomain: `${"x".repeat(63)}.internal` },
    { tags: { names: "x", awsteam: "y", "kafka-on-ec3:x": "", ["k".repeat(127)]: "v".repeat(256) } },
    { tags: Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`tag-${index}`, ""])) },
    { zookeeperVersion: "3.8.6" },
    { zookeeperVersion: "3.9.5" },
    { zookeeperVersion: "3.8.12" },
    { topics: [] },
    { topics: ["a.b", "a-b", "a_c", "_a"].map((name) => ({ name, partitions: 1, retentionHours: 1 })) },
    { topics: [{ name: "x".repeat(249), partitions: 4000, retentionHours: 876_000 }] },
    { topics: [{ name: "a", partitions: 1, retentionHours: 1, cleanupPolicy: "compact,delete", retentionGiB: 1 }] },
    { topics: [{ name: "a", partitions: 1, retentionHours: 1, cleanupPolicy: "compact", compactedGiB: 1 }] },
    { brokerConfig: ["num.io.threads=1", "num.network.threads=256", "connections.max.idle.ms=10000"] },
    { permissionsBoundary: "arn:aws:iam::aws:policy/PowerUserAccess" },
    { kmsKeyId: "alias/kafka" },
    { kmsKeyId: "mrk-0123456789abcdef0123456789abcdef" },
    { kmsKeyId: "01234567-89ab-cdef-0123-456789abcdef" },
    { dnsVpcIds: ["vpc-01234567", "eu-west-1/vpc-0123456789abcdef0"] },
    { flowLogDestination: "arn:aws:s3:::my-logs/kafka/" },
    {
      rollOverride: [
        { topic: "user-activity", passOver: ["writes"], day: "2028-02-29", reason: "a disk of kafka-2 is lost: #42" },
        { topic: "__consumer_offsets", passOver: ["moving", "behind"], day: "2026-11-29", reason: "INC-7" },
      ],
    },
  ];
  for (const config of cases)
    it(JSON.stringify(config).slice(0, 100), () => assert.doesNotThrow(() => sampleSettings(config)));
});
