// Bundles a plugin into one file: `node bundle.mjs <main.ts> <file>`. Starting from sources costs a second each time.
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { build } from "esbuild";

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
    legalComments: "none",
    logLevel: "warning",
  });
  // Two processes may bundle at the same moment; either's result is right.
  renameSync(draft, target);
} finally {
  rmSync(draft, { force: true });
}
