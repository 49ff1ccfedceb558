import assert from "node:assert/strict";
import type { EngineEvent, OpType } from "@pulumi/pulumi/automation";
import { changesText, EngineProgress, resourceName, shortType } from "../../../stack/engineProgress";

const urn = (type: string, name: string) =>
  `urn:pulumi:local::kafka-on-ec2::kafka-on-ec2:index:Network$${type}::${name}`;
const vpc = urn("aws:ec2/vpc:Vpc", "vpc");
const roll = urn("command:remote:Command", "kafka-roll");
const stackUrn = "urn:pulumi:local::kafka-on-ec2::pulumi:pulumi:Stack::kafka-on-ec2-local";

let sequence = 0;
const event = (part: Partial<EngineEvent>): EngineEvent => ({ sequence: sequence++, timestamp: 0, ...part });
const metadata = (resource: string, op: OpType, custom: boolean, more: object = {}) => ({
  op,
  urn: resource,
  type: "",
  provider: "",
  // As the engine has it: absent for a component.
  new: {
    type: "",
    urn: resource,
    ...(custom ? { custom } : {}),
    id: "",
    parent: "",
    inputs: {},
    outputs: {},
    provider: "",
  },
  ...more,
});
const begins = (resource: string, op: OpType) =>
  event({ resourcePreEvent: { metadata: metadata(resource, op, true) } });
const ends = (resource: string, op: OpType, custom = true, more: object = {}) =>
  event({ resOutputsEvent: { metadata: metadata(resource, op, custom, more) } });
const says = (
  resource: string | undefined,
  message: string,
  severity: "info" | "warning" | "error",
  ephemeral = false,
) => event({ diagnosticEvent: { urn: resource, message, severity, color: "never", ephemeral } });

function clocked() {
  let now = 0;
  const progress = new EngineProgress(() => now);
  return { progress, at: (ms: number) => (now = ms) };
}
const text = (lines: readonly string[]) => lines.map((line) => line.replace(/^ *[\d.]+ s {2}/, ""));

