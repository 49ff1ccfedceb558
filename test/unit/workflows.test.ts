import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repository } from "../../artifacts/repository";

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, { readonly "timeout-minutes"?: number; readonly permissions?: unknown }>>;
}

const folder = join(repository, ".github", "workflows");

for (const name of readdirSync(folder)) {
  describe(`the workflow ${name}`, () => {
    const text = readFileSync(join(folder, name), "utf8");
    const { permissions, jobs } = parse(text) as Workflow;

    it("may read the repository and nothing else, and each job ends", () => {
      assert.deepEqual(permissions, { contents: "read" });
      for (const [job, { permissions: more, ...rest }] of Object.entries(jobs)) {
        assert.equal(more, undefined, job);
        assert.ok((rest["timeout-minutes"] ?? 360) <= 90, job);
      }
    });

    it("runs actions at a commit that a comment names", () => {
      const uses = text.split("\n").filter((line) => line.includes("uses:"));
      assert.deepEqual(
        uses.filter((line) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)),
        [],
      );
    });
  });
}
