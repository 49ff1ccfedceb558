import assert from "node:assert/strict";
import fc from "fast-check";
import { drillPage } from "../../../trials/drills/page/html";
import { element } from "../../../ops/page/markup";
import { roundStep, segments } from "../../../trials/drills/page/segments";
import {
  controllerChanges,
  duration,
  fullIsrSeconds,
  isrShrinks,
  jsonRows,
  judge,
  passed,
} from "../../../trials/drills/report";
import { spread, summarize } from "../../../trials/drills/summary";
import { drillTable } from "../../../trials/drills/table";
import { clientReport, drillRun, faultAt, loadReport, start, stockRun } from "./drillFixtures";

describe("a drill's verdict", () => {
  it("passes within the budget, with nothing lost and all repaired", () => {
    assert.deepEqual(judge(drillRun()), []);
    assert.equal(passed([drillRun(), stockRun()]), true, "stock settings are not on trial");
  });

  const failing: readonly (readonly [string, Parameters<typeof drillRun>[0], RegExp])[] = [
    [
      "a budget is exceeded",
      { budgetMs: 2000 },
      /^kafkajs: 2.31 s without an acknowledgement on partition 3 from \d\d:\d\d:\d\d UTC; 2.00 s are allowed/,
    ],
    [
      "an event is lost",
      { load: loadReport({ clients: [clientReport("kafkajs", 20, { lost: 1, lostExamples: [7] })] }) },
      /1 acknowledged events are lost, among them 7/,
    ],
    [
      "an error reaches the application",
      { load: loadReport({ clients: [clientReport("java", 20, { errors: 1, errorExamples: ["TimeoutException"] })] }) },
      /1 errors reached the application \(TimeoutException\)/,
    ],
    [
      "writing was to stop, and went on",
      { fault: "disks-full", load: loadReport({ clients: [clientReport("java", 20)] }) },
      /^java: writing was to stop, and no error said so$/,
    ],
    [
      "nothing is acknowledged",
      { load: loadReport({ clients: [clientReport("java", 20, { acknowledged: 0 })] }) },
      /no event/,
    ],
    ["older data is lost", { load: loadReport({ preloadLost: 3 }) }, /^3 of the events that were there before/],
    [
      "a copy is another than the rest",
      { load: loadReport({ copies: { read: 20, faults: ["t-0 on broker 2 ends at 5, before 9"] } }) },
      /^t-0 on broker 2 ends at 5, before 9$/,
    ],
    ["a change is not as promised", { fault: "scale", facts: {}, unmet: ["no copies"] }, /^no copies$/],
    ["the ISRs stay short", { load: loadReport({ fullIsrAt: null }) }, /not every ISR was full/],
    ["the cluster stays broken", { repairedSeconds: undefined }, /not healthy again in time/],
    ["the drill could not be done", { load: undefined, failure: "no such node" }, /^no such node$/],
  ];
  for (const [what, changes, why] of failing) {
    it(`fails when ${what}`, () => {
      const run = drillRun(changes);
      assert.equal(judge(run).length, 1, judge(run).join("; "));
      assert.match(judge(run)[0] ?? "", why);
      assert.equal(passed([run]), false);
    });
  }

  it("counts ISR shrinks, and not gaps, under packet loss", () => {
    const slow = [clientReport("kafkajs", 60_000), clientReport("java", 60_000)];
    const flapping = Array.from({ length: 40 }, (_, index) => ({
      at: faultAt + index * 1000,
      controllerId: 1,
      brokers: [1, 2],
      underReplicated: index % 2,
      offline: 0,
    }));
    assert.deepEqual(judge(drillRun({ fault: "packet-loss", load: loadReport({ clients: slow }) })), []);
    const storm = drillRun({ fault: "packet-loss", load: loadReport({ clients: slow, observations: flapping }) });
    assert.deepEqual(judge(storm), ["ISRs shrank 20 times: more than once for each of 15 partitions"]);
  });
});

