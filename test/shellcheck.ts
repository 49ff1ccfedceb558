/** Lints every shell script that git tracks or would track: files that end in .sh or start with a shell's #! line. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "" && !/\.(ts|mjs|json|md|py|txt)$/.test(file));
const scripts = files.filter(
  (file) => file.endsWith(".sh") || /^#!.*\b(ba)?sh\b/.test(readFileSync(file, "utf8").slice(0, 80)),
);

const result = spawnSync("shellcheck", ["--external-sources", "--source-path=SCRIPTDIR", ...scripts], {
  stdio: "inherit",
});
if (result.error) {
  console.error("shellcheck: the command is missing; install the package `shellcheck`");
  process.exit(1);
}
process.exit(result.status ?? 1);
