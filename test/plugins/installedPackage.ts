import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

const repository = join(__dirname, "..", "..");

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8", timeout: 180_000 });
  assert.equal(status, 0, `${command} ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout.trim();
}

/**
 * Copies an example into an empty folder, with this project installed as npm would from its archive. What npm would
 * fetch is linked: it is here.
 */
export function installExample(example: string, folder: string): void {
  cpSync(join(repository, "examples", example), folder, { recursive: true });
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  for (const name of readdirSync(join(repository, "node_modules"))) {
    if (!name.startsWith(".")) symlinkSync(join(repository, "node_modules", name), join(modules, name));
  }
  run("npm", ["run", "--silent", "prepare"], repository);
  const archive = run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], repository);
  const installed = join(modules, "kafka-on-ec2");
  mkdirSync(installed);
  run("tar", ["--extract", "--strip-components=1", "--file", join(folder, archive)], installed);
  symlinkSync(join(repository, "node_modules"), join(installed, "node_modules"));
  // The examples' own builds.
  const consumer = join(repository, "examples", "consumer");
  const program = join(folder, "..", "consumer", "dist", "consumer.js");
  run(
    join(repository, "node_modules", ".bin", "esbuild"),
    ["consumer.ts", "--bundle", "--platform=node", `--outfile=${program}`, "--log-level=error"],
    consumer,
  );
}