describe("engine progress", () => {
  it("has one line for a resource that is done, with the time it took", () => {
    const { progress, at } = clocked();
    assert.deepEqual(progress.handle(begins(vpc, "create")), []);
    at(2500);
    assert.deepEqual(progress.handle(ends(vpc, "create")), ["    2.5 s  created  ec2.Vpc vpc (2.5 s)"]);
  });

  it("says what of a resource changed, and nothing of one that stayed or is only a component", () => {
    const { progress } = clocked();
    const diff = { detailedDiff: { "tags.Name": { diffKind: "update", inputDiff: false } }, diffs: null };
    assert.deepEqual(text(progress.handle(ends(vpc, "update", true, diff))), ["updated  ec2.Vpc vpc: tags.Name"]);
    assert.deepEqual(text(progress.handle(ends(vpc, "update", true, { detailedDiff: null, diffs: null }))), [
      "updated  ec2.Vpc vpc",
    ]);
    assert.deepEqual(progress.handle(ends(vpc, "same")), []);
    assert.deepEqual(progress.handle(ends(vpc, "create", false)), []);
  });

  it("passes on what a remote command says, though Pulumi takes it for passing status, line by line", () => {
    const { progress } = clocked();
    assert.deepEqual(text(progress.handle(says(roll, "one\ntwo\n", "info", true))), [
      "kafka-roll | one",
      "kafka-roll | two",
    ]);
    assert.deepEqual(text(progress.handle(says(roll, "three", "info", true))), ["kafka-roll | three"]);
    assert.deepEqual(progress.handle(says(vpc, "polling", "info", true)), []);
  });

  it("shows vain attempts to connect only now and then", () => {
    const { progress, at } = clocked();
    const dial = (attempt: number) =>
      progress.handle(says(roll, `Dial ${attempt}/69 failed: refused`, "info", true)).length;
    assert.deepEqual([dial(1), dial(2)], [1, 0]);
    at(11_000);
    assert.equal(dial(3), 1);
    assert.deepEqual(
      progress.handle(says(roll, "ssh: connect to host x port 22: Connection refused", "info", true)),
      [],
    );
  });

  it("shows warnings, but not Pulumi's about plug-ins on the PATH, nor its debug messages", () => {
    const { progress } = clocked();
    assert.deepEqual(text(progress.handle(says(vpc, "soon gone", "warning"))), ["warning: vpc | soon gone"]);
    assert.deepEqual(progress.handle(says(undefined, "using pulumi-resource-aws from $PATH at /x", "warning")), []);
    const debug = event({ diagnosticEvent: { message: "RPC", severity: "debug" as "info", color: "never" } });
    assert.deepEqual(progress.handle(debug), []);
  });

  it("keeps each error with its resource, and leaves out Pulumi's closing words", () => {
    const { progress } = clocked();
    assert.deepEqual(
      text(
        progress.handle(event({ resOpFailedEvent: { metadata: metadata(vpc, "create", true), status: 0, steps: 0 } })),
      ),
      ["FAILED   creating ec2.Vpc vpc"],
    );
    progress.handle(says(vpc, "error: quota reached\n", "error"));
    progress.handle(says(stackUrn, "the configuration has faults:\nbrokers.count: 2", "error"));
    progress.handle(says(stackUrn, "update failed", "error"));
    assert.deepEqual(progress.failures, [
      { resource: "ec2.Vpc vpc", message: "quota reached" },
      { resource: "", message: "the configuration has faults:\nbrokers.count: 2" },
    ]);
  });

  it("shortens a failed command's endless output to its end", () => {
    const { progress } = clocked();
    progress.handle(says(roll, Array.from({ length: 1000 }, (_, line) => `line ${line}`).join("\n"), "error"));
    const lines = progress.failures[0]?.message.split("\n") ?? [];
    assert.ok(lines.length <= 202);
    assert.deepEqual([lines[0], lines.at(-1)], ["line 0", "line 999"]);
  });

  it("says after a silence what is under way, the longest first", () => {
    const { progress, at } = clocked();
    progress.handle(begins(vpc, "create"));
    at(1000);
    progress.handle(begins(roll, "create"));
    assert.equal(progress.heartbeat(5000), undefined);
    at(8000);
    const line = progress.heartbeat(5000) ?? "";
    assert.match(line, /creating ec2.Vpc vpc \(8 s\), creating remote.Command kafka-roll \(7 s\)/);
    assert.equal(progress.heartbeat(5000), undefined, "the heartbeat itself breaks the silence");
  });

  it("knows whether anything changed", () => {
    const { progress } = clocked();
    const summary = (resourceChanges: Record<string, number>) =>
      event({ summaryEvent: { maybeCorrupt: false, durationSeconds: 1, resourceChanges, policyPacks: {} } });
    progress.handle(summary({ same: 120 }));
    assert.equal(progress.changed, false);
    progress.handle(summary({ same: 119, update: 1 }));
    assert.equal(progress.changed, true);
  });
});

describe("words for changes", () => {
  it("counts what changed", () => {
    assert.equal(changesText({ create: 3, same: 2 }), "3 created, 2 as they were");
    assert.equal(changesText({ same: 5 }), "nothing changed");
    assert.equal(changesText({}, true), "nothing to change");
    assert.equal(changesText({ update: 1, replace: 2, delete: 3 }, true), "1 to update, 2 to replace, 3 to delete");
  });

  it("shortens types and URNs", () => {
    assert.equal(shortType("aws:ec2/vpc:Vpc"), "ec2.Vpc");
    assert.equal(shortType("command:remote:Command"), "remote.Command");
    assert.equal(shortType("random:index/randomId:RandomId"), "RandomId");
    assert.equal(resourceName(vpc), "vpc");
  });
});
