import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { repository } from "../../../artifacts/repository";
import { readStackFile } from "../../../settings/stackFile";
import { shellQuoted } from "../../../planning/cluster/shellQuoting";
import { sshFiles } from "../../../stack/opsAccess";
import { labEndpoint, parseExports } from "../../../stack/environment";
import { fileBackend, lockState, readLocks, removeEmptyAttributes } from "../../../stack/fileBackend";
import { explainPulumiFailure, failureKind } from "../../../stack/pulumiFailures";
import {
  checkStackFile,
  hasStackFile,
  knownStacks,
  project,
  settingsOf,
  stackFile,
  withConfigFile,
  withGiven,
} from "../../../stack/stackFile";
import { rawStackOutputs } from "../../../stack/stackOutputs";
import { withoutSelection } from "../../../stack/supervisedPulumi";
import { explain, UserError } from "../../../cli/userError";
import { SettingsError } from "../../../settings/faults";

describe("the lab's environment", () => {
  it("is read as a shell would read it", () => {
    const text =
      `export A='x y'\nexport B="p\\"q"\nexport C=bare\nexport D='it'\\''s'\nexport E=''\n# ` + `export F=1\nG=2\n`;
    assert.deepEqual(parseExports(text), { A: "x y", B: 'p"q', C: "bare", D: "it's", E: "" });
    for (const key of ["A", "B", "C", "D", "E"]) {
      const shell = execFileSync("bash", ["-c", `${text}\nprintf %s "$${key}"`], { encoding: "utf8" });
      assert.equal(parseExports(text)[key], shell);
    }
  });

  it("survives quoting, whatever the value", () => {
    fc.assert(
      fc.property(
        fc.string().filter((value) => !/[\n\r\u2028\u2029]/.test(value)),
        (value) => {
          assert.equal(parseExports(`export KEY=${shellQuoted(value)}`).KEY, value);
        },
      ),
    );
  });
});

describe("the lab", () => {
  it("is known by where the environment leads, whatever the stack is called", () => {
    const endpoint = "http://198.51.100.1:4566";
    assert.equal(labEndpoint({ AWS_ENDPOINT_URL: endpoint }), endpoint);
    for (const other of ["https://ec2.us-east-1.amazonaws.com", "http://localhost:4566", "http://198.51.100.1.example"])
      assert.equal(labEndpoint({ AWS_ENDPOINT_URL: other }), undefined, other);
    assert.equal(labEndpoint({}), undefined);
  });
});

describe("what reaches out", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "kafka-reach-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("does not wait for a state backend without end", async () => {
    writeFileSync(join(folder, "pulumi"), "#!/bin/sh\nexec sleep 30\n", { mode: 0o755 });
    const environment = { ...(process.env as Record<string, string>), PATH: `${folder}:${process.env.PATH}` };
    await assert.rejects(rawStackOutputs("prod", environment, 0.3), {
      name: "UserError",
      message: /^pulumi stack output: no answer within 0\.3 s/,
    });
  });

  it("does not wait for an ops host without end", () => {
    const files = sshFiles({ target: "ec2-user@198.51.100.10", hostKey: "ssh-ed25519 AAAA" });
    try {
      const effective = execFileSync("ssh", ["-G", ...files.options, "198.51.100.10"], { encoding: "utf8" });
      for (const line of ["connecttimeout 10", "serveraliveinterval 5", "serveralivecountmax 3"])
        assert.ok(effective.split("\n").includes(line), line);
    } finally {
      files.remove();
    }
  });
});

