import assert from "node:assert/strict";
import { sampleKeyPair } from "./sampleKeys";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repository } from "../../../artifacts/repository";
import { SettingsError } from "../../../settings/faults";
import { packageNamespaces } from "../../../settings/namespaces";
import { parseSettings } from "../../../settings/check";
import { readStackFile, withConfig, type StackFile } from "../../../settings/stackFile";

const names = { project: "kafka-on-ec2", stack: "x" };
const read = (...lines: readonly string[]): StackFile => readStackFile(lines.join("\n"), names);

function faultOf(...lines: readonly string[]): string {
  try {
    read(...lines);
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.message;
  }
  assert.fail(`read: ${lines.join("|")}`);
}

// Each as `pulumi config` 3.232 reads it.
describe("a stack's file is read as Pulumi reads it:", () => {
  it("a key without a namespace, or in its old form, is the project's", () => {
    const { raw, config, lines } = read("config:", "  brokerCount: 7", "  kafka-on-ec2:config:zookeeperCount: 5");
    assert.deepEqual(raw, { brokerCount: 7, zookeeperCount: 5 });
    assert.deepEqual(config, { "kafka-on-ec2:brokerCount": 7, "kafka-on-ec2:zookeeperCount": 5 });
    assert.deepEqual(lines, { "kafka-on-ec2:brokerCount": 2, "kafka-on-ec2:zookeeperCount": 3 });
  });

  it("keys of the packages that the program uses, and Pulumi's, are not the project's", () => {
    const { raw, context } = read("config:", "  aws:region: eu-west-1", "  pulumi:disable-default-providers: ['*']");
    assert.deepEqual([raw, context.region], [{}, "eu-west-1"]);
    const { dependencies } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
      dependencies: Readonly<Record<string, string>>;
    };
    // The policy pack runs beside the program, which does not use its package.
    const used = Object.keys(dependencies).flatMap((name) => /^@pulumi\/(?!policy$)(.*)/.exec(name)?.[1] ?? []);
    assert.deepEqual(packageNamespaces, used.sort());
  });

  it("text for a number, as `pulumi config set` writes it, is the number", () => {
    const { raw } = read(
      "config:",
      '  brokerCount: "7"',
      "  workloadIngestMBps: '1.5'",
      '  guardianDryRun: "true"',
      "  kmsKeyId: 12345",
      "  zookeeperCount: five",
    );
    assert.deepEqual(raw, {
      brokerCount: 7,
      workloadIngestMBps: 1.5,
      guardianDryRun: true,
      kmsKeyId: "12345",
      zookeeperCount: "five",
    });
  });

  it("lists and maps, as `pulumi config set --path` writes them, are values", () => {
    const { raw } = read(
      "config:",
      "  kafka-on-ec2:sshCidrs:",
      "    - 203.0.113.7/32",
      "  kafka-on-ec2:tags:",
      "    team: events",
      "  topics: [{name: a, partitions: 3, retentionHours: 24}]",
    );
    assert.deepEqual(raw, {
      sshCidrs: ["203.0.113.7/32"],
      tags: { team: "events" },
      topics: [{ name: "a", partitions: 3, retentionHours: 24 }],
    });
  });

  it("what `pulumi config set` makes of an empty config is one line", () => {
    const text =
      `config: {'kafka-on-ec2:tags': {costCenter: 1234}, 'kafka-on-ec2:sshCidrs': [1.2.3.4/32, {secure: 'v1:a:b'}], ` +
      `'kafka-on-ec2:brokerCount': "7"}\nencryptionsalt: v1:a:v1:b\n`;
    const { raw, encrypted, encryptionsalt } = readStackFile(text, names);
    assert.deepEqual([raw.tags, raw.brokerCount, encrypted], [{ costCenter: 1234 }, 7, ["sshCidrs"]]);
    assert.equal(encryptionsalt, "v1:a:v1:b");
    const changed = readStackFile(withConfig(text, { brokerCount: 9, zookeeperCount: 5 }, names), names);
    assert.deepEqual([changed.raw.brokerCount, changed.raw.zookeeperCount, changed.encrypted], [9, 5, ["sshCidrs"]]);
  });

  it("what is left empty is the empty text", () => {
    const { raw } = read("config:", "  imageId:", "  brokerCount: ~");
    assert.deepEqual(raw, { imageId: "", brokerCount: "" });
    assert.throws(() => parseSettings(raw, { ...names, region: "us-east-1" }), /brokerCount: "" is not a whole number/);
  });

  it("merged maps and aliases are what they stand for", () => {
    const { raw } = read("config:", "  <<: {brokerCount: 6}", "  sshCidrs: &own [10.0.0.0/8]", "  clientCidrs: *own");
    assert.deepEqual(raw, { brokerCount: 6, sshCidrs: ["10.0.0.0/8"], clientCidrs: ["10.0.0.0/8"] });
  });

  it("an empty file, or an empty config, has no settings", () => {
    for (const text of [
      "",
      "# nothing yet\n",
      "config:\n",
      "config: {}\n",
      "encryptionsalt: v1:x\n",
      "\ufeffconfig:\n",
    ]) {
      assert.deepEqual(readStackFile(text, names).raw, {}, JSON.stringify(text));
    }
  });

  it("a secret is encrypted, also within a list or a map", () => {
    const { raw, encrypted } = read(
      "config:",
      "  brokerCount: 7",
      "  sshPrivateKey: {secure: v1:a:b}",
      "  sshCidrs: [{secure: v1:a:b}]",
      "  topics: [{name: a, config: {x: {secure: v1:a:b}}}]",
      "  tags: {secure: v1:a:b, team: x}",
    );
    assert.deepEqual(encrypted, ["sshPrivateKey", "sshCidrs", "topics"]);
    assert.match(String(raw.sshPrivateKey), /^-----BEGIN PRIVATE KEY-----/);
  });

  it("an encrypted private key counts as given", () => {
    const { raw, context } = read(
      "config:",
      "  aws:region: us-east-1",
      "  kafka-on-ec2:sshCidrs: [198.51.100.7/32]",
      `  kafka-on-ec2:sshPublicKey: ${sampleKeyPair().sshPublicKey}`,
      "  kafka-on-ec2:sshPrivateKey:",
      "    secure: v1:abc:def",
    );
    assert.equal(parseSettings(raw, context).region, "us-east-1");
  });

  it("an environment of Pulumi's service may hold more settings", () => {
    assert.equal(read("environment: [prod]").hasEnvironment, true);
    assert.equal(read("config: {}").hasEnvironment, false);
  });
});

