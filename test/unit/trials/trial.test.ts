import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { standingCost } from "../../../planning/cluster/cost";
import { overloadFaults, roomFaults } from "../../../planning/capacity/overload";
import { scriptText } from "../../../trials/drills/nodeScript";
import { repository } from "../../../artifacts/repository";
import { settingsOf } from "../../../stack/stackFile";
import { nextLaunch, retrySeconds, terminatedFirst } from "../../../trials/trial/activities";
import { readCommandLine } from "../../../cli/command";
import { trialCommand, trialRequest } from "../../../trials/trial/arguments";
import type { Assumption } from "../../../trials/trial/assumptions";
import { trialHome } from "../../../trials/trial/home";
import { leftoversText, removeLeftovers, type Kind } from "../../../trials/trial/leftovers";
import { offeredKeys, parseObservation } from "../../../trials/trial/machineObservations";
import { trialNames } from "../../../trials/trial/names";
import { hasPassed, trialText } from "../../../trials/trial/report";
import { chooseZones, labStackText, trialStackText, withSettings } from "../../../trials/trial/stackText";
import { stackExists } from "../../../trials/trial/trialStack";
import { allHold, verdicts } from "../../../trials/trial/verdicts";

describe("npm run trial: the command line", () => {
  const read = (args: readonly string[]) => trialRequest(readCommandLine(trialCommand, args).values);

  it("wants a region, or the lab", () => {
    assert.deepEqual(read(["--region", "eu-central-1"]), {
      kind: "trial",
      place: "aws",
      region: "eu-central-1",
      yes: false,
      sshCidr: undefined,
      json: undefined,
    });
    assert.equal(read(["--local"]).place, "lab");
    assert.equal(read(["--clean", "--region", "us-gov-west-1", "--yes"]).kind, "clean");
  });

  it("refuses what it can't mean", () => {
    const refused = (args: readonly string[], why: RegExp) => assert.throws(() => read(args), why);
    refused([], /--region is missing/);
    refused(["--local", "--region", "us-east-1"], /exclude each other/);
    refused(["--region", "us-east-1a"], /--region us-east-1a: a region such as us-east-1/);
    refused(["--region", "us-east-1", "--ssh-cidr", "home"], /--ssh-cidr home/);
    refused(["--region", "us-east-1", "--destroy"], /--destroy.*--help` shows the options/);
    refused(["--region", "us-east-1", "--json", "/no/such/folder/x.json"], /there is no folder/);
  });

  it("gives each region's trial a name of its own, that fits into all that is named after it", () => {
    const names = trialNames({ place: "aws", region: "ap-southeast-1" });
    assert.equal(names.stack, "trial-ap-southeast-1");
    assert.equal(names.cleanCommand, "npm run trial -- --clean --region ap-southeast-1");
    assert.equal(trialNames({ place: "lab", region: "us-east-1" }).cleanCommand, "npm run trial -- --clean --local");
  });
});

describe("npm run trial: the stack", () => {
  const read = (...path: string[]) => readFileSync(join(repository, ...path), "utf8");
  const template = read("trials", "trial", "settings.yaml");
  const zones = ["ap-southeast-1a", "ap-southeast-1b", "ap-southeast-1c"];
  const text = trialStackText(template, {
    region: "ap-southeast-1",
    clusterName: "trial-ap-southeast-1",
    zones,
    sshCidr: "203.0.113.7/32",
  });
  const settings = settingsOf(text, "trial-ap-southeast-1", undefined);

  it("has settings that the program accepts, small and without protected data", () => {
    assert.ok(settings);
    assert.deepEqual([...roomFaults(settings), ...overloadFaults(settings)], []);
    assert.equal(settings.region, "ap-southeast-1");
    assert.deepEqual(settings.network.zones, zones);
    assert.deepEqual(settings.access.sshCidrs, ["203.0.113.7/32"]);
    assert.equal(settings.dataProtection, false);
    // Or no broker could be replaced.
    assert.ok(settings.brokers.count > settings.brokers.minimumRunning);
  });

  it("costs less than a dollar for two hours", () => {
    assert.ok(settings);
    const { hourly, monthly } = standingCost(settings);
    assert.ok(2 * hourly + monthly < 1, `${hourly} an hour, ${monthly} a month`);
    // Seven instances of $0.0104, three endpoints and an address: more than that, and not twice it.
    assert.ok(hourly > 0.107 && hourly < 0.2, String(hourly));
  });

  it("is also one for the lab, with the local stack's way to AWS and secrets", () => {
    const local = read("Pulumi.local.yaml");
    const lab = labStackText(template, local, "trial-local");
    const inLab = settingsOf(lab, "trial-local", undefined);
    assert.ok(inLab);
    assert.equal(inLab.clusterName, "trial-local");
    const file = parse(lab) as { config: Record<string, unknown>; encryptionsalt: string };
    const localFile = parse(local) as typeof file;
    assert.deepEqual(file.config["aws:endpoints"], localFile.config["aws:endpoints"]);
    assert.equal(file.encryptionsalt, localFile.encryptionsalt);
    // The local stack's user has rights on its own cluster only.
    assert.equal(file.config["aws:accessKey"], undefined);
    // Both may stand in one lab.
    assert.notEqual(inLab.network.vpcCidr, settingsOf(local, "local", undefined)?.network.vpcCidr);
  });

  it("keeps what Pulumi has written into its file when a setting changes", () => {
    const changed = withSettings(`${text}encryptionsalt: v1:abc\n`, { brokerCount: 5 });
    assert.match(changed, /encryptionsalt: v1:abc/);
    assert.equal(settingsOf(changed, "trial-ap-southeast-1", undefined)?.brokers.count, 5);
  });

  it("is in the first three zones that have its machines", () => {
    const all = ["e", "a", "b", "d", "c"].map((letter) => ({ name: `us-east-1${letter}`, types: ["t3.micro"] }));
    const some = all.map((zone) => (zone.name === "us-east-1b" ? { ...zone, types: [] } : zone));
    assert.deepEqual(chooseZones(some, ["t3.micro"], "us-east-1"), ["us-east-1a", "us-east-1c", "us-east-1d"]);
    assert.throws(
      () => chooseZones(all.slice(0, 2), ["t3.micro"], "us-east-1"),
      /us-east-1: only us-east-1e, us-east-1a with t3.micro, three are needed; take another region/,
    );
  });
});

const example = (id: string, more: Partial<Assumption> = {}): Assumption => ({
  id,
  assumption: `${id} is so.`,
  source: "a document",
  check: "by looking",
  expected: "yes",
  matches: (seen) => seen === "yes",
  code: ["index.ts"],
  ...more,
});

describe("npm run trial: verdicts", () => {
  const verdictOf = (one: Assumption, seen: readonly string[], place: "aws" | "lab" = "aws") => {
    const looks = seen.map((text, index) => ({ id: one.id, where: `kafka-${index + 1}`, seen: text }));
    const [row] = verdicts([one], looks, place);
    assert.ok(row);
    return row;
  };

  it("holds only where every look saw what is expected, and says where one did not", () => {
    assert.equal(verdictOf(example("x"), ["yes", "yes"]).verdict, "holds");
    const differs = verdictOf(example("x"), ["yes", "no"]);
    assert.deepEqual([differs.verdict, differs.seen], ["differs", "kafka-1: yes; kafka-2: no"]);
    assert.ok(!allHold([differs]));
  });

  it("does not pass over what nobody looked at, unless the lab can't answer or there was no occasion", () => {
    const missed = verdictOf(example("x"), []);
    assert.deepEqual([missed.verdict, missed.why], ["not checked", "the trial did not come to it"]);
    assert.ok(!allHold([missed]));
    const chance = verdictOf(example("x", { byChance: true }), []);
    assert.equal(chance.why, "there was no occasion");
    const onlyOnAws = example("x", { onlyOnAws: "the lab has no money" });
    assert.equal(verdictOf(onlyOnAws, ["no"], "lab").why, "only on AWS: the lab has no money");
    assert.ok(allHold([chance, verdictOf(onlyOnAws, [], "lab")]));
    assert.equal(verdictOf(onlyOnAws, ["no"]).verdict, "differs");
    assert.ok(!allHold([verdictOf(onlyOnAws, [])]));
  });

  it("knows every id", () => {
    assert.throws(
      () => verdicts([example("x")], [{ id: "y", seen: "yes" }], "aws"),
      /y is observed, and no assumption/,
    );
  });

  it("are a table, with all there is to know of what differs", () => {
    const rows = verdicts(
      [example("good"), example("bad")],
      [
        { id: "good", seen: "yes" },
        { id: "bad", seen: "no" },
      ],
      "aws",
    );
    const rest = {
      place: "aws",
      region: "us-east-1",
      stack: "trial-us-east-1",
      startedAt: "2026-11-28T00:00:00.000Z",
      seconds: 100,
      steps: [{ name: "first deploy", seconds: 60, result: "updated" }],
      assumptions: rows,
      left: [],
    } as const;
    const text = trialText({ passed: hasPassed(rest), ...rest });
    assert.match(text, /^done +60 s +first deploy +updated$/m);
    assert.match(text, /^good +yes +yes +holds$/m);
    assert.match(text, /^bad +yes +no +DIFFERS$/m);
    assert.match(text, /DIFFERS: bad\. bad is so\.\n {2}expected yes, seen no/);
    assert.match(text, /us-east-1, 100 s: 1 hold, 1 differ, 0 not checked/);
    assert.ok(!hasPassed(rest));
    const good = { ...rest, assumptions: rows.slice(0, 1) };
    assert.ok(hasPassed(good));
    assert.ok(!hasPassed({ ...good, left: ["a volume"] }));
    assert.ok(!hasPassed({ ...good, error: "interrupted" }));
    assert.ok(!hasPassed({ ...good, steps: [{ name: "a roll", seconds: 1, error: "no" }] }));
  });
});

describe("npm run trial: what machines and groups tell", () => {
  it("reads the script's lines, and when the boot was through", () => {
    const observation = parseObservation("kafka-1", "booted-at\t1764345600\njava\t17.0.17\n");
    assert.deepEqual(observation, {
      observations: [{ id: "java", where: "kafka-1", seen: "17.0.17" }],
      bootedAt: 1764345600000,
    });
  });

  it("tells the stack's host key from others", () => {
    const scanned = "# 198.51.100.9:22 SSH-2.0\n198.51.100.9 ssh-ed25519 AAAA\n";
    assert.equal(offeredKeys(scanned, "ssh-ed25519 AAAA ops\n"), "the stack's only");
    assert.equal(offeredKeys(`${scanned}198.51.100.9 ssh-rsa BBBB\n`, "ssh-ed25519 AAAA"), "others too: ssh-rsa");
    assert.equal(offeredKeys("", "ssh-ed25519 AAAA"), "none");
  });

  it("names the kernel's settings that are not as the file says, however that is spaced", () => {
    const folder = mkdtempSync(join(tmpdir(), "kafka-look-"));
    try {
      const file = join(folder, "sysctl.conf");
      const [changedSettings] = /^changed_settings\(\) \{\n[^]*?\n\}\n/m.exec(scriptText("look")) ?? [];
      const observation = (text: string) => {
        writeFileSync(file, text);
        const script = `set -euo pipefail\n${changedSettings}changed_settings "$1"`;
        return execFileSync("bash", ["-c", script, "look", file], { encoding: "utf8" });
      };
      assert.equal(observation("# The kernel's name.\nkernel.ostype = Linux\n\nkernel.ostype=Linux\n"), "");
      assert.equal(observation("kernel.ostype = Unix\n"), "kernel.ostype is Linux ");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  const at = (seconds: number) => new Date(1_764_345_600_000 + seconds * 1000);
  const activity = (Description: string, from: number, to?: number, StatusCode = "Successful") => ({
    ActivityId: `${Description}-${from}`,
    AutoScalingGroupName: "g",
    Cause: "",
    Description,
    StartTime: at(from),
    EndTime: to === undefined ? undefined : at(to),
    StatusCode: StatusCode as "Successful",
  });

  it("sees in a group's activities which came first, and how long it waited after a failed launch", () => {
    const first = activity("Launching a new EC2 instance: i-1", 0, 10);
    const end = activity("Terminating EC2 instance: i-1", 100, 140);
    const failed = activity("Launching a new EC2 instance.  Status Reason: in use", 141, 142, "Failed");
    const next = activity("Launching a new EC2 instance: i-2", 201, 210);
    // AWS gives the latest first.
    const group = [next, failed, end, first];
    assert.equal(terminatedFirst(group), "always");
    assert.deepEqual(retrySeconds(group), [60]);
    assert.equal(nextLaunch(group, at(99).getTime()), at(141).getTime());
    assert.equal(nextLaunch(group, at(300).getTime()), undefined);
    const early = activity("Launching a new EC2 instance: i-2", 120, 130);
    assert.match(terminatedFirst([early, end, first]), /^g launched at .*, and ended the one before until /);
  });
});

describe("npm run trial: where its stack is", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "kafka-trial-"))));
  after(() => rmSync(folder, { recursive: true }));
  /** A user's environment, with a Pulumi that ends so. */
  const withPulumi = (words: string, code: number) => {
    writeFileSync(join(folder, "pulumi"), `#!/bin/sh\necho "${words}" >&2\nexit ${code}\n`, { mode: 0o755 });
    return { PATH: `${folder}:${process.env.PATH}`, XDG_STATE_HOME: folder, PULUMI_CONFIG_PASSPHRASE: "x" };
  };

  it("is the user's back end where there is one, and a kept folder where nobody is logged in", async () => {
    const user = withPulumi("me", 0);
    assert.deepEqual(await trialHome(user), { environment: user, place: "your Pulumi back end" });
    const nobody = withPulumi(
      "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
      3,
    );
    const state = join(folder, "kafka-on-ec2", "trial", "pulumi");
    const home = await trialHome(nobody);
    assert.deepEqual(home, {
      environment: { ...nobody, PULUMI_BACKEND_URL: `file://${state}?metadata=skip` },
      place: state,
    });
  });

  it("is not taken for absent where the back end does not answer", async () => {
    const lost = withPulumi("error: performing HTTP request: connection refused", 1);
    await assert.rejects(trialHome(lost), /^UserError: pulumi whoami: performing HTTP request: connection refused/);
    await assert.rejects(stackExists("trial-x", lost), /^UserError: performing HTTP request: connection refused/);
    assert.equal(await stackExists("trial-x", withPulumi("error: no stack named 'trial-x' found", 6)), false);
    assert.equal(await stackExists("trial-x", withPulumi("trial-x", 0)), true);
  });
});

describe("npm run trial: what is left behind", () => {
  /** Things that go one look after they were told to, and not while what holds them is there. */
  const cloud = (things: Record<string, { kind: string; stage: number; heldBy?: string; never?: boolean }>) => {
    const there = new Map(Object.entries(things));
    const going = new Set<string>();
    const tried: string[] = [];
    const kinds = [...new Set(Object.values(things).map(({ kind }) => kind))].map((name): Kind => {
      const { stage = 0 } = Object.values(things).find(({ kind }) => kind === name) ?? {};
      return {
        name,
        stage,
        find: () => {
          const found = [...there].filter(([, { kind }]) => kind === name).map(([id]) => id);
          for (const id of found) if (going.has(id)) there.delete(id);
          return Promise.resolve(found);
        },
        remove: (id) => {
          tried.push(id);
          const { heldBy, never = false } = there.get(id) ?? {};
          if (never || (heldBy !== undefined && there.has(heldBy)))
            return Promise.reject(Object.assign(new Error(`${id} is in use`), { name: "DependencyViolation" }));
          going.add(id);
          return Promise.resolve();
        },
      };
    });
    return { kinds, tried };
  };
  const quietly = { pauseMs: 1, report: () => undefined };

  it("is removed stage by stage until nothing is found", async () => {
    const { kinds, tried } = cloud({
      "vpc-1": { kind: "VPC", stage: 7, heldBy: "i-1" },
      "i-1": { kind: "instance", stage: 1 },
      "vol-1": { kind: "volume", stage: 3 },
      "vol-2": { kind: "volume", stage: 3 },
    });
    const removed = await removeLeftovers(kinds, { ...quietly, deadlineSeconds: 5 });
    assert.deepEqual(removed.map(({ id }) => id).sort(), ["i-1", "vol-1", "vol-2", "vpc-1"]);
    assert.equal(leftoversText(removed), "1 VPC, 1 instance, 2 volumes");
    assert.deepEqual(
      [...new Set(tried)],
      ["i-1", "vol-1", "vol-2", "vpc-1"],
      "what holds others goes first, and nothing is asked too early",
    );
  });

  it("is named at the deadline, with AWS's words", async () => {
    const { kinds } = cloud({ "subnet-1": { kind: "subnet", stage: 5, never: true } });
    await assert.rejects(
      removeLeftovers(kinds, { ...quietly, deadlineSeconds: 0.05 }),
      /not removed within 0\.05 s:\n {2}subnet subnet-1: DependencyViolation: subnet-1 is in use/,
    );
  });

  it("is nothing where nothing is", async () => {
    assert.deepEqual(await removeLeftovers([], { ...quietly, deadlineSeconds: 1 }), []);
  });
});
