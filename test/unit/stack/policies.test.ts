import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renouncedRules } from "../../../stack/deploy/policies";
import { EngineProgress } from "../../../stack/engineProgress";
import { partUrn, volume } from "./plannedEvents";

describe("a deploy and the policy pack", () => {
  const folder = mkdtempSync(join(tmpdir(), "policies-"));
  after(() => rmSync(folder, { recursive: true }));

  it("leaves out the rules that a stack's settings renounce, and no others", () => {
    const file = join(folder, "Pulumi.dev.yaml");
    const rules = (config: object) => {
      writeFileSync(file, JSON.stringify({ config }));
      return renouncedRules("dev", file);
    };
    assert.deepEqual(rules({}), []);
    assert.deepEqual(rules({ "kafka-on-ec2:dataProtection": true, "kafka-on-ec2:allowAnywhere": "false" }), []);
    assert.deepEqual(rules({ "kafka-on-ec2:dataProtection": false }), ["volumes-protected"]);
    assert.deepEqual(rules({ "kafka-on-ec2:allowAnywhere": "true" }), ["no-open-port"]);
    assert.deepEqual(renouncedRules("none", join(folder, "none")), []);
  });

  const told = (message: string, enforcementLevel: "warning" | "mandatory") => {
    const progress = new EngineProgress();
    const names = { policyName: "tagged", policyPackName: "pack", policyPackVersion: "", policyPackVersionTag: "" };
    const policyEvent = { ...names, resourceUrn: partUrn(volume, "kafka-1"), message, color: "raw", enforcementLevel };
    const lines = progress.handle({ sequence: 0, timestamp: 0, policyEvent });
    return { lines, failures: progress.failures };
  };

  it("says of a broken rule what is to be done, and warns of one that only advises", () => {
    const message = "<{%fg 13%}>Has tags.\ntags lack x: add it<{%reset%}>\n";
    const said = "breaks the rule tagged of the policy pack pack: Has tags. tags lack x: add it";
    assert.deepEqual(told(message, "mandatory").failures, [{ resource: "ebs.Volume kafka-1", message: said }]);
    const advised = told(message, "warning");
    assert.deepEqual([advised.failures, advised.lines.length], [[], 1]);
    assert.match(advised.lines[0] ?? "", /warning: ebs.Volume kafka-1 breaks the rule/);
  });

  it("says nothing of a rule that only the update can ask", () => {
    const unknown = told("can't run policy 'tagged' from policy pack 'p' during preview: value unknown", "warning");
    assert.deepEqual([unknown.lines, unknown.failures], [[], []]);
  });
});
