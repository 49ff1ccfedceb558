import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { repository } from "../../artifacts/repository";

/** Stands for GitHub's command line: notes its words and its input, and answers what the test has put there. */
const gh = `#!/usr/bin/env bash
echo "$*" >>"$GH_FOLDER/calls"
case "$*" in *body=@-*) cat >"$GH_FOLDER/body" ;; esac
case "$*" in *--paginate* | *"pr list"*) cat "$GH_FOLDER/answer" ;; esac
`;

describe("what the workflows do on GitHub", function () {
  this.timeout(60_000);
  let folder: string;
  let clone: string;
  const file = (name: string) => join(folder, name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "workflow-scripts-"));
    clone = file("clone");
    mkdirSync(clone);
    writeFileSync(file("gh"), gh, { mode: 0o755 });
    writeFileSync(file("text.md"), "## Stack `prod`: preview\n");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function run(command: string, ...args: string[]): string {
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd: clone,
      encoding: "utf8",
      env: {
        ...process.env,
        PATH: [folder, process.env.PATH].join(delimiter),
        GH_FOLDER: folder,
        GITHUB_REPOSITORY: "acme/clusters",
        PULL_REQUEST: "7",
      },
    });
    assert.equal(status, 0, stdout + stderr);
    return stdout;
  }
  const script = (name: string, ...args: string[]) => run(join(repository, ".github", "scripts", name), ...args);
  const calls = () => (existsSync(file("calls")) ? readFileSync(file("calls"), "utf8").trim().split("\n") : []);

  it("a comment is made once for each stack, and then replaced", () => {
    writeFileSync(file("answer"), "");
    script("comment", "prod", file("text.md"));
    assert.match(calls()[0] ?? "", /issues\/7\/comments .*startswith\("<!-- kafka-on-ec2: prod -->"\)/);
    assert.equal(calls()[1], "api --silent --method POST repos/acme/clusters/issues/7/comments --field body=@-");
    assert.equal(readFileSync(file("body"), "utf8"), "<!-- kafka-on-ec2: prod -->\n## Stack `prod`: preview\n");
    writeFileSync(file("answer"), "41\n42\n");
    script("comment", "prod", file("text.md"));
    assert.equal(calls()[3], "api --silent --method PATCH repos/acme/clusters/issues/comments/41 --field body=@-");
  });

  it("settings that were written become a pull request, which later ones replace, and nothing else does", () => {
    run("git", "init", "--quiet", "--bare", file("origin"));
    run("git", "init", "--quiet", "--initial-branch", "main");
    run("git", "remote", "add", "origin", file("origin"));
    writeFileSync(join(clone, "Pulumi.prod.yaml"), "config: {}\n");
    run("git", "add", ".");
    run("git", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "first");
    assert.match(script("propose", "autosize-prod", file("text.md")), /nothing to propose/);
    assert.deepEqual(calls(), []);

    for (const [open, wanted] of [
      ["0", `pr create --head autosize-prod --title autosize prod: other settings --body-file ${file("text.md")}`],
      ["1", `pr edit autosize-prod --body-file ${file("text.md")}`],
    ] as const) {
      writeFileSync(file("answer"), `${open}\n`);
      run("git", "switch", "--quiet", "main");
      appendFileSync(join(clone, "Pulumi.prod.yaml"), `# ${open}\n`);
      writeFileSync(join(clone, "autosize.md"), "left alone");
      script("propose", "autosize-prod", file("text.md"));
      assert.equal(calls().at(-1), wanted);
      const there = run("git", "--git-dir", file("origin"), "log", "--format=%s", "--name-only", "autosize-prod");
      assert.match(there, /^autosize prod: other settings\n\nPulumi\.prod\.yaml\nfirst\n/);
      assert.match(
        run("git", "--git-dir", file("origin"), "show", "autosize-prod:Pulumi.prod.yaml"),
        new RegExp(`# ${open}`),
      );
    }
  });
});