describe("a stack's file, value by value", () => {
  it("a plain value that go-yaml takes for another one than it looks is named, any other is not", () => {
    const reading = (value: string) => {
      try {
        read("config:", `  tags: {team: ${value}}`);
        return "";
      } catch (error) {
        return /is read as (.*); put/.exec((error as SettingsError).message)?.[1];
      }
    };
    for (const value of ["010", "+010", "-010"]) assert.equal(reading(value), "an octal number", value);
    for (const value of ["1_000", "10_00_0", "-1_000", "+1_000", "1_"])
      assert.equal(reading(value), "a number without its _", value);
    for (const value of [
      "2027-01-31",
      "2027-1-31",
      "2027-01-3",
      "2027-01-31T10:00",
      "2027-01-31t1",
      "2027-01-31 10:00",
    ])
      assert.equal(reading(value), "a time of day", value);
    for (const value of [
      "010x",
      "x010",
      "0",
      "10",
      "1_000x",
      "x1_000",
      "_1",
      "2027-01-31x",
      "x2027-01-31",
      "'010'",
      '"1_0"',
    ])
      assert.equal(reading(value), "", value);
    assert.deepEqual(read("config:", "  tags: {2027-01-31: day}").raw, { tags: { "2027-01-31": "day" } });
  });

  it("a list or a map in quotes is named as what it should be, a single text is left to the check", () => {
    assert.match(
      faultOf("config:", `  tags: '{"a": "b"}'`),
      /^Pulumi\.x\.yaml:2: tags is a text, .* nothing but a map;/,
    );
    assert.match(faultOf("config:", `  topics: '[]'`), /nothing but a list;/);
    assert.deepEqual(read("config:", "  sshCidrs: 203.0.113.7/32", `  clusterName: '["a"]'`).raw, {
      sshCidrs: "203.0.113.7/32",
      clusterName: '["a"]',
    });
  });

  it("what stands beside config is Pulumi's or nobody's, unless it is one of the settings", () => {
    assert.deepEqual(read("environment:", "secretsprovider: x", "other: 1", "config: {brokerCount: 7}").raw, {
      brokerCount: 7,
    });
    assert.equal(read("environment:").hasEnvironment, false);
    assert.match(faultOf("own:brokerCount: 7"), /^Pulumi\.x\.yaml:1: own:brokerCount is outside of config/);
    assert.equal(read("encryptionsalt: v1:x").encryptionsalt, "v1:x");
  });

  it("a region that is no text counts as none", () => {
    for (const region of ["", "''", "7", "[us-east-1]"])
      assert.equal(read("config:", `  aws:region: ${region}`).context.region, undefined, region);
  });

  it("what is passed on has the type of its setting; what is encrypted has the form that Pulumi gives it", () => {
    const { raw, encrypted } = read(
      "config:",
      "  kmsKeyId: true",
      "  clusterName: 7",
      "  brokerCount: true",
      "  tags: {secure: 7}",
      "  topics: [{secure: a, other: b}]",
    );
    assert.deepEqual(raw, {
      kmsKeyId: "true",
      clusterName: "7",
      brokerCount: true,
      tags: { secure: 7 },
      topics: [{ secure: "a", other: "b" }],
    });
    assert.deepEqual(encrypted, []);
  });

  it("the bracket that is never closed is the last one that is open", () => {
    assert.match(
      faultOf("config:", "  tags: {team: x}", "  topics: [", "    {name: a},", "    {name: b,", "  brokerCount: 7"),
      /^Pulumi\.x\.yaml:[35]: /,
    );
    assert.match(
      faultOf("config:", "  sshCidrs: [a]", "  clientCidrs: [b", "  tags:"),
      /^Pulumi\.x\.yaml:3: a bracket/,
    );
  });
});

