import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import type { DeploymentResult } from "../../../stack/deploy/deployment";
import { deployStack } from "../../../stack/deploy/deployStack";
import { resourceLabel } from "../../../stack/engineProgress";
import { nodeTags } from "../../../planning/cluster/tags";
import { deployedOutputs as outputs, writeFakePulumi } from "./fakePulumi";
import { begins, ends, going, numbered, partUrn, replaced, stackUrn, staying, urnOf, volume } from "./plannedEvents";

const stack = "prod";
const { plan } = outputs;
const five = ["kafka-1", "kafka-2", "kafka-3", "kafka-4", "kafka-5"];
const both = ["kafka-7", "kafka-6"];
const kept = { protect: true, retainOnDelete: true };
const state = { type: "", urn: stackUrn, id: "", parent: "", inputs: {}, provider: "" };
const planned = ends(stackUrn, "same", { old: { ...state, outputs: {} }, new: { ...state, outputs: { plan } } });
const fewer = (options: object) => [...staying(...five), planned, ...going(options, ...both)];
const change = [...staying(...five), begins(partUrn(volume, "kafka-1"), "update")];
const error = (urn: string, message: string): EngineEvent => ({
  sequence: 0,
  timestamp: 0,
  diagnosticEvent: { urn, message, severity: "error", color: "never" },
});
/** The protests about all that is protected, as Pulumi says it at the end of a preview. */
const protests = both.map((node) =>
  error(partUrn(volume, node), `Preview failed: resource "${node}" cannot be deleted\nbecause it is protected.\n`),
);

