// Changes the code in small ways, one at a time, and tells how many of the changes the unit tests of the room notice.
// Usage: npm run test:mutation [-- FOLDER ...]; a folder is a room, or one in it: ops, ops/guardian,
// planning/placement. Results are kept: a second run tries only what has changed since. The changes that nothing
// notices: reports/mutation/.
import { readdirSync } from "node:fs";
import process from "node:process";
import { Stryker } from "@stryker-mutator/core";

const foldersOf = (room) =>
  readdirSync(room, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? [`${room}/${one.name}`] : []));
const rooms = ["ops", "planning", "settings"];
const folders = rooms
  .flatMap((room) => [room, ...foldersOf(room)])
  .filter((folder) => readdirSync(folder).some((file) => file.endsWith(".ts")));
const wanted = process.argv.slice(2);
const chosen = folders.filter(
  (folder) => wanted.length === 0 || wanted.some((one) => folder === one || folder.startsWith(`${one}/`)),
);
if (chosen.length === 0) throw new Error(`there is no such folder; those that can be tried: ${folders.join(", ")}`);

const total = { noticed: 0, of: 0 };
for (const folder of chosen) {
  const name = folder.replaceAll("/", "-");
  const begun = Date.now();
  const mutants = await new Stryker({
    // What is only a process of its own is tried as one, where no change reaches it. What is written from the schema
    // has types alone.
    mutate: [`${folder}/*.ts`, "!ops/kafkaOps.ts", "!settings/clusterArgs.ts"],
    // It would write a comment into every file, and a test compares the text of that one. Nothing checks types here.
    disableTypeChecks: false,
    mutator: {
      // Nearly all are texts for people: a test that holds them word for word hinders whoever betters them. What Kafka,
      // AWS and the nodes read is held by snapshots.
      excludedMutations: ["StringLiteral"],
    },
    // What runs once, as a file is loaded, would need a process of its own for each change.
    ignoreStatic: true,
    coverageAnalysis: "perTest",
    testRunner: "mocha",
    testRunnerNodeArgs: ["--import", "tsx", "--import", "./test/assertOk.mjs", "--import", "./test/repeatable.mjs"],
    // A test that measures time fails beside the instrumentation; one that starts the program as a process sees no
    // change.
    mochaOptions: {
      // Planning's folders have their tests beside them, and those of others plan hundreds of clusters.
      spec: [`test/unit/${folder.startsWith("planning/") ? folder : folder.split("/")[0]}/**/*.test.ts`],
      grep: "^(?!.*(processor time|as a service|exit code))",
    },
    // Planning's properties need it on a loaded machine.
    dryRunTimeoutMinutes: 30,
    concurrency: 1,
    incremental: true,
    // `npm ci` would take them away from below node_modules.
    incrementalFile: `reports/mutation/${name}.json`,
    tempDirName: "node_modules/.cache/stryker",
    reporters: ["progress-append-only", "html"],
    htmlReporter: { fileName: `reports/mutation/${name}.html` },
  }).runMutationTest();
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const noticed = count("Killed", "Timeout");
  const [survived, unrun] = [count("Survived"), count("NoCoverage")];
  const of = noticed + survived + unrun;
  total.noticed += noticed;
  total.of += of;
  console.log(
    `${folder}: ${percent(noticed, of)}: ${noticed} of ${of} changes noticed, ${survived} not, ${unrun} where no ` +
      `test comes; ${Math.round((Date.now() - begun) / 1000)} s`,
  );
}
console.log(`in all: ${percent(total.noticed, total.of)}: ${total.noticed} of ${total.of} changes noticed`);

function percent(part, whole) {
  return whole === 0 ? "nothing to change" : `${((100 * part) / whole).toFixed(1)} %`;
}
