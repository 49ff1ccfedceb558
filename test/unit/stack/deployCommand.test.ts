import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { repository } from "../../../artifacts/repository";
import type { StackResult } from "../../../trials/deployMarkdown";
import { writeFakePulumi } from "./fakePulumi";
import { begins, numbered, partUrn, replaced, staying, template, volume } from "./plannedEvents";

const told = (...events: EngineEvent[]) => numbered(...events).map((event) => `${JSON.stringify(event)}\n`);
const rolled = told(...staying("kafka-1", "kafka-2"), begins(partUrn(template, "kafka-1"), "update"));
const refused = told(...staying("kafka-1"), ...replaced(partUrn(volume, "kafka-1"), "availabilityZone"));

interface Running {
  readonly pid: number;
  readonly said: () => string;
  readonly type: (text: string) => void;
}

/** The command itself, in a process of its own, with a stand-in for Pulumi. */
describe("npm run deploy", function () {
  this.timeout(300_000);
  let folder: string;
  const file = (name: string) => join(folder, name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "deploy-"));
    writeFakePulumi(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const environment = () => ({
    ...process.env,
    PATH: [folder, process.env.PATH].join(delimiter),
    FAKE_PULUMI: folder,
    TMPDIR: folder,
  });
  const command = ["--import", "tsx", join("scripts", "deploy.ts"), "--no-smoke"];

  /** Runs a process to its end; `meanwhile` gets what it has said so far, and what it reads from. */
  async function ends(file: string, args: readonly string[], meanwhile?: (running: Running) => Promise<void>) {
    const child = spawn(file, args, { cwd: repository, env: environment(), stdio: "pipe" });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (output += text.toString()));
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    await meanwhile?.({ pid: child.pid ?? 0, said: () => output, type: (text) => child.stdin.write(text) });
    child.stdin.end();
    return { code: await ended, output };
  }

  function deploy(events: readonly string[], words: string, meanwhile?: (running: Running) => Promise<void>) {
    writeFileSync(file("events"), events.join(""));
    return ends(process.execPath, [...command, ...words.split(" ")], meanwhile);
  }
  const calls = () => (existsSync(file("calls")) ? readFileSync(file("calls"), "utf8") : "");
  /** The commands that matter and the stack of each. */
  const order = () =>
    [...calls().matchAll(/^(preview|up) .*--stack (\S+)/gm)].map(([, what, stack]) => `${what} ${stack}`);

  it("ends with 0 when it is done, 1 when it fails, is refused or asked for what it does not know", async () => {
    const done = await deploy(rolled, "--stack prod --yes");
    assert.equal(done.code, 0, done.output);
    assert.equal((await deploy(refused, "--stack prod --yes")).code, 1);
    assert.equal((await deploy(rolled, "--stack prod")).code, 1, "nobody can be asked");
    assert.equal((await deploy(rolled, "--stack prod --yse")).code, 1);
  });

  for (const [name, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    it(`ends with ${code} after ${name}, once Pulumi has ended`, async () => {
      writeFileSync(file("slow"), "");
      const { code: ended, output } = await deploy(rolled, "--stack prod,dev --yes", async ({ pid }) => {
        while (!calls().includes("\nup ")) await pause(100);
        process.kill(pid, name);
      });
      assert.equal(ended, code, output);
      assert.match(output, /interrupted: Pulumi finishes what it has begun/);
      assert.match(calls(), /\nup ended\n/);
      assert.deepEqual(order(), ["preview prod", "up prod"]);
    });
  }

  it("ends with 130 after Ctrl-C at its question, and changes nothing", async () => {
    writeFileSync(file("events"), rolled.join(""));
    const line = [process.execPath, ...command, "--stack", "prod"].join(" ");
    const { code, output } = await ends("script", ["-qefc", line, "/dev/null"], async ({ said, type }) => {
      while (!said().includes("Type yes: ")) await pause(100);
      type("\u0003");
      while (!said().includes("nothing was changed")) await pause(100);
    });
    assert.equal(code, 130, output);
    assert.match(output, /deploy: interrupted: nothing was changed/);
    assert.deepEqual(order(), ["preview prod"]);
  });

  it("deploys stacks in the given order, and none after one that failed", async () => {
    const both = await deploy(rolled, `--stack prod --stack dev --preview --json ${file("json")}`);
    assert.equal(both.code, 0, both.output);
    assert.deepEqual(order(), ["preview prod", "preview dev"]);
    const results = JSON.parse(readFileSync(file("json"), "utf8")) as StackResult[];
    assert.deepEqual(
      results.map(({ stack, succeeded }) => [stack, succeeded]),
      [
        ["prod", true],
        ["dev", true],
      ],
    );
    rmSync(file("calls"));
    assert.equal((await deploy(refused, "--stack prod,dev --yes")).code, 1);
    assert.deepEqual(order(), ["preview prod"]);
  });

  it("refuses what makes no sense for several stacks", async () => {
    for (const [words, why] of [
      ["--stack prod,dev --destroy --yes", /go with one --stack/],
      ["--stack prod,local --yes", /local has an environment of its own: deploy it alone/],
      ["--stack prod,,dev --yes", /names of stacks are wanted/],
      ["--stack prod,prod --yes", /--stack prod: it is named twice/],
    ] as const) {
      const { code, output } = await deploy(rolled, words);
      assert.equal(code, 1, output);
      assert.match(output, why);
    }
    assert.equal(calls(), "");
  });

  it("takes settings for this run only: as the stack's file has them otherwise, and that stays as it is", async () => {
    const before = readFileSync(join(repository, "Pulumi.prod.yaml"), "utf8");
    const { code, output } = await deploy(
      rolled,
      '--stack prod --yes --set brokerCount=7 --set sshCidrs=["192.0.2.0/28"]',
    );
    assert.equal(code, 0, output);
    assert.match(output, /for this run only: brokerCount, sshCidrs/);
    const used = readFileSync(file("config"), "utf8");
    assert.match(used, /^ {2}kafka-on-ec2:brokerCount: "7"$/m);
    assert.match(used, /^ {2}kafka-on-ec2:sshCidrs:\s+- 192\.0\.2\.0\/28$|sshCidrs: \[ "192/m);
    assert.match(used, /^ {2}kafka-on-ec2:replicationFactor: 4$/m);
    assert.equal(readFileSync(join(repository, "Pulumi.prod.yaml"), "utf8"), before);
    assert.match(calls(), /^preview .*--config-file .*\n(.*\n)*up .*--config-file /m);
  });

  it("refuses a setting that there is not, with the usual words, before Pulumi previews", async () => {
    const { code, output } = await deploy(rolled, "--stack prod --yes --set brokerCuont=7");
    assert.equal(code, 1, output);
    assert.match(output, /brokerCuont: .*brokerCount/);
    assert.doesNotMatch(output, /^\s+at /m, "no stack trace");
    assert.doesNotMatch(calls(), /^preview/m);
  });

  it("writes a summary, also of what is refused or could not begin", async () => {
    const summary = () => readFileSync(file("md"), "utf8");
    await deploy(rolled, `--stack prod --preview --markdown ${file("md")}`);
    assert.match(summary(), /^## Stack `prod`: preview\n\n✅ done/);
    assert.match(summary(), /\| rolled, one by one \| \*\*kafka-1\*\* \|/);
    await deploy(refused, `--stack prod --preview --markdown ${file("md")}`);
    assert.match(
      summary(),
      /❌ \*\*failed\*\*[^]*ebs\.Volume kafka-1 would be replaced by a change of availabilityZone/,
    );
    await deploy(rolled, `--stack prod --preview --set brokerCount=2 --markdown ${file("md")}`);
    assert.match(summary(), /❌ \*\*failed\*\*[^]*brokerCount/);
  });
});