describe("an update", function () {
  // Two or three processes in each.
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "fake-pulumi-"));
  const previous = { PATH: process.env.PATH, FAKE_PULUMI: process.env.FAKE_PULUMI };
  let said: string[];
  let MBps: number | undefined;
  /** What happens while the load is measured, after the preview and before the update. */
  let meanwhile: () => void;

  before(() => {
    writeFakePulumi(folder);
    process.env.PATH = `${folder}:${process.env.PATH}`;
    process.env.FAKE_PULUMI = folder;
  });
  beforeEach(() => {
    said = [];
    MBps = 1;
    meanwhile = () => undefined;
    for (const file of ["calls", "fails", "new", "unfinished", "interrupts"])
      rmSync(join(folder, file), { force: true });
  });
  after(() => {
    process.env.PATH = previous.PATH;
    process.env.FAKE_PULUMI = previous.FAKE_PULUMI;
    rmSync(folder, { recursive: true });
  });

  function update(lines: string[], remove?: string[]): Promise<DeploymentResult> {
    writeFileSync(join(folder, "events"), lines.map((line) => `${line}\n`).join(""));
    const report = (line: string) => said.push(line);
    return deployStack({ stack, action: "update", yes: true, remove, environment: {}, report }, () => {
      meanwhile();
      if (MBps === undefined) return Promise.reject(new Error("copies are being moved"));
      const receivedBytesPerSecond = MBps * 1e6 * plan.replicationFactor;
      return Promise.resolve({ brokers: [{ receivedBytesPerSecond } as never] });
    });
  }
  const told = (...events: EngineEvent[]) => numbered(...events).map((event) => JSON.stringify(event));
  const fails = () => writeFileSync(join(folder, "fails"), "");
  /** The commands that matter, in their order. */
  const calls = () =>
    readFileSync(join(folder, "calls"), "utf8")
      .split("\n")
      .flatMap((line) => /^(preview|up|state unprotect .*) --(?=\S)/.exec(line.replace(/ --.*/, " --x"))?.[1] ?? []);
  /** What a destroy calls, with the options that matter. */
  const destroyCalls = () =>
    readFileSync(join(folder, "calls"), "utf8")
      .split("\n")
      .filter((line) => /^(destroy|refresh) /.test(line))
      .map((line) => [line.split(" ")[0], ...line.matchAll(/--(?:target \S+|exclude-protected)/g)].join(" "));

  it("is previewed first, and made when it is free of danger", async () => {
    const result = await update(told(...change));
    assert.equal(result.succeeded, true);
    assert.deepEqual(calls(), ["preview", "up"]);
    const [saved, done] = ["save-plan", "plan"].map(
      (option) => new RegExp(` --${option} (\\S+)`).exec(readFileSync(join(folder, "calls"), "utf8"))?.[1],
    );
    assert.ok(saved !== undefined && saved === done, "the update follows the plan of the preview");
  });

  it("that is a stack's first is previewed too: the policy pack may refuse what comes after something else", async () => {
    fails();
    writeFileSync(join(folder, "new"), "");
    const refused = await update(told(...change, error(partUrn(volume, "kafka-1"), "breaks a rule")));
    assert.match(refused.error ?? "", /^ebs\.Volume kafka-1: breaks a rule/);
    assert.ok(said.includes("stack prod does not exist yet: making it"));
    assert.deepEqual(calls(), ["preview"]);
  });

  const commandUrn = "urn:pulumi:prod::kafka-on-ec2::command:remote:Command::kafka-balance";
  const ended = (status: number) =>
    error(
      commandUrn,
      `Process exited with status ${status}: running "node …":\nbalance: still moving: 3 of 12 partitions`,
    );

  it("is repeated while its copies move", async () => {
    writeFileSync(join(folder, "unfinished"), "1\n2\n");
    writeFileSync(join(folder, "unfinishedEvents"), told(ended(75)).join("\n"));
    const result = await update(told(...change));
    assert.equal(result.succeeded, true);
    assert.deepEqual(calls(), ["preview", "up", "preview", "up", "preview", "up"]);
    assert.ok(said.some((line) => line.includes("more to do than fits into one update")));
  });

  it("is not repeated when it is interrupted while its copies move", async () => {
    writeFileSync(join(folder, "unfinished"), "1\n2\n");
    writeFileSync(join(folder, "unfinishedEvents"), told(ended(75)).join("\n"));
    writeFileSync(join(folder, "interrupts"), String(process.pid));
    const result = await update(told(...change));
    assert.match(result.error ?? "", /^interrupted/);
    assert.deepEqual(calls(), ["preview", "up"]);
    assert.ok(!said.some((line) => line.includes("going on with the next")));
  });

  it("is not repeated when anything else has failed as well", async () => {
    for (const failures of [[ended(1)], [ended(75), error(partUrn(volume, "kafka-1"), "no such thing")]]) {
      writeFileSync(join(folder, "unfinished"), "1\n");
      writeFileSync(join(folder, "unfinishedEvents"), told(...failures).join("\n"));
      const result = await update(told(...change));
      assert.match(result.error ?? "", /still moving/);
    }
    assert.deepEqual(calls(), ["preview", "up", "preview", "up"]);
  });

  it("is not made when there is nothing to do", async () => {
    const result = await update(told(...staying(...five)));
    assert.equal(result.outputs?.bootstrapServers, outputs.bootstrapServers);
    assert.deepEqual(calls(), ["preview"]);
  });

  it("is not made when it would replace a volume, protected or not, and says why once", async () => {
    const dangerous = [...staying(...five), ...replaced(partUrn(volume, "kafka-3"), "availabilityZone")];
    const refused = await update(told(...dangerous));
    assert.match(refused.error ?? "", /^ebs\.Volume kafka-3 would be replaced by a change of availabilityZone: .*$/);
    fails();
    const text = 'unable to replace resource "kafka-3"\nas it is currently marked for protection.\n';
    const twice = await update(told(...dangerous, error(partUrn(volume, "kafka-3"), text)));
    assert.equal(twice.error, refused.error);
    assert.deepEqual(calls(), ["preview", "preview"]);
  });

  it("is not made when Pulumi's account of it has gaps or can't be read", async () => {
    const whole = told(...change);
    for (const lines of [whole.with(3, '{"sequence":3,'), []]) {
      const result = await update(lines);
      assert.match(result.error ?? "", /account of what would change has gaps: nothing was changed/);
    }
    assert.ok(!calls().includes("up"));
  });

  it("with fewer brokers gives one error with the command that does it, protected or not", async () => {
    const open = await update(told(...fewer({})));
    assert.match(open.error ?? "", /^kafka-6, kafka-7 .*`npm run deploy -- --stack prod --remove kafka-7,kafka-6`.*$/);
    fails();
    const closed = await update(told(...fewer(kept), ...protests));
    assert.equal(closed.error, open.error);
    assert.deepEqual(calls(), ["preview", "preview"]);
  });

  it("removes the named brokers at once, after one preview, where those that stay carry the load", async () => {
    MBps = plan.brokerLoad.maxIngestMBps.oneZoneLost - 0.01;
    const result = await update(told(...fewer({})), both);
    assert.equal(result.succeeded, true);
    assert.deepEqual(calls(), ["preview", "up"]);
    const [saved, done] = ["save-plan", "plan"].map(
      (option) => new RegExp(` --${option} (\\S+)`).exec(readFileSync(join(folder, "calls"), "utf8"))?.[1],
    );
    assert.ok(saved !== undefined && saved === done, "the update follows the plan of the preview");
  });

  it("unprotects exactly what the named brokers have, and tells which volumes are kept", async () => {
    fails();
    const result = await update(told(...fewer(kept), ...protests), both);
    assert.equal(result.error, undefined);
    const urns = both.map((node) => partUrn(volume, node));
    assert.deepEqual(calls(), ["preview", `state unprotect ${urns.join(" ")}`, "preview", "up"]);
    assert.ok(said.some((line) => line.endsWith(urns.map(resourceLabel).join(", "))));
    assert.equal(said.filter((line) => /^vol-1, the volume of kafka-[67], is kept in AWS/.test(line)).length, 2);
  });

  it("is not made when something else fails than the protection of what may go", async () => {
    fails();
    const other = error(partUrn(volume, "kafka-1"), 'resource "kafka-1" cannot be deleted\nbecause it is protected.');
    const result = await update(told(...fewer(kept), ...protests, other), both);
    assert.match(result.error ?? "", /^ebs\.Volume kafka-1: /);
    assert.doesNotMatch(result.error ?? "", /kafka-[67]/);
    assert.deepEqual(calls(), ["preview"]);
  });

  it("is not made when the brokers that stay could not carry the load", async () => {
    MBps = plan.brokerLoad.maxIngestMBps.oneZoneLost + 1;
    const result = await update(told(...fewer({})), both);
    assert.match(
      result.error ?? "",
      /^producers send .* MB\/s, and the brokers that stay would carry .* MB\/s with a zone/,
    );
    assert.deepEqual(calls(), ["preview"]);
  });

  it("is not made, and nothing is unprotected for it, when it is interrupted before it begins", async () => {
    fails();
    meanwhile = () => process.emit("SIGHUP");
    const result = await update(told(...fewer(kept), ...protests), both);
    assert.deepEqual([result.succeeded, result.error], [false, "interrupted"]);
    assert.deepEqual(calls(), ["preview"]);
  });

  it("says when the load could not be measured, and leaves the rest to the gates", async () => {
    MBps = undefined;
    const result = await update(told(...fewer({})), both);
    assert.equal(result.succeeded, true);
    assert.ok(said.some((line) => /could not be measured.*copies are being moved/.test(line)));
  });

  describe("that takes all down", () => {
    const tagged: string[] = [];
    const destroy = (volumeOptions: object, tagger?: () => Promise<void>) => {
      const arn = "arn:aws:ec2:us-east-1:123456789012:volume/vol-1";
      const volumeOutputs = {
        arn,
        availabilityZone: "us-east-1a",
        size: 300,
        iops: 4000,
        throughput: 225,
        tags: nodeTags("kafka-test", "kafka-1"),
      };
      const resource = { urn: urnOf(volume, "events-1"), id: "vol-1", type: volume, ...volumeOptions };
      const deployment = { resources: [{ ...resource, outputs: volumeOutputs }] };
      writeFileSync(join(folder, "state"), JSON.stringify({ version: 3, deployment }));
      tagged.length = 0;
      const report = (line: string) => said.push(line);
      return deployStack(
        { stack, action: "destroy", yes: true, environment: {}, report },
        () => Promise.reject(new Error("not asked")),
        tagger ??
          ((volumes) => {
            tagged.push(...volumes.map(({ id }) => id));
            return Promise.resolve();
          }),
      );
    };

    it("leaves nothing where nothing is protected", async () => {
      const result = await destroy({});
      assert.equal(result.succeeded, true);
      assert.equal(result.kept, undefined);
      assert.deepEqual([destroyCalls(), tagged], [["destroy"], []]);
      assert.doesNotMatch(readFileSync(join(folder, "calls"), "utf8"), /--show-secrets/);
    });

    it("tags protected volumes, leaves them, and says what they are, what they cost and how to come back", async () => {
      const result = await destroy(kept);
      assert.equal(result.succeeded, true);
      assert.deepEqual(tagged, ["vol-1"]);
      const target = `--target ${urnOf(volume, "events-1")}`;
      assert.deepEqual(destroyCalls(), [`refresh ${target}`, "destroy --exclude-protected"]);
      assert.deepEqual(
        result.kept?.map(({ id, node, sizeGiB, usdPerMonth }) => ({ id, node, sizeGiB, usdPerMonth })),
        // 300 GiB at $0.08, 1000 IOPS at $0.005, 100 MiB/s at $0.04.
        [{ id: "vol-1", node: "kafka-1", sizeGiB: 300, usdPerMonth: 33 }],
      );
      assert.match(
        said.join("\n"),
        /kept: 1 data volumes, 300 GiB, about \$33\.00 a month\n {2}kafka-1 {2}vol-1 .*us-east-1a/,
      );
      assert.match(said.join("\n"), /to come back with all data: `npm run deploy -- --stack prod`/);
    });

    it("leaves a volume that is protected, and one that Pulumi would only forget", async () => {
      for (const one of [{ protect: true }, { retainOnDelete: true }]) {
        assert.equal((await destroy(one)).kept?.length, 1);
        assert.deepEqual(tagged, ["vol-1"]);
        assert.equal(destroyCalls().at(-1), "destroy --exclude-protected");
      }
    });

    it("destroys nothing when the volumes can't be tagged", async () => {
      await assert.rejects(
        destroy(kept, () => Promise.reject(new Error("UnauthorizedOperation"))),
        /UnauthorizedOperation/,
      );
      assert.deepEqual(destroyCalls(), []);
    });
  });
});
