import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { Differences, valueAt } from "../../../stack/drift/differences";
import { driftText } from "../../../stack/drift/driftText";
import { ends, numbered, partUrn, template, volume } from "./plannedEvents";

const state = (inputs: object) => ({ type: "", urn: "", custom: true, id: "lt-1", inputs, outputs: {}, parent: "" });

/** What the engine tells of a template whose property AWS has otherwise. */
function changed(property: string, old: object, found: object): EngineEvent {
  const detailedDiff = { [property]: { diffKind: "update", inputDiff: true } };
  return ends(partUrn(template, "kafka-1"), "update", { old: state(old), new: state(found), detailedDiff });
}

function lookAt(...events: EngineEvent[]): Differences {
  const found = new Differences();
  for (const event of events) found.handle(event);
  return found;
}

describe("drift", () => {
  it("reads values at Pulumi's paths", () => {
    const values = { tags: { "a.b": 1, team: "x" }, disks: [{ ebs: { volumeSize: 8 } }] };
    assert.equal(valueAt(values, 'tags["a.b"]'), 1);
    assert.equal(valueAt(values, "tags.team"), "x");
    assert.equal(valueAt(values, "disks[0].ebs.volumeSize"), 8);
    assert.equal(valueAt(values, "disks[1].ebs.volumeSize"), undefined);
  });

  it("shows the beginning of a long value, and what there is none of", () => {
    const { all } = lookAt(changed("userData", { userData: "x".repeat(500) }, {}));
    const drift = { stack: "prod", differs: true, looked: 2, seconds: 1, differences: all };
    const [, line, sum] = driftText(drift).split("\n");
    assert.match(line ?? "", /^ {2}userData: "x{119}… \(502 characters\) in the state, nothing in AWS$/);
    assert.equal(sum, "1 of 2 resources of stack prod is not as its state says");
  });

  it("knows when an event is missing", () => {
    const events = numbered(ends(partUrn(volume, "kafka-1"), "same"), changed("userData", {}, {}));
    assert.equal(lookAt(...events).complete, true);
    assert.equal(lookAt(...events.slice(1)).complete, false);
  });
});