describe("a stack's file that is not as it should be is refused with file, line and remedy:", () => {
  const cases: Readonly<Record<string, readonly [readonly string[], string]>> = {
    "a tab": [
      ["config:", "\tbrokerCount: 7"],
      "Pulumi.x.yaml:2: a tab at the beginning of the line; indent with spaces",
    ],
    "a doubled key": [
      ["config:", "  brokerCount: 7", "  brokerCount: 8"],
      "Pulumi.x.yaml:3: this key is there already; keep one of them",
    ],
    "a key in two forms": [
      ["config:", "  brokerCount: 7", "  kafka-on-ec2:brokerCount: 8"],
      "Pulumi.x.yaml:3: kafka-on-ec2:brokerCount is in line 2 already, in another form; keep one",
    ],
    "an open bracket": [
      ["config:", "  brokerCount: 7", "  sshCidrs: [203.0.113.7/32", "  zookeeperCount: 3", ""],
      "Pulumi.x.yaml:3: a bracket is opened and not closed; end the list with ]",
    ],
    "an open brace": [
      ["config:", "  tags: {team: x", "brokerCount: 7"],
      "Pulumi.x.yaml:2: a bracket is opened and not closed; end the map with }",
    ],
    "a list at the top": [
      ["- brokerCount: 7"],
      "Pulumi.x.yaml:1: a list where a map is wanted; begin with config: and indent the settings",
    ],
    "a text at the top": [
      ["brokerCount=7"],
      "Pulumi.x.yaml:1: a text where a map is wanted; begin with config: and indent the settings",
    ],
    "a list as config": [
      ["# ours", "config:", "  - brokerCount: 7"],
      "Pulumi.x.yaml:3: config is a list; write one setting a line, e.g. brokerCount: 5",
    ],
    "a colon in a value": [
      ["config:", "  kmsKeyId: because: of it"],
      "Pulumi.x.yaml:2: a colon and a space within a value; put the value in quotes",
    ],
    "a value that begins with a sign of YAML": [
      ["config:", "  dnsDomain: @kafka.internal"],
      "Pulumi.x.yaml:2: a value can't begin with this character; put it in quotes",
    ],
    "an alias of nothing": [
      ["config:", "  dnsDomain: *kafka"],
      "Pulumi.x.yaml:2: *kafka stands for nothing; put it in quotes",
    ],
    "a second document": [
      ["config:", "  brokerCount: 7", "---", "config:", "  brokerCount: 9"],
      "Pulumi.x.yaml:3: a second document (---), which Pulumi does not read; keep one",
    ],
    "settings beside config": [
      ["config:", "  aws:region: us-east-1", "brokerCount: 7"],
      "Pulumi.x.yaml:3: brokerCount is outside of config, where nobody reads it; indent it below config:",
    ],
    "a misspelt namespace": [
      ["config:", "  kafka-on-ec:brokerCount: 7"],
      "Pulumi.x.yaml:2: kafka-on-ec:brokerCount: unknown namespace kafka-on-ec; did you mean kafka-on-ec2?",
    ],
    "a namespace of something else": [
      ["config:", "  kubernetes:context: x"],
      "Pulumi.x.yaml:2: kubernetes:context: unknown namespace kubernetes; it would have no effect: give one of " +
        "kafka-on-ec2, aws, command, pulumi, random, tls, or remove it",
    ],
    "a key with too many parts": [
      ["config:", "  a:b:c: 7"],
      "Pulumi.x.yaml:2: a:b:c: not a key that Pulumi takes; write brokerCount, or kafka-on-ec2:brokerCount",
    ],
    "a list in quotes": [
      ["config:", `  sshCidrs: '["203.0.113.7/32"]'`],
      "Pulumi.x.yaml:2: sshCidrs is a text, where Pulumi takes nothing but a list; remove the quotes around it",
    ],
    "a number with a leading zero": [
      ["config:", "  brokerCount: 010"],
      "Pulumi.x.yaml:2: 010 is read as an octal number; put it in quotes",
    ],
    "a date": [
      ["config:", "  tags:", "    until: 2027-01-31"],
      "Pulumi.x.yaml:3: 2027-01-31 is read as a time of day; put it in quotes",
    ],
  };
  for (const [what, [lines, says]] of Object.entries(cases)) it(what, () => assert.equal(faultOf(...lines), says));

  it("all faults at once, where it is YAML", () => {
    const faults = faultOf("brokerCount: 7", "config:", "  kafka-on-ec:brokerCount: 7", "  tags: {costCenter: 0042}");
    assert.deepEqual(
      faults.split("\n").map((line) => line.split(": ", 1)[0]),
      ["Pulumi.x.yaml:1", "Pulumi.x.yaml:3", "Pulumi.x.yaml:4"],
    );
  });
});

describe("a stack's file with other settings", () => {
  it("has them where they are already, in whatever form, and else at the end of config", () => {
    const text = "config:\n  # why seven\n  brokerCount: 7\n  aws:region: us-east-1\nencryptionsalt: v1:x\n";
    const changed = withConfig(text, { brokerCount: 9, "aws:region": "eu-west-1", zookeeperCount: 5 }, names);
    assert.equal(
      changed,
      "config:\n  # why seven\n  brokerCount: 9\n  aws:region: eu-west-1\n  kafka-on-ec2:zookeeperCount: 5\n" +
        "encryptionsalt: v1:x\n",
    );
    const long = `config:\n  kafka-on-ec2:clusterName: a\n  kafka-on-ec2:kmsKeyId: ${"because of it ".repeat(20)}x\n`;
    assert.equal(withConfig(long, { clusterName: "b" }, names), long.replace("Name: a", "Name: b"));
    assert.deepEqual(parse(withConfig("config:\n", { brokerCount: 9 }, names)), {
      config: { "kafka-on-ec2:brokerCount": 9 },
    });
    assert.deepEqual(parse(withConfig("", { brokerCount: 9 }, names)), { config: { "kafka-on-ec2:brokerCount": 9 } });
  });
});