describe("a drill's figures", () => {
  it("count from the end of the fault, and only what came after it", () => {
    assert.equal(fullIsrSeconds(loadReport()), 7.4);
    assert.equal(fullIsrSeconds(loadReport({ undoneAt: faultAt + 5000 })), 2.4);
    assert.equal(fullIsrSeconds(loadReport({ undoneAt: faultAt + 60_000 })), 0);
    assert.equal(controllerChanges(loadReport()), 1);
    assert.equal(isrShrinks(loadReport()), 12);
    assert.equal(isrShrinks(loadReport({ observations: [] })), 0);
  });

  it("are in the JSON, an element for each client and run", () => {
    const rows = jsonRows([
      drillRun(),
      stockRun(),
      drillRun({ load: undefined, failure: "x", repairedSeconds: undefined }),
    ]);
    assert.equal(rows.length, 6);
    const [kafkajs, java] = rows;
    assert.deepEqual(
      [kafkajs?.fault, kafkajs?.against, kafkajs?.client, kafkajs?.longestGapMs, kafkajs?.budgetMs, kafkajs?.passed],
      ["kill-leader", "ours", "kafkajs", 2310, 3000, true],
    );
    assert.deepEqual(
      [java?.client, java?.longestGapMs, java?.fullIsrSeconds, java?.repairedSeconds],
      ["java", 1900, 7.4, 8.1],
    );
    assert.deepEqual(java?.gapMsByPartition, { 0: 25, 3: 1900 });
    assert.equal(java?.longestGapFrom, new Date(faultAt - 20).toISOString());
    assert.deepEqual([rows[3]?.against, rows[3]?.lost, rows[3]?.withinBudget], ["stock", 2, false]);
    assert.deepEqual([rows[4]?.longestGapMs, rows[4]?.failures], [null, ["x"]]);
    assert.deepEqual(JSON.parse(JSON.stringify(rows)), rows, "nothing is lost in JSON");
  });

  it("are summarized by median and spread, with the ratio to stock", () => {
    const gaps = (ms: number, run: number) =>
      drillRun({ run, load: loadReport({ clients: [clientReport("kafkajs", ms), clientReport("java", ms)] }) });
    const [row] = summarize([gaps(2000, 1), gaps(2600, 2), gaps(2200, 3), stockRun()]);
    assert.deepEqual(row?.ours?.gapMs, { median: 2200, min: 2000, max: 2600 });
    assert.equal(row?.ratio?.toFixed(2), (20_200 / 2200).toFixed(2));
    assert.equal(row?.ours?.acknowledged, 3 * 11_250);
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const { min, median, max } = spread(values) ?? { min: 1, median: 0, max: 0 };
        assert.ok(min <= median && median <= max);
        assert.ok(values.includes(min) && values.includes(max));
      }),
    );
  });

  it("are written with three digits", () => {
    assert.deepEqual([840, 2310, 48_200, 302_000].map(duration), ["840 ms", "2.31 s", "48.2 s", "302 s"]);
  });
});

describe("the table", () => {
  it("has a line for each fault and client, and says why something failed", () => {
    const table = drillTable([drillRun(), drillRun({ fault: "freeze", budgetMs: 100 })]).split("\n");
    assert.match(
      table[0] ?? "",
      /^fault +client +budget +longest gap +verdict +acknowledged +lost +duplicates +full ISR +repaired +controller changes$/,
    );
    assert.match(table[1] ?? "", /^kill-leader +kafkajs +3.00 s +2.31 s +passed +11,250 +0 +0 +7.40 s +8.10 s +1$/);
    assert.match(table[3] ?? "", /^freeze +kafkajs +100 ms +2.31 s +FAILED/);
    assert.match(table.slice(5).join("\n"), /FAULT freeze: kafkajs: 2.31 s without/);
  });

  it("has the figures of changes below", () => {
    const facts = { "update, seconds": 132, "back: copied": "3.3 GB" };
    const change = drillRun({ fault: "scale", facts, unmet: [] });
    assert.match(drillTable([change]), /^change +client[^]*\n\nscale: update, seconds: 132; back: copied: 3.3 GB$/);
    assert.deepEqual(jsonRows([change])[0]?.facts, facts);
    assert.equal(jsonRows([drillRun()])[0]?.facts, null);
    const page = drillPage([change], { stack: "local", clusterName: "kafka-local", at: start });
    assert.match(page, /1 runs of 1 changes[^]*update, seconds: 132; back: copied: 3.3 GB/);
  });

  it("has stock beside ours, with the ratio", () => {
    const table = drillTable([drillRun(), stockRun()]).split("\n");
    assert.match(table[1] ?? "", /2.31 s +20.2 s, 3 errors +8.7×/);
    assert.match(table[2] ?? "", /1.90 s +19.8 s, 2 lost +10×/);
  });

  it("has median and spread of several runs", () => {
    assert.match(drillTable([drillRun(), drillRun({ run: 2 })]), /2.31 s \(2.31 s to 2.31 s\)/);
  });
});

