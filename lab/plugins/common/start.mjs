// Runs the bundle with V8's compiled code from the last time, which halves the start: `node start.mjs <bundle>
// [arguments]`.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Script } from "node:vm";

const bundle = process.argv[2];
const cacheFile = `${bundle}.v8`;
// The plugin sees its arguments where they would be without this file in between.
process.argv.splice(1, 2, bundle);

function cachedCode() {
  try {
    return readFileSync(cacheFile);
  } catch {
    return undefined;
  }
}

const cachedData = cachedCode();
const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(bundle, "utf8")}\n})`;
const script = new Script(source, { filename: bundle, cachedData });
const module = { exports: {} };
script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, dirname(bundle));

if (cachedData === undefined || script.cachedDataRejected) {
  // After the start, so that what the start has compiled is in it; of no matter if it can't be written.
  setTimeout(() => {
    try {
      writeFileSync(`${cacheFile}.${process.pid}`, script.createCachedData());
      renameSync(`${cacheFile}.${process.pid}`, cacheFile);
    } catch {
      // The next start is as slow as this one.
    }
  }, 500).unref();
}
