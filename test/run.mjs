// Runs every suite and prints one closing line, `N passed, N failed`. Usage: node test/run.mjs [suite ...]
// A suite is an npm script of this package; without arguments all of them run, cheapest first.
import { spawn } from "node:child_process";
import process from "node:process";

const suites =
  process.argv.slice(2).length > 0
    ? process.argv.slice(2)
    : ["lint", "test:unit", "test:program", "test:plugins", "test:lab"];

/** Runs one npm script with its output passed through. A mocha run counts its tests, anything else counts as one. */
function run(suite) {
  return new Promise((resolve) => {
    const started = Date.now();
    let output = "";
    const child = spawn("npm", ["run", "--silent", suite], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.on("data", (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.on("close", (code) => {
      const count = (word) => Number(new RegExp(`^\\s+(\\d+) ${word}\\b`, "m").exec(output)?.[1] ?? 0);
      let [passed, failed] = [count("passing"), count("failing")];
      if (passed + failed === 0) [passed, failed] = code === 0 ? [1, 0] : [0, 1];
      if (code !== 0 && failed === 0) failed = 1;
      console.log(`${suite}: ${passed} passed, ${failed} failed (${((Date.now() - started) / 1000).toFixed(0)} s)\n`);
      // What failed, as mocha tells it at its end, or the last lines of anything else.
      const evidence = /^\s+\d+ failing\b[^]*/m.exec(output)?.[0] ?? output.split("\n").slice(-40).join("\n");
      resolve({ passed, failed, evidence });
    });
  });
}

const total = { passed: 0, failed: 0 };
const failures = [];
for (const suite of suites) {
  console.log(`== ${suite}`);
  const { passed, failed, evidence } = await run(suite);
  total.passed += passed;
  total.failed += failed;
  if (failed > 0) failures.push(`== ${suite} failed\n${evidence}`);
}
// Again at the end, where a reader of the last lines finds it.
if (failures.length > 0) console.log(failures.join("\n"));
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