/** Throws unless every tag is closed in order, and no text or attribute has a bare `<` or `&`. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  const rest = xml.replaceAll(
    /<(\/?)([\w-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, close: string, name: string, _attributes, empty: string) => {
      if (close !== "") assert.equal(open.pop(), name);
      else if (empty === "") open.push(name);
      return "";
    },
  );
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /[<>]/);
  assert.doesNotMatch(xml, /&(?!(amp|lt|gt|quot|#39);)/);
}

describe("the page", () => {
  const context = { stack: "local", clusterName: "kafka-local", at: start };

  it("is well-formed, needs nothing else, and shows every run", () => {
    const page = drillPage(
      [drillRun(), drillRun({ run: 2 }), stockRun(), drillRun({ fault: "freeze", load: undefined, failure: "no" })],
      context,
    );
    assertWellFormed(page.replace("<!doctype html>", "").replace(/<style>.*<\/style>/s, ""));
    assert.equal(page.match(/class="timeline"/g)?.length, 3);
    assert.doesNotMatch(page, /<script|<link|https?:|url\(|NaN|undefined|Infinity/);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length, "ids are unique");
    for (const [, references = ""] of page.matchAll(/aria-labelledby="([^"]+)"/g))
      for (const id of references.split(" ")) assert.ok(ids.includes(id), id);
    assert.match(page, /prefers-color-scheme: dark/);
  });

  it("escapes what comes from outside", () => {
    const evil = `<script>alert("x")</script> & 'more'\u0000`;
    const page = drillPage([drillRun({ what: evil, failure: evil })], { ...context, stopped: evil });
    assert.doesNotMatch(page, /<script/);
    assertWellFormed(page.replace("<!doctype html>", "").replace(/<style>.*<\/style>/s, ""));
    fc.assert(fc.property(fc.string(), (text) => assertWellFormed(element("a", { title: text }, text).text)));
  });

  it("tells where the longest gap went", () => {
    const course = [
      { at: faultAt, who: "fault", what: "" },
      { at: faultAt + 340, who: "kafka-1", what: "is the controller" },
    ];
    const page = drillPage([drillRun({ course })], context);
    assert.match(page, /<summary>where 2.31 s went: kafkajs, partition 3<\/summary>/);
    assert.match(page, /<td>0.34 s<\/td><td class="text">kafka-1 is the controller<\/td>/);
    assert.doesNotMatch(drillPage([drillRun()], context), / went: /);
  });

  it("draws a run in which nothing was observed, and one without end marks", () => {
    const bare = loadReport({ observations: [], fullIsrAt: null, undoneAt: null, faultAt: null, clients: [] });
    assert.doesNotMatch(drillPage([drillRun({ load: bare })], context), /NaN|Infinity/);
  });
});

describe("segments", () => {
  it("join what stayed the same and fill the whole time", () => {
    assert.deepEqual(
      segments(loadReport(), ({ controllerId }) => controllerId),
      [
        { from: start, to: faultAt + 900, value: 3 },
        { from: faultAt + 900, to: start + 30_000, value: 1 },
      ],
    );
  });

  it("have round steps on the axis", () => {
    assert.deepEqual(
      [30, 90, 400].map((seconds) => roundStep(seconds, 14)),
      [5, 10, 30],
    );
  });
});
