// Bundles a plugin into one file: `node build.mjs <main.ts> <file>`. Starting from sources would cost a second at each
// `pulumi` command.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { build } from "esbuild";

const keptDays = 14;
const [source, target] = process.argv.slice(2);
const folder = dirname(target);
const draft = join(folder, `.draft-${process.pid}.js`);
mkdirSync(folder, { recursive: true });
try {
  await build({
    entryPoints: [source],
    outfile: draft,
    bundle: true,
    platform: "node",
    target: "node20",
    // The ES modules of the AWS clients: only the calls in use get into the bundle.
    mainFields: ["module", "main"],
    // As require(): code that V8 takes from its cache can't import (see start.mjs).
    supported: { "dynamic-import": false },
    minify: true,
    legalComments: "none",
    logLevel: "warning",
  });
  // Two plugins may build at the same moment; either's result is right.
  renameSync(draft, target);
  removeOldBundles();
} finally {
  rmSync(draft, { force: true });
}

/** Each change of the sources leaves a bundle behind. */
function removeOldBundles() {
  const plugins = dirname(folder);
  const [prefix] = basename(folder).split(/(?<=-)/);
  for (const name of readdirSync(plugins).filter((other) => other.startsWith(prefix))) {
    const age = Date.now() - statSync(join(plugins, name), { throwIfNoEntry: false })?.mtimeMs;
    if (age > keptDays * 24 * 3600 * 1000) rmSync(join(plugins, name), { recursive: true, force: true });
  }
}