describe("a stack's lock", () => {
  const running = (pid: number, name: string) => ({ pid, parent: 1, name, start: "1" });
  const processes = { host: "here", processes: [running(11, "pulumi"), running(12, "bash")] };
  const lock = (pid: number, hostname = "here") => ({ pid, hostname });

  it("is told apart by who holds it", () => {
    assert.deepEqual(lockState([], processes), { kind: "free" });
    assert.deepEqual(lockState([lock(99)], processes), { kind: "abandoned" });
    // Its id was given out again.
    assert.deepEqual(lockState([lock(12)], processes), { kind: "abandoned" });
    assert.deepEqual(lockState([lock(11)], processes), { kind: "in use", pid: 11 });
    assert.deepEqual(lockState([lock(99), lock(11)], processes), { kind: "in use", pid: 11 });
    assert.deepEqual(lockState([lock(99, "there")], processes), { kind: "foreign", host: "there" });
  });

  it("is found in a file backend, for its own stack only", () => {
    const folder = mkdtempSync(join(tmpdir(), "locks-"));
    try {
      for (const stack of ["local", "prod"]) {
        const locks = join(folder, ".pulumi/locks/organization/kafka-on-ec2", stack);
        mkdirSync(locks, { recursive: true });
        writeFileSync(join(locks, "id.json"), JSON.stringify({ pid: stack.length, username: "root", hostname: "h" }));
      }
      assert.deepEqual(
        readLocks(`file://${folder}`, "local").map(({ pid }) => pid),
        [5],
      );
      assert.equal(readLocks(fileBackend(folder), "local").length, 1);
      assert.deepEqual(readLocks(`file://${folder}/absent`, "local"), []);
      assert.deepEqual(readLocks("https://api.pulumi.com", "local"), []);
      assert.deepEqual(readLocks("s3://bucket", "local"), []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("a file backend", () => {
  it("is freed of attributes that were never written, and of nothing else", () => {
    const folder = mkdtempSync(join(tmpdir(), "attributes-"));
    try {
      const stacks = join(folder, ".pulumi/stacks/kafka-on-ec2");
      const locks = join(folder, ".pulumi/locks/organization/kafka-on-ec2/a");
      for (const each of [stacks, locks]) mkdirSync(each, { recursive: true });
      writeFileSync(join(locks, "id.json.attrs"), "");
      const files = { "a.json": "{}", "a.json.attrs": "", "a.json.bak": "", "b.json": "", "b.json.attrs": "{}" };
      for (const [name, text] of Object.entries(files)) writeFileSync(join(stacks, name), text);
      assert.equal(removeEmptyAttributes(fileBackend(folder)), true);
      assert.deepEqual(readdirSync(stacks).sort(), ["a.json", "a.json.bak", "b.json", "b.json.attrs"]);
      assert.deepEqual(readdirSync(locks), []);
      assert.equal(removeEmptyAttributes(`file://${folder}`), false);
      assert.equal(removeEmptyAttributes("s3://bucket"), false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("Pulumi's failures", () => {
  it("are told apart by their texts", () => {
    assert.equal(failureKind("error: no stack named 'prod' found\n"), "no stack");
    assert.equal(failureKind("error: the stack is currently locked by 1 lock(s). Either wait"), "locked");
    assert.equal(failureKind("error: [409] Conflict: Another update is currently in progress."), "locked");
    assert.equal(failureKind("error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or"), "no passphrase");
    assert.equal(
      failureKind("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions"),
      "not logged in",
    );
    assert.equal(failureKind('resource "urn" cannot be deleted\nbecause it is protected.'), "protected");
    assert.equal(
      failureKind("create is not allowed by the plan: no steps were expected for this resource"),
      "off plan",
    );
    assert.equal(failureKind("error: failed to load checkpoint: EOF"), "empty attributes");
    assert.equal(failureKind("error: failed to load checkpoint: blob (code=Unknown): ExpiredToken"), "other");
    assert.equal(failureKind("error: something else"), "other");
  });

  it("say what to do", () => {
    assert.match(explainPulumiFailure("error: no stack named 'prod' found", "prod"), /npm run deploy -- --stack prod/);
    assert.match(
      explainPulumiFailure("error: the stack is currently locked by 1 lock(s).", "prod"),
      /pulumi cancel --stack prod/,
    );
    assert.match(
      explainPulumiFailure("error: failed to load checkpoint: EOF", "prod"),
      /load checkpoint: EOF\n.*killed.*npm run deploy -- --stack prod/s,
    );
    assert.equal(explainPulumiFailure("error: something else\n", "prod"), "something else");
    assert.equal(explainPulumiFailure("", "prod"), "Pulumi failed and said nothing");
  });

  it("tell which properties are other than planned, and not their values, which may be secret", () => {
    const text =
      "error: resource urn:x::kafka-1 violates plan: properties changed: ~~size[{10}!={20}], +-key[{hush}]\n";
    assert.match(explainPulumiFailure(text, "x"), /violates plan: properties changed: size, key\nthis is not what/);
  });

  it("are free of a stack trace when a setting is at fault", () => {
    const text = "error: SettingsError: 1 fault\nbrokers.count: 2\n    at Object.<anonymous> (/x.ts:1:2)\n";
    assert.equal(explainPulumiFailure(text, "x"), "SettingsError: 1 fault\nbrokers.count: 2");
  });
});

describe("the user's Pulumi", () => {
  it("keeps its selected stack", () => {
    assert.deepEqual(withoutSelection(["stack", "select", "--stack", "prod"]), [
      "stack",
      "--show-name",
      "--stack",
      "prod",
    ]);
    assert.deepEqual(withoutSelection(["stack", "init", "prod"]), ["stack", "init", "prod", "--no-select"]);
    assert.deepEqual(withoutSelection(["up", "--yes"]), ["up", "--yes"]);
  });
});

describe("stack files", () => {
  it("are found by the stack's short name", () => {
    assert.ok(knownStacks().includes("local") && knownStacks().includes("prod"));
    assert.equal(hasStackFile("acme/prod"), true);
    assert.equal(hasStackFile("no-such-stack"), false);
  });

  it("of this project are free of faults", () => {
    for (const stack of knownStacks()) assert.doesNotThrow(() => checkStackFile(stack, {}), stack);
  });

  it("of staging and production name the same brokers, copies, zones and topics", () => {
    const shape = (stack: string) => {
      const settings = settingsOf(readFileSync(stackFile(stack), "utf8"), stack, undefined);
      assert.ok(settings);
      const { count, minimumRunning, replicationFactor, minInsyncReplicas } = settings.brokers;
      const topics = settings.topics.map(({ name, partitions }) => ({ name, partitions }));
      const { zones } = settings.network;
      const { imageId } = settings;
      return {
        count,
        minimumRunning,
        replicationFactor,
        minInsyncReplicas,
        zookeeper: settings.zookeeper.count,
        zones,
        topics,
        imageId,
      };
    };
    assert.deepEqual(shape("staging"), shape("prod"));
  });

  for (const [set, why] of [
    ["brokerCount=2", /brokerCount/],
    ["brokerCount=many", /brokerCount: .*many/],
    ["topics=clicks", /topics: .*clicks.* is not a list/],
    ["brokerCuont=7", /brokerCuont: .*brokerCount/],
  ] as const) {
    it(`are checked with what the command line sets: ${set}`, async () => {
      const text = withGiven(readFileSync(join(repository, "Pulumi.prod.yaml"), "utf8"), [set]);
      await withConfigFile("prod", text, (file) =>
        Promise.resolve(assert.throws(() => checkStackFile("prod", {}, file), why)),
      );
    });
  }

  it("take lists and another region from the command line, too, and keep their comments", () => {
    const text = withGiven("config:\n  # ours\n  brokerCount: 5\n", [
      "kafka-on-ec2:brokerCount=7",
      'sshCidrs=["192.0.2.0/28"]',
      "aws:region=eu-west-1",
    ]);
    assert.match(text, /# ours\n {2}brokerCount: "7"/);
    const { raw, context } = readStackFile(text, { project, stack: "t" });
    assert.deepEqual(raw, { brokerCount: 7, sshCidrs: ["192.0.2.0/28"] });
    assert.equal(context.region, "eu-west-1");
  });

  it("are left to the program when there is none", () => {
    assert.doesNotThrow(() => checkStackFile("no-such-stack", {}));
  });
});

describe("errors", () => {
  it("of the user's making are shown without a stack trace", () => {
    assert.equal(explain(new UserError("give --yes")), "give --yes");
    const faults = new SettingsError([{ path: "brokerCount", message: "2 is below 3" }]);
    assert.equal(explain(faults), "the configuration is wrong:\n  brokerCount: 2 is below 3");
    assert.match(explain(Object.assign(new Error("x"), { name: "CredentialsProviderError" })), /AWS_PROFILE/);
    assert.match(explain(Object.assign(new Error("connect"), { code: "ECONNREFUSED" })), /does not answer/);
  });

  it("that nobody foresaw keep theirs", () => {
    assert.match(explain(new Error("defect")), /\n\s+at /);
  });
});
