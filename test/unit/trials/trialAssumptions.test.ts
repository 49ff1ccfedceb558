import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { scriptText } from "../../../trials/drills/nodeScript";
import { repository } from "../../../artifacts/repository";
import { assumptions } from "../../../trials/trial/assumptions";
import { assumptionsMarkdown } from "../../../trials/trial/report";

const trialFolder = join(repository, "trials", "trial");

describe("the assumptions about AWS", () => {
  const ids = assumptions.map(({ id }) => id);

  it("have an id of their own each, a sentence, and code that exists", () => {
    assert.equal(new Set(ids).size, ids.length);
    for (const { id, assumption, code } of assumptions) {
      assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
      assert.match(assumption, /^[A-Z].*\.$|^cloud-init .*\.$|^dnf .*\.$|^sshd .*\.$/, id);
      assert.ok(code.length > 0, id);
      for (const file of code) assert.ok(existsSync(join(repository, file)), `${id}: ${file} is not there`);
    }
  });

  it("are all looked at by the trial", () => {
    const looks = readdirSync(trialFolder)
      .filter((name) => name !== "assumptions.ts" && name.endsWith(".ts"))
      .map((name) => readFileSync(join(trialFolder, name), "utf8"))
      .join("\n");
    const script = scriptText("look");
    for (const id of ids)
      assert.ok(looks.includes(`"${id}"`) || new RegExp(`\\bseen ${id}\\b`).test(script), `${id}: nothing looks at it`);
  });

  it("include whatever the script on the machines looks at", () => {
    const seen = [...scriptText("look").matchAll(/\bseen ([a-z][a-z0-9-]+) /g)].map(([, id]) => id ?? "");
    assert.ok(seen.length > 20, String(seen.length));
    for (const id of seen) assert.ok(id === "booted-at" || ids.includes(id), `${id} is no assumption`);
  });

  it("are those of docs/aws.md", async () => {
    const file = join(repository, "docs", "aws.md");
    const text = readFileSync(file, "utf8");
    const heading = text.indexOf("\n- **");
    const before = heading < 0 ? `${text.trimEnd()}\n` : text.slice(0, heading);
    const wanted = await format(`${before.trimEnd()}\n\n${assumptionsMarkdown()}\n`, {
      ...(await resolveConfig(file)),
      parser: "markdown",
    });
    if (process.env.UPDATE_SNAPSHOTS === "1") writeFileSync(file, wanted);
    else assert.equal(text, wanted, "docs/aws.md differs; if that is meant, run with UPDATE_SNAPSHOTS=1");
  });
});
