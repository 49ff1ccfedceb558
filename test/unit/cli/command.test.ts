import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../../artifacts/repository";
import { helpText, readCommandLine, type Command } from "../../../cli/command";
import { flag, oneOf, required, text, texts, wholeNumber, withDefault } from "../../../cli/options";

const options = {
  stack: required(text("NAME", "the stack")),
  color: withDefault(oneOf("COLOR", "of the line", ["red", "green"]), "red"),
  maxCount: wholeNumber("N", "no more than this", 1, 9),
  set: texts("KEY=VALUE", "a setting"),
  yes: flag("don't ask"),
};
const command = { name: "paint", about: "Paints.", options };
const read = (...args: string[]) => readCommandLine(command, args);

describe("a command line", () => {
  it("gives each option its value, its default, or nothing", () => {
    assert.deepEqual(read("--stack", "prod").values, {
      stack: "prod",
      color: "red",
      maxCount: undefined,
      set: [],
      yes: false,
    });
    const { values } = read(
      "--stack=prod",
      "--max-count",
      "3",
      "--set",
      "a=1",
      "--set",
      "b=2",
      "--yes",
      "--color",
      "green",
    );
    assert.deepEqual(values, { stack: "prod", color: "green", maxCount: 3, set: ["a=1", "b=2"], yes: true });
  });

  for (const [what, args, why] of [
    ["a required option left out", [], /^--stack is missing: the stack$/],
    [
      "a misspelt option",
      ["--satck", "prod"],
      /^there is no option --satck; did you mean --stack\? \(`npm run paint -- --help`/,
    ],
    ["an option of one letter", ["-x"], /^there is no option -x/],
    ["a value left out at the end", ["--stack"], /^--stack: a value is wanted, NAME/],
    ["a value left out in between", ["--stack", "--yes"], /^--stack: a value is wanted, NAME/],
    ["a flag with a value", ["--stack", "prod", "--yes=no"], /^--yes takes no value/],
    ["a word too many", ["--stack", "prod", "now"], /^now: a word that means nothing here/],
    [
      "a number out of its range",
      ["--stack", "prod", "--max-count", "10"],
      /^--max-count 10: a whole number from 1 to 9/,
    ],
    [
      "a misspelt value",
      ["--stack", "prod", "--color", "gren"],
      /^--color gren: one of red, green .*; did you mean green\?/,
    ],
  ] as const) {
    it(`is refused for ${what}`, () => assert.throws(() => read(...args), { name: "UsageError", message: why }));
  }

  it("takes words where the command does, and leaves alone what is somebody else's", () => {
    const any: Command<{ yes: typeof options.yes }> = { ...command, words: "any", options: { yes: options.yes } };
    assert.deepEqual(readCommandLine(any, ["a", "--yes", "b"]), { values: { yes: true }, words: ["a", "b"] });
    const rest = { ...any, words: "rest" as const };
    const line = readCommandLine(rest, ["--yes", "status", "--json", "--wat=1"]);
    assert.deepEqual(line, { values: { yes: true }, words: ["status", "--json", "--wat=1"] });
  });

  it("has a help with every option, in lines of no more than 120 characters", () => {
    const long = { ...command, options: { ...options, why: flag("because ".repeat(40).trim()) } };
    const lines = helpText(long).split("\n");
    assert.equal(lines[0], "usage: npm run paint -- [options]");
    for (const line of ["  --color COLOR     of the line (default red)", "  --max-count N     no more than this"])
      assert.ok(lines.includes(line), `${line}\n${lines.join("\n")}`);
    assert.ok(lines.every(({ length }) => length <= 120));
  });
});

describe("every npm command", function () {
  this.timeout(120_000);
  const run = (script: string, ...args: string[]) =>
    spawnSync(process.execPath, ["--import", "tsx", join("scripts", script), ...args], {
      cwd: repository,
      encoding: "utf8",
      timeout: 60_000,
    });

  it("answers an option that there is not with exit code 2, or 1 where 2 has a meaning", () => {
    for (const script of readdirSync(join(repository, "scripts")).filter((name) => name.endsWith(".ts"))) {
      const name = script.replace(".ts", "");
      const { stderr, status } = run(script, "--hepl");
      assert.match(stderr, new RegExp(`${name}: there is no option --hepl`), name);
      assert.equal(status, ["autosize", "deploy", "drift", "plan"].includes(name) ? 1 : 2, name);
    }
  });

  it("shows its help", () => {
    const { stdout, status } = run("ops.ts", "--help");
    assert.equal(status, 0);
    assert.match(stdout, /^usage: npm run ops -- \[--stack NAME\] COMMAND\n/);
  });
});
