import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { repository } from "../../artifacts/repository";
import { checkov } from "../services/checkov";

interface Plan {
  readonly planned_values: { readonly root_module: { readonly resources: { type: string; values: object }[] } };
}

describe("checkov on the resources of production's settings", function () {
  this.timeout(900_000);
  let folder: string;
  let findings: Awaited<ReturnType<typeof checkov>>;
  const plan = () => join(folder, "plan.json");
  const careless = () => join(folder, "careless.json");
  /** Check and kind of resource, `CKV_AWS_24 aws_security_group`: each once. */
  const found = (file: string) =>
    new Set((findings.get(file) ?? []).map(({ check, resource }) => `${check} ${resource.split(".")[0]}`));

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "scanner-"));
    const program = join(repository, "test", "program", "terraformPlan.ts");
    await promisify(execFile)(process.execPath, ["--import", "tsx", program, plan()], { timeout: 180_000 });
    const changed = JSON.parse(readFileSync(plan(), "utf8")) as Plan;
    for (const resource of changed.planned_values.root_module.resources)
      if (resource.type === "aws_ebs_volume") resource.values = { ...resource.values, encrypted: false };
    writeFileSync(careless(), JSON.stringify(changed));
    findings = await checkov([plan(), careless()]);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("finds nothing without a reason in docs/security.md, where each reason still has its finding", () => {
    const docs = readFileSync(join(repository, "docs", "security.md"), "utf8");
    const reasons = [...docs.matchAll(/^- \*\*(CKV\w+) (\w+)\*\*/gm)].map(([, check, kind]) => `${check} ${kind}`);
    const evidence = (findings.get(plan()) ?? []).map((finding) => Object.values(finding).join(" ")).join("\n");
    assert.deepEqual([...found(plan())].sort(), reasons.sort(), evidence);
  });

  it("finds a volume that is not encrypted", () => {
    const more = [...found(careless())].filter((one) => !found(plan()).has(one));
    assert.deepEqual(more, ["CKV_AWS_3 aws_ebs_volume"]);
  });
});
