import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { commandLines, npmCommand, operatorsFiles, readWorkflow } from "../workflows";
import { littleLoad, projectFolder, runCommand } from "./commands";

/** What a machine that does other things too is given beside what the file says. */
const more = (name: string, folder: string): readonly string[] =>
  name === "autosize"
    ? ["--seconds", "20"]
    : name === "drill"
      ? [...littleLoad, "--slack", "10", "--html", join(folder, "drill.html")]
      : [];

/**
 * Runs the steps of the operators' workflows that reach a cluster, in the order of the files, on the local stack in the
 * place of each stack. The suites are those of `npm test`, and what reaches GitHub has a test of its own.
 */
export async function runWorkflowSteps(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "workflows-"));
  const settings = join(projectFolder, "Pulumi.local.yaml");
  const before = readFileSync(settings, "utf8");
  const done: string[] = [];
  try {
    for (const file of operatorsFiles) {
      for (const words of Object.values(readWorkflow(file).jobs).flatMap((job) => commandLines(job))) {
        const { name, args } = npmCommand(words) ?? { name: "", args: [] };
        const script = join("scripts", `${name}.ts`);
        if (name === "" || !existsSync(join(projectFolder, script))) continue;
        const local = [
          script,
          ...args.map((word, index) => onLocalStack(word, args[index - 1], folder)),
          ...more(name, folder),
        ];
        // Two stacks are one here.
        if (done.includes(local.join(" "))) continue;
        done.push(local.join(" "));
        const { code, output } = await runCommand(local, { echo: true, timeoutSeconds: 600 });
        // What autosize finds on a machine that does other things is not asked here: only that it could look.
        assert.ok(
          name === "autosize" ? code !== 1 : code === 0,
          `${file}: ${words.join(" ")}: exit code ${code}\n${output}`,
        );
      }
    }
    const preview = readFileSync(join(folder, "preview.md"), "utf8");
    assert.match(preview, /^## Stack `local`: preview\n\n✅ done in \d+ s: nothing to change\n/);
    assert.match(preview, /\*\*Cost\*\*: \$[\d,]+ a month, as what is deployed/);
    assert.match(readFileSync(join(folder, "summary.md"), "utf8"), /^## Stack `local`: update\n\n✅ done/);
  } finally {
    writeFileSync(settings, before);
    rmSync(folder, { recursive: true, force: true });
  }
}

function onLocalStack(word: string, option: string | undefined, folder: string): string {
  if (option === "--stack") return "local";
  return word.endsWith(".md") ? join(folder, basename(word)) : word;
}
