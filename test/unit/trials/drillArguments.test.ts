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
    assert.deepEqual([read("freeze").slack, read("freeze", "--slack", "3").slack], [1, 3]);
  });

  it("takes two faults at once, where they may meet", () => {
    assert.deepEqual(read("freeze+zk-kill-leader", "kill-leader").faults, ["freeze+zk-kill-leader", "kill-leader"]);
    assert.deepEqual(read("zk-kill-leader+freeze").faults, ["zk-kill-leader+freeze"]);
  });

  it("takes the steps of a seed, one for each minute at most", () => {
    const { kind, seed, minutes, faults, plan } = read("random", "--seed", "7", "--minutes", "5", "--plan");
    assert.deepEqual([kind, seed, minutes, plan], ["random", 7, 5, true]);
    const steps = ["roll-brokers", "zk-corrupt+second-failure", "kill-leader+zk-kill-leader", "root-hang+vast-event"];
    assert.deepEqual(faults, [...steps, "kafka-version"]);
    assert.equal(read("random").seed, now.getTime() % 2 ** 32);
    assert.equal(read("random").faults.length, 60);
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
    ["minutes of a fault", ["freeze", "--minutes", "3"], /--minutes goes with calm and random/],
    ["a calm that is too long", ["calm", "--minutes", "61"], /--minutes 61: calm takes at most 60/],
    ["the seed of a fault", ["freeze", "--seed", "3"], /--seed goes with random/],
    ["random and more", ["random", "freeze"], /random is a run of its own/],
    ["random several times", ["random", "--runs", "2"], /--runs does not go with random/],
    ["random with the shipped settings", ["random", "--against", "stock"], /--against does not go with random/],
    ["three brokers out at once", ["kill-two+freeze"], /together they take 3 brokers, and 2 may be out/],
    ["two of three ZooKeeper nodes", ["zone-2+zk-corrupt"], /2 ZooKeeper nodes, and 1 may be out/],
    ["a fault with itself", ["freeze+freeze"], /freeze is one fault/],
    ["one that meets no other", ["clock+freeze"], /clock meets no other: its broker is restarted/],
    ["a fault and a change at once", ["freeze+scale"], /there is no fault or change freeze\+scale/],
    ["three at once", ["freeze+zk-corrupt+ops-lost"], /there is no fault or change freeze\+zk/],
    ["two at once of the lab elsewhere", ["freeze+silent", "--stack", "prod"], /only be made in the lab/],
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
