/*
 * Which room may import which: `npm run lint:rooms`. docs/architecture.md says what each is for. Tests may import all.
 */

export const mayImport = {
  settings: [],
  planning: ["settings"],
  artifacts: ["settings"],
  policies: ["planning"],
  policyPack: [],
  aws: ["planning", "settings"],
  components: ["aws", "planning", "settings", "artifacts", "monitoring"],
  monitoring: ["planning", "settings"],
  outputs: ["planning", "settings", "examples"],
  // The canary is an application: it has what applications copy.
  ops: ["planning", "settings", "monitoring", "examples"],
  cli: ["settings"],
  stack: ["planning", "settings", "artifacts", "cli"],
  trials: ["stack", "ops", "planning", "settings", "artifacts", "policies", "cli", "examples"],
  scripts: ["trials", "stack", "planning", "settings", "artifacts", "policies", "cli"],
  // These two stand alone: a workspace of its own, and what a reader copies, which knows no more than the package.
  lab: [],
  examples: [],
};

/** What another project gets of this one, as `kafka-on-ec2` and `kafka-on-ec2/outputs`. */
const thePackage = "^(components|outputs)/index\\.ts$";

const rule = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });
const within = (...rooms) => `^(${rooms.join("|")})/`;

/** The file that writes what follows from the settings' schema into the repository, for those who change the schema. */
const schemaWriter = "^settings/written/files\\.ts$";

/** The files of the settings that ask the running Pulumi program. */
const pulumiSettings = "^settings/pulumiConfig\\.ts$";

export default {
  forbidden: [
    rule("no-circles", "Files that import one another can't be read one after the other.", {}, { circular: true }),
    rule("resolvable", "What is imported has to be there.", {}, { couldNotResolve: true }),
    ...Object.entries(mayImport).map(([room, others]) =>
      rule(
        `${room}-imports`,
        others.length === 0 ? `${room}/ imports no other room.` : `${room}/ imports only ${others.join(", ")}.`,
        { path: within(room) },
        {
          dependencyTypes: ["local"],
          pathNot: room === "examples" ? `${within(room)}|${thePackage}` : within(room, ...others),
        },
      ),
    ),
    rule(
      "program-imports",
      "index.ts is the Pulumi program: commands import nothing of it, and it nothing of theirs but the engine watch.",
      { path: "^index\\.ts$" },
      {
        dependencyTypes: ["local"],
        pathNot: [
          within("components", "aws", "artifacts", "planning", "settings"),
          "^stack/(engineWatch|promiseTraces)\\.ts$",
        ],
      },
    ),
    rule(
      "pulumi-only-where-it-runs",
      "Only the program and the Automation API know Pulumi: all else runs without it.",
      {
        pathNot: [
          within("components", "aws", "stack", "policyPack", "lab", "examples/own-program", "examples/service"),
          "^index\\.ts$",
          pulumiSettings,
        ],
      },
      { path: "node_modules/@pulumi/", dependencyTypesNot: ["type-only"] },
    ),
    rule(
      "settings-without-pulumi",
      "Commands and the ops host read settings where no Pulumi program runs.",
      { pathNot: `${within("components", "aws")}|^index\\.ts$|${pulumiSettings}` },
      { path: pulumiSettings },
    ),
    rule(
      "pure",
      "settings/, planning/ and monitoring/ only compute: no files, processes or network.",
      { path: within("settings", "planning", "monitoring"), pathNot: schemaWriter },
      { dependencyTypes: ["core"], pathNot: "^(node:)?(crypto|path|util)$" },
    ),
    rule(
      "shipped-dependencies",
      "What runs outside of tests is a dependency, not a development dependency.",
      {
        path: `${within(...Object.keys(mayImport).filter((room) => room !== "lab"))}|^index\\.ts$`,
        pathNot: schemaWriter,
      },
      { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // What is built is looked at as sources.
    exclude: { path: "^(test|coverage|reports)/|^examples/[^/]+/dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
  },
};
