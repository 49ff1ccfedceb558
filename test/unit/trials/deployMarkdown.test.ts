import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { planCluster, type Plan } from "../../../planning/cluster/plan";
import { plannedChanges } from "../../../stack/plannedChanges";
import { PlannedSteps } from "../../../stack/plannedSteps";
import { deployMarkdown, type StackResult } from "../../../trials/deployMarkdown";
import { sampleSettings } from "../settings/sampleSettings";
import {
  begins,
  ends,
  going,
  group,
  nodeUrn,
  numbered,
  partUrn,
  replaced,
  stackUrn,
  staying,
  template,
  urnOf,
  volume,
} from "../stack/plannedEvents";

const planOf = (brokerCount: number) => planCluster(sampleSettings({ brokerCount }));
const coming = (name: string) =>
  [nodeUrn(name), ...[volume, template, group].map((type) => partUrn(type, name))].map((urn) => begins(urn, "create"));
const planned = (before: Plan | undefined, after: Plan): EngineEvent => {
  const state = (plan: Plan | undefined) => (plan === undefined ? null : { custom: false, outputs: { plan } });
  return ends(stackUrn, "same", { old: state(before), new: state(after) });
};

function changesOf(...events: EngineEvent[]) {
  const steps = new PlannedSteps();
  numbered(...events).forEach((event) => steps.handle(event));
  return plannedChanges(steps);
}
const markdown = (rest: Partial<StackResult>) =>
  deployMarkdown([{ stack: "prod", action: "preview", succeeded: true, ...rest }]);

describe("what an update does", () => {
  const command = (name: string) => urnOf("command:remote:Command", name);

  it("is told by nodes: those that come, go, and are rolled, and whether copies move", () => {
    const rolls = ["kafka-2", "kafka-10", "kafka-1"].map((name) => begins(partUrn(template, name), "update"));
    const changes = changesOf(
      ...staying("kafka-1", "kafka-2", "kafka-3", "kafka-10"),
      ...rolls,
      ...coming("kafka-11"),
      begins(command("cluster-kafka-roll"), "replace"),
      planned(planOf(5), planOf(7)),
    );
    assert.deepEqual(changes.created, ["kafka-11"]);
    assert.deepEqual(changes.rolled, ["kafka-1", "kafka-2", "kafka-10"]);
    assert.deepEqual(changes.deleted, []);
    assert.equal(changes.moved, true);
    assert.deepEqual(changes.commands, ["cluster-kafka-roll"]);
    assert.deepEqual(changes.resources.created, []);
    assert.deepEqual(changesOf(...staying("kafka-1"), ...going({}, "kafka-2")).deleted, ["kafka-2"]);
  });

  it("moves nothing where nothing is deployed, nor when a node is only rolled", () => {
    assert.equal(changesOf(...coming("kafka-1"), planned(undefined, planOf(5))).moved, false);
    const rolled = begins(partUrn(template, "kafka-1"), "update");
    assert.equal(changesOf(...staying("kafka-1"), rolled, planned(planOf(5), planOf(5))).moved, false);
  });

  it("names what is replaced, with the reason", () => {
    const { resources } = changesOf(...staying("kafka-1"), ...replaced(partUrn(volume, "kafka-1"), "availabilityZone"));
    assert.deepEqual(resources.replaced, ["ebs.Volume kafka-1 (availabilityZone)"]);
  });
});

describe("the summary for a pull request", () => {
  const changes = changesOf(...staying("kafka-1"), ...coming("kafka-7"), planned(planOf(5), planOf(7)));

  it("has what changes, the difference in cost and where it comes from, and both plans", () => {
    const text = markdown({ planned: changes, changes: { create: 4, same: 120 }, seconds: 12.3 });
    assert.match(text, /^## Stack `prod`: preview\n\n✅ done in 12 s: 4 to create, 120 as they were\n/);
    assert.match(text, /^\| created \| \*\*kafka-7\*\* \|$/m);
    assert.match(text, /^\| moved \| copies and leaders of partitions \|$/m);
    const more = Math.round(planOf(7).cost.total - planOf(5).cost.total).toLocaleString("en-US");
    assert.ok(text.includes(`**+$${more}** to what is deployed`), text);
    assert.match(text, /^- broker instances: \+\$\d+ \(7 × .*, before 5 × /m);
    assert.match(
      text,
      /<details><summary>The plan<\/summary>\n\n```text\n[^]*\ndeployed +[^]*```\n\n<\/details>\n$|deployed {2}/,
    );
  });

  it("says so when the cost is the same, and when nothing is deployed yet", () => {
    const same = changesOf(...staying("kafka-1"), planned(planOf(5), planOf(5)));
    assert.match(markdown({ planned: same }), /\*\*Cost\*\*: \$[\d,]+ a month, as what is deployed\n/);
    const first = changesOf(...coming("kafka-1"), planned(undefined, planOf(5)));
    assert.match(markdown({ planned: first }), /a month, where nothing is deployed yet\n/);
  });

  it("has each note and warning once, and the end of an error, whatever is in it", () => {
    const error = [...Array.from({ length: 99 }, (_, index) => `line ${index}`), "```", "the reason"].join("\n");
    const text = markdown({ succeeded: false, error, warnings: ["too small", "too small"], notes: ["copies move"] });
    assert.match(text, /❌ \*\*failed\*\*\n\n````text\n[^]*line 98\n```\nthe reason\n````\n/);
    assert.doesNotMatch(text, /line 9\n/);
    assert.match(text, /\*\*Notes\*\*\n\n- copies move\n/);
    assert.equal(text.match(/too small/g)?.length, 1);
  });

  it("fits into a comment, however much changes", () => {
    const many = Array.from({ length: 400 }, (_, index) =>
      begins(urnOf("aws:ec2/route:Route", `route-${index}`), "update"),
    );
    const text = markdown({ planned: changesOf(...many), error: "x".repeat(200_000), succeeded: false });
    assert.match(text, /and 388 more \|$/m);
    assert.ok(text.length < 65_536);
  });
});
