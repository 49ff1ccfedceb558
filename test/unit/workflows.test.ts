import assert from "node:assert/strict";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../artifacts/repository";
import { readCommandLine } from "../../cli/command";
import { hasStackFile } from "../../stack/stackFile";
import { drillCommand, drillRequest } from "../../trials/drills/arguments";
import { commandLines, npmCommand, operatorsFiles, readWorkflow, workflowFiles, type Job } from "../workflows";
import { declarationOf } from "./declarations";

const read = (file: string) => readFileSync(join(repository, file), "utf8");
const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };

/** What a job may do beyond reading the repository. */
const rights: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "pull-request.yml preview": { contents: "read", "id-token": "write", "pull-requests": "write" },
  "deploy.yml staging": { contents: "read", "id-token": "write" },
  "deploy.yml prod": { contents: "read", "id-token": "write" },
  "nightly.yml drift": { contents: "read", "id-token": "write" },
  "nightly.yml autosize": { contents: "write", "id-token": "write", "pull-requests": "write" },
};

const action = ".github/actions/set-up/action.yml";

/** Reads a command line as the command itself does. */
function understood(name: string, args: readonly string[]): void {
  const { words } = readCommandLine(declarationOf(name), args);
  if (name === "drill") drillRequest(readCommandLine(drillCommand, args).values, words, new Date());
}

for (const file of workflowFiles) {
  describe(`the workflow ${file}`, function () {
    // The commands' scripts are loaded.
    this.timeout(120_000);
    const { text, permissions, jobs } = readWorkflow(file);

    it("may read the repository and nothing else, but for named jobs, and each job ends", () => {
      assert.deepEqual(permissions, { contents: "read" });
      for (const [name, job] of Object.entries(jobs)) {
        assert.deepEqual(job.permissions, rights[`${file} ${name}`], name);
        assert.ok((job["timeout-minutes"] ?? 360) <= 90, name);
      }
    });

    it("runs actions at a commit that a comment names, and leaves no token in the clone", () => {
      const uses = `${text}\n${read(action)}`.split("\n").filter((line) => /^\s+(- )?uses:/.test(line));
      assert.deepEqual(
        uses.filter((line) => !/uses: ([\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\.\/\.github\/\S+)$/.test(line)),
        [],
      );
      const checkouts = text.match(/uses: actions\/checkout@/g) ?? [];
      assert.equal(text.match(/persist-credentials: false/g)?.length, checkouts.length);
    });

    it("runs commands of the project, which know what they are given", () => {
      for (const [name, job] of Object.entries(jobs)) {
        for (const words of commandLines(job)) {
          const line = words.join(" ");
          const command = npmCommand(words);
          if (command === undefined) {
            if (/^npm ci$|^sudo .* npm test$/.test(line)) continue;
            accessSync(join(repository, words[0] ?? ""), constants.X_OK);
            continue;
          }
          assert.ok(command.name in scripts, `${name}: ${line}`);
          if (!existsSync(join(repository, "scripts", `${command.name}.ts`))) continue;
          assert.doesNotThrow(() => understood(command.name, command.args), `${name}: ${line}`);
        }
      }
    });
  });
}

describe("the workflows of those who run a cluster", () => {
  const jobOf = (file: string, name: string): Job =>
    readWorkflow(file).jobs[name] ?? assert.fail(`${file}: no ${name}`);
  /** What a job's steps run, in their order: `deploy`, `comment`. */
  const order = (job: Job) =>
    commandLines({ ...job, strategy: undefined }).map(
      (words) => npmCommand(words)?.name ?? words[0]?.split("/").at(-1) ?? "",
    );
  const all = operatorsFiles.flatMap((file) => Object.entries(readWorkflow(file).jobs));

  it("run for nobody who has not said that there are clusters", () => {
    for (const [name, job] of all)
      assert.match(job.needs === undefined ? (job.if ?? "") : "vars.CLUSTERS", /vars\.CLUSTERS/, name);
    for (const file of operatorsFiles) assert.ok(workflowFiles.includes(file), file);
  });

  it("name stacks that have a file of settings", () => {
    const named = all.flatMap(([, job]) =>
      commandLines(job).flatMap((words) =>
        words.includes("--stack") ? [words[words.indexOf("--stack") + 1] ?? ""] : [],
      ),
    );
    assert.deepEqual(
      [...new Set(named)].filter((stack) => !hasStackFile(stack)),
      [],
    );
    assert.ok(named.length > 0);
  });

  it("have no long-lived key of AWS", () => {
    for (const text of [...operatorsFiles.map((file) => readWorkflow(file).text), read(action)])
      assert.doesNotMatch(text, /access-key|AWS_SECRET|secrets\.AWS/i);
  });

  it("check and preview a pull request, change nothing for it, and say what would change", () => {
    assert.deepEqual(order(jobOf("pull-request.yml", "check")), ["npm", "lint", "test:unit", "test:program"]);
    const preview = jobOf("pull-request.yml", "preview");
    assert.deepEqual(order(preview), ["deploy", "comment"]);
    assert.deepEqual(
      commandLines(preview).map((words) => words.join(" ")),
      ["staging", "prod"].flatMap((stack) => [
        `npm run deploy -- --stack ${stack} --preview --markdown preview.md`,
        `.github/scripts/comment ${stack} preview.md`,
      ]),
    );
    assert.match(preview.if ?? "", /head\.repo\.full_name == github\.repository/, "a fork gets no role");
  });

  it("deploy to staging, test and break it there, and only then go to prod, which waits for its reviewers", () => {
    const [staging, prod] = [jobOf("deploy.yml", "staging"), jobOf("deploy.yml", "prod")];
    assert.deepEqual(order(staging), ["deploy", "smoke", "drill"]);
    assert.deepEqual(order(prod), ["deploy", "smoke"]);
    assert.equal(prod.needs, "staging");
    assert.deepEqual([staging.environment, prod.environment], ["staging", "prod"]);
    for (const job of [staging, prod])
      for (const words of commandLines(job)) assert.equal(words[words.indexOf("--stack") + 1], job.environment);
  });

  it("never cancel a deploy that runs, and run no second one beside it", () => {
    for (const [name, job] of all) {
      if (!commandLines(job).some((words) => words.includes("--yes"))) continue;
      assert.deepEqual(job.concurrency, { group: `deploy-${name}`, "cancel-in-progress": false });
    }
    assert.equal(jobOf("nightly.yml", "autosize").concurrency?.group, "deploy-prod");
  });

  it("look for drift and propose larger settings at night, and deploy nothing then", () => {
    assert.deepEqual(order(jobOf("nightly.yml", "drift")), ["drift"]);
    const autosize = jobOf("nightly.yml", "autosize");
    assert.deepEqual(order(autosize), ["autosize", "propose"]);
    assert.ok(!commandLines(autosize).flat().includes("--apply"));
  });
});
