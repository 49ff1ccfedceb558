// Runs every suite and prints one closing line, `N passed, N failed`. Usage: node test/run.mjs [suite ...]
// A suite is an npm script of this package; without arguments all of them run. Suites of one lane run one after the
// other, lanes beside one another: much of their time is waiting. The lab has the machine to itself.
import { spawn } from "node:child_process";
import process from "node:process";

const lanes = [
  ["test:program", "test:unit", "test:services"],
  ["lint", "test:prepare", "test:plugins"],
];
const alone = ["test:lab"];
const wanted = process.argv.slice(2);
const isWanted = (suite) => wanted.length === 0 || wanted.includes(suite);
const unknown = wanted.filter((suite) => ![...lanes.flat(), ...alone].includes(suite));

/** Runs one npm script, and shows its output when it has ended. A mocha run counts its tests, anything else as one. */
function run(suite, show) {
  return new Promise((resolve) => {
    const started = Date.now();
    let output = "";
    const child = spawn("npm", ["run", "--silent", suite], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        if (show === "as it comes") process.stdout.write(chunk);
      });
    }
    child.on("close", (code) => {
      const count = (word) => Number(new RegExp(`^\\s+(\\d+) ${word}\\b`, "m").exec(output)?.[1] ?? 0);
      let [passed, failed] = [count("passing"), count("failing")];
      if (passed + failed === 0) [passed, failed] = code === 0 ? [1, 0] : [0, 1];
      if (code !== 0 && failed === 0) failed = 1;
      if (show === "at its end") process.stdout.write(`== ${suite}\n${output}`);
      console.log(`${suite}: ${passed} passed, ${failed} failed (${((Date.now() - started) / 1000).toFixed(0)} s)\n`);
      // What failed, as mocha tells it at its end, or the last lines of anything else.
      const evidence = /^\s+\d+ failing\b[^]*/m.exec(output)?.[0] ?? output.split("\n").slice(-40).join("\n");
      resolve({ suite, passed, failed, evidence });
    });
  });
}

async function runLane(suites, show) {
  const results = [];
  for (const suite of suites.filter(isWanted)) {
    console.log(`== ${suite}${show === "at its end" ? " has begun" : ""}`);
    results.push(await run(suite, show));
  }
  return results;
}

if (unknown.length > 0) {
  console.log(`no such suite: ${unknown.join(", ")}; there are ${[...lanes.flat(), ...alone].join(", ")}`);
  process.exit(2);
}
const results = (await Promise.all(lanes.map((lane) => runLane(lane, "at its end")))).flat();
results.push(...(await runLane(alone, "as it comes")));

// Again at the end, where a reader of the last lines finds it.
const failures = results.filter(({ failed }) => failed > 0);
if (failures.length > 0)
  console.log(failures.map(({ suite, evidence }) => `== ${suite} failed\n${evidence}`).join("\n"));
const sum = (count) => results.reduce((total, result) => total + result[count], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
process.exit(failures.length === 0 ? 0 : 1);
