import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { helpText, readCommandLine } from "../../../cli/command";
import { drillCommand, drillRequest } from "../../../trials/drills/arguments";
import { drills, faultNames } from "../../../trials/drills/catalog";
import { changeNames } from "../../../trials/drills/changeCatalog";

const now = new Date("2026-11-24T01:20:30Z");
const read = (...args: string[]) => {
  const { values, words } = readCommandLine(drillCommand, args);
  return drillRequest(values, words, now);
};

describe("the drill command line", () => {
  it("takes a fault, several, or all of them in the catalog's order", () => {
    assert.deepEqual(read("kill-leader").faults, ["kill-leader"]);
    assert.deepEqual(read("freeze", "kill-leader", "freeze").faults, ["freeze", "kill-leader"]);
    assert.deepEqual(read("all").faults, [...faultNames]);
    assert.deepEqual(read("changes").faults, [...changeNames]);
    assert.deepEqual(read("scale", "freeze").faults, ["scale", "freeze"]);
    const { stack, runs, againstStock, json, html } = read("freeze");
    assert.deepEqual(
      { stack, runs, againstStock, json },
      { stack: "local", runs: 1, againstStock: false, json: undefined },
    );
    assert.equal(html, "reports/drill-2026-11-24T012030.html");
  });

  it("takes its options", () => {
    const request = read("freeze", "--against", "stock", "--runs", "3", "--yes", "--html", "/tmp/x.html");
    assert.deepEqual([request.againstStock, request.runs, request.yes, request.html], [true, 3, true, "/tmp/x.html"]);
    const calm = read("calm", "--minutes", "2", "--events-per-second", "500");
    assert.deepEqual([calm.kind, calm.minutes, calm.eventsPerSecond], ["calm", 2, 500]);
  });

  it("leaves out of all what only the lab can make, on another stack", () => {
    const { faults, leftOut } = read("all", "--stack", "prod");
    assert.ok(faults.includes("kill-leader") && !faults.includes("zone-1"));
    assert.ok(leftOut.includes("zone-1"));
    assert.equal(faults.length + leftOut.length, faultNames.length);
  });

  const refused: readonly (readonly [string, string[], RegExp])[] = [
    ["no fault", [], /no fault and no change is given.*help/],
    ["an unknown fault", ["kill-laeder"], /there is no fault or change kill-laeder; did you mean kill-leader\?/],
    [
      "names like no other, all at once, and lists what there is",
      ["xyzzyxyzzy", "freeze", "plughplugh"],
      /change xyzzyxyzzy\n.*change plughplugh\nfaults: kill-follower, .*\nchanges: roll-brokers, /,
    ],
    ["all and more", ["all", "freeze"], /give it alone/],
    ["a change misspelt", ["roll-broker"], /there is no fault or change roll-broker; did you mean roll-brokers\?/],
    ["changes and more", ["changes", "freeze"], /changes is every change: give it alone/],
    ["a change of another stack", ["scale", "--stack", "prod"], /only be made in the lab/],
    ["a change with the shipped settings", ["freeze", "scale", "--against", "stock"], /faults only, not with scale/],
    ["calm and more", ["calm", "freeze"], /give it alone/],
    ["a fault of the lab elsewhere", ["zone-1", "--stack", "prod"], /only be made in the lab/],
    ["something else to compare with", ["freeze", "--against", "stok"], /--against stok: .*did you mean stock/],
    ["stock settings elsewhere", ["freeze", "--against", "stock", "--stack", "prod"], /only on stack local/],
    ["no runs", ["freeze", "--runs", "0"], /--runs 0: a whole number from 1 to 20/],
    ["too many runs", ["freeze", "--runs", "21"], /--runs 21/],
    ["half a run", ["freeze", "--runs", "1.5"], /--runs 1.5/],
    ["runs that are no number", ["freeze", "--runs", ""], /--runs : a whole/],
    ["minutes of a fault", ["freeze", "--minutes", "3"], /--minutes goes with calm/],
    ["an unknown option", ["freeze", "--run", "3"], /--run/],
    ["a report in no folder", ["freeze", "--json", "/no/such/folder/x.json"], /there is no folder \/no\/such\/folder/],
    ["a page in no folder", ["freeze", "--html", "/no/such/folder/x.html"], /--html .*there is no folder/],
    ["a report that is a folder", ["freeze", "--json", "/tmp"], /is a folder/],
  ];
  for (const [what, words, why] of refused) {
    it(`refuses ${what}`, () => assert.throws(() => read(...words), why));
  }

  it("refuses a folder that is a file", () => {
    const folder = mkdtempSync(join(tmpdir(), "drill-"));
    try {
      writeFileSync(join(folder, "file"), "");
      assert.throws(() => read("freeze", "--json", join(folder, "file", "x.json")), /is not a folder/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("shows every fault with its budget in the help", () => {
    const help = helpText(drillCommand).split("\n");
    for (const { name, title } of drills)
      assert.ok(
        help.some((line) => line.includes(` ${name} `) && line.includes(title)),
        name,
      );
    assert.ok(help.some((line) => /kill-leader .* 3 s/.test(line)));
  });
});
