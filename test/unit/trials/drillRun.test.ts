import assert from "node:assert/strict";
import type { Entry } from "../../../ops/logs/entry";
import type { FiredAlert } from "../../../trials/drills/alerts";
import { catalog, faultInfo, type FaultInfo } from "../../../trials/drills/catalog";
import { HealthWatch, type Health } from "../../../trials/drills/healthWatch";
import { Interrupted } from "../../../trials/drills/interruptible";
import type { Load } from "../../../trials/drills/load";
import type { LoadReport } from "../../../trials/drills/loadReport";
import { judge, type DrillRun } from "../../../trials/drills/report";
import { runDrill } from "../../../trials/drills/runDrill";
import { runDrills, type Series, type SeriesTools } from "../../../trials/drills/runDrills";
import { UserError } from "../../../cli/userError";
import { entry, faultAt, loadReport } from "./drillFixtures";

/** What a test lets go wrong. */
interface Trouble {
  readonly steady?: () => Promise<void>;
  readonly inject?: () => Promise<void>;
  readonly result?: () => Promise<LoadReport>;
  readonly undo?: () => Promise<void>;
  readonly health?: () => Promise<Health>;
  readonly alerts?: () => Promise<FiredAlert[] | undefined>;
  readonly journals?: (from: number, to: number) => Promise<readonly Entry[]>;
  readonly apply?: () => Promise<void>;
  readonly revert?: () => Promise<void>;
  readonly restore?: () => Promise<void>;
}

const never = <T>() => new Promise<T>(() => undefined);
const healthy = () => Promise.resolve({ healthy: true, missing: "" });

/** A cluster that notes what is done to it. */
function fake(trouble: Trouble = {}) {
  const steps: string[] = [];
  const lines: string[] = [];
  const step = (name: string, action: () => Promise<void> = () => Promise.resolve()) => {
    steps.push(name);
    return action();
  };
  const startLoad = (): Load => {
    steps.push("load");
    return {
      steady: trouble.steady?.() ?? Promise.resolve(),
      tell: (what) => step(`tell ${what}`),
      get result() {
        return trouble.result?.() ?? Promise.resolve(loadReport());
      },
      stop: () => step("stop load"),
    };
  };
  const tools: SeriesTools = {
    partitions: 15,
    observeEveryMs: 20,
    report: (line) => lines.push(line),
    prepare: () => step("prepare"),
    startLoad,
    inject: async (fault) => {
      await step(`inject ${fault.name}`, trouble.inject);
      return { what: "it broke", nodes: ["kafka-1"], at: Date.now(), undo: () => step("undo", trouble.undo) };
    },
    cleanUp: () => step("clean up"),
    health: trouble.health ?? healthy,
    alarmMs: 0,
    alertsSince: trouble.alerts ?? (() => Promise.resolve(undefined)),
    journals: trouble.journals ?? (() => Promise.resolve([])),
    stock: { apply: () => step("stock", trouble.apply), revert: () => step("revert", trouble.revert) },
    restore: () => (trouble.restore === undefined ? Promise.resolve() : step("restore", trouble.restore)),
    onRun: (runs) => steps.push(`report ${runs.length}`),
  };
  return { tools, steps, lines };
}

const quick: FaultInfo = { ...faultInfo("kill-leader"), lastsSeconds: 0, recoverSeconds: 0 };
const plan = { fault: quick, against: "ours", run: 1 } as const;
const series = (changes: Partial<Series> = {}): Series => ({
  faults: [quick],
  runs: 1,
  againstStock: false,
  firstHealthySeconds: 0,
  healthySeconds: 0,
  ...changes,
});
const noSignal = new AbortController().signal;

describe("a drill", () => {
  it("makes the fault under a steady load, undoes it and tidies up, in this order", async () => {
    const { tools, steps } = fake();
    const run = await runDrill(plan, tools, noSignal);
    assert.deepEqual(steps, [
      "prepare",
      "load",
      "inject kill-leader",
      "tell fault",
      "undo",
      "tell undone",
      "undo",
      "clean up",
    ]);
    assert.equal(run.failure, undefined);
    assert.equal(run.what, "it broke");
    assert.ok((run.repairedSeconds ?? 99) < 1);
  });

  it("makes no fault when the load does not get steady", async () => {
    const { tools, steps } = fake({ steady: () => Promise.reject(new Error("no client host")) });
    const run = await runDrill(plan, tools, noSignal);
    assert.match(run.failure ?? "", /no client host/);
    assert.deepEqual(steps, ["prepare", "load", "stop load", "clean up"]);
  });

  it("tells the course of the longest gap by the machines' journals", async () => {
    const asked: number[][] = [];
    const died: Entry = {
      ...entry("kafka-3", faultAt + 40),
      message: "kafka.service: Main process exited, code=killed",
    };
    const journals = (from: number, to: number) => {
      asked.push([from - faultAt, to - faultAt]);
      return Promise.resolve([died]);
    };
    const { tools, lines } = fake({ journals });
    const { course } = await runDrill(plan, tools, noSignal);
    // kafkajs waited from 20 ms before the fault on, for 2,310 ms.
    assert.deepEqual(asked, [[-5020, 2790]]);
    assert.deepEqual(
      course?.map(({ at, who }) => [at - faultAt, who]),
      [
        [-20, "kafkajs"],
        [0, "fault"],
        [40, "kafka-3"],
        [2290, "kafkajs"],
      ],
    );
    assert.ok(lines.includes("    0.04 s  kafka-3 Kafka ends: code=killed"), lines.join("\n"));
  });

  it("does without the course where no journals can be had", async () => {
    const { tools, lines } = fake({ journals: () => Promise.reject(new Error("no ops host")) });
    const run = await runDrill(plan, tools, noSignal);
    assert.deepEqual([run.failure, run.course], [undefined, undefined]);
    assert.ok(lines.includes("where the longest gap went is not known: no ops host"), lines.join("\n"));
  });

  it("does not wait for journals when it is interrupted", async () => {
    const interruption = new AbortController();
    const { tools } = fake({ journals: () => (interruption.abort(), never()) });
    await assert.rejects(runDrill(plan, tools, interruption.signal), Interrupted);
  });

  it("undoes the fault when the load dies meanwhile", async () => {
    const { tools, steps } = fake({ result: () => Promise.reject(new Error("client host gone")) });
    const run = await runDrill({ ...plan, fault: { ...quick, lastsSeconds: 300 } }, tools, noSignal);
    assert.match(run.failure ?? "", /client host gone/);
    assert.deepEqual(steps.slice(-3), ["undo", "stop load", "clean up"]);
  });

  it("stops the load and tidies up also when the fault can't be undone", async () => {
    const { tools, steps, lines } = fake({ undo: () => Promise.reject(new Error("no way")) });
    const run = await runDrill(plan, tools, noSignal);
    assert.match(run.failure ?? "", /no way/);
    assert.deepEqual(steps.slice(-3), ["undo", "stop load", "clean up"]);
    assert.ok(lines.some((line) => line.includes("the fault could not be undone")));
  });

  it("undoes everything when interrupted while the fault lasts", async () => {
    const { tools, steps } = fake({ result: never });
    const interruption = new AbortController();
    setTimeout(() => interruption.abort(), 50);
    const lasting = { ...plan, fault: { ...quick, lastsSeconds: 300 } };
    await assert.rejects(runDrill(lasting, tools, interruption.signal), Interrupted);
    assert.deepEqual(steps.slice(-3), ["undo", "stop load", "clean up"]);
    assert.ok(!steps.includes("tell undone"));
  });

  it("makes no fault when interrupted before", async () => {
    const { tools, steps } = fake({ steady: never });
    const interruption = new AbortController();
    setTimeout(() => interruption.abort(), 20);
    await assert.rejects(runDrill(plan, tools, interruption.signal), Interrupted);
    assert.deepEqual(steps, ["prepare", "load", "stop load", "clean up"]);
  });

  it("fails when the cluster does not get healthy again, and says what is missing", async () => {
    const { tools, lines } = fake({
      health: () => Promise.resolve({ healthy: false, missing: "kafka-1: no connection" }),
    });
    const run = await runDrill(plan, tools, noSignal);
    assert.equal(run.repairedSeconds, undefined);
    assert.deepEqual(judge(run), ["the cluster was not healthy again in time"]);
    assert.ok(lines.some((line) => line.includes("kafka-1: no connection")));
  });
});

describe("the alerts in a drill", () => {
  const nodeOut: FiredAlert = { name: "NodeOut", severity: "ticket", afterSeconds: 12 };
  const once = (first: FiredAlert[] | undefined, then: FiredAlert[] | undefined) => {
    let asked = 0;
    return () => Promise.resolve(asked++ === 0 ? first : then);
  };

  it("fail it when they are none of its plan's", async () => {
    const run = await runDrill(plan, fake({ alerts: once([], [nodeOut]) }).tools, noSignal);
    assert.deepEqual(run.alerts, [nodeOut]);
    assert.deepEqual(judge(run), ["the alert NodeOut (ticket) fired after 12 s"]);
  });

  it("pass it when they are, and when there are none", async () => {
    const fault = { ...quick, mayAlert: ["NodeOut"] };
    assert.deepEqual(
      judge(await runDrill({ ...plan, fault }, fake({ alerts: once([], [nodeOut]) }).tools, noSignal)),
      [],
    );
    assert.deepEqual(judge(await runDrill(plan, fake({ alerts: once([], []) }).tools, noSignal)), []);
  });

  it("are not asked for with stock settings, nor where nothing watches the cluster", async () => {
    const stock = await runDrill({ ...plan, against: "stock" }, fake({ alerts: once([], [nodeOut]) }).tools, noSignal);
    assert.equal(stock.alerts, undefined);
    const unwatched = await runDrill(plan, fake({ alerts: once(undefined, [nodeOut]) }).tools, noSignal);
    assert.deepEqual([unwatched.alerts, judge(unwatched)], [undefined, []]);
  });
});

describe("a series of drills", () => {
  it("does not begin on a cluster that is not healthy", async () => {
    const { tools, steps } = fake({
      health: () => Promise.resolve({ healthy: false, missing: "kafka-1: no connection" }),
    });
    await assert.rejects(
      runDrills(series(), tools, noSignal),
      (error) =>
        error instanceof UserError && /not healthy, so no drill is begun: kafka-1: no conn/.test(error.message),
    );
    assert.deepEqual(steps, []);
  });

  it("does ours first, then stock, and reverts once", async () => {
    const { tools, steps } = fake();
    const { runs, stopped } = await runDrills(series({ runs: 2, againstStock: true }), tools, noSignal);
    assert.equal(stopped, undefined);
    assert.deepEqual(
      runs.map(({ against, run }) => `${against} ${run}`),
      ["ours 1", "ours 2", "stock 1", "stock 2"],
    );
    const order = steps.filter((one) => ["stock", "revert"].includes(one) || one.startsWith("report"));
    assert.deepEqual(order, ["report 1", "report 2", "stock", "report 3", "stock", "report 4", "revert"]);
  });

  it("goes on after a drill that failed", async () => {
    let first = true;
    const { tools } = fake({
      inject: () => {
        const fails = first;
        first = false;
        return fails ? Promise.reject(new Error("no such node")) : Promise.resolve();
      },
    });
    const { runs } = await runDrills(series({ runs: 2 }), tools, noSignal);
    assert.match(runs[0]?.failure ?? "", /no such node/);
    assert.equal(runs[1]?.failure, undefined);
  });

  it("ends when its time is over, and when the look at a run says so", async () => {
    const { tools } = fake();
    const faults = [quick, quick];
    assert.deepEqual((await runDrills(series({ faults, until: Date.now() }), tools, noSignal)).runs, []);
    const examine = (run: DrillRun) => Promise.resolve(run.run === 2 ? "a topic is left" : undefined);
    const { runs, stopped } = await runDrills(series({ faults, runs: 2 }), { ...tools, examine }, noSignal);
    assert.deepEqual([runs.length, stopped], [2, "a topic is left"]);
    const all = await runDrills(series({ faults, runs: 2 }), tools, noSignal);
    assert.deepEqual(
      all.runs.map(({ run }) => run),
      [1, 2, 3, 4],
    );
  });

  it("stops on a cluster that stays broken, and says what is left to do", async () => {
    let looks = 0;
    const broken = { healthy: false, missing: "kafka-2: not registered" };
    const { tools, steps } = fake({
      inject: () => Promise.reject(new Error("broke more than it should")),
      health: () => Promise.resolve(++looks <= 2 ? { healthy: true, missing: "" } : broken),
    });
    const faults = [quick, ...catalog.filter(({ name }) => name === "freeze")];
    const { runs, stopped } = await runDrills(series({ faults }), tools, noSignal);
    assert.equal(runs.length, 1);
    assert.match(stopped ?? "", /kafka-2: not registered[^]*not done: freeze[^]*npm run drill -- freeze/);
    assert.ok(!steps.includes("inject freeze"));
  });

  it("reverts the stock settings when they could not all be put on", async () => {
    const { tools, steps } = fake({ apply: () => Promise.reject(new Error("no ssh")) });
    const { runs, stopped } = await runDrills(series({ againstStock: true }), tools, noSignal);
    assert.equal(steps.at(-1), "revert");
    assert.equal(runs.length, 1);
    assert.match(stopped ?? "", /no ssh/);
  });

  it("says when our settings are not back", async () => {
    const { tools } = fake({ revert: () => Promise.reject(new Error("no ssh")) });
    const { stopped } = await runDrills(series({ againstStock: true }), tools, noSignal);
    assert.match(stopped ?? "", /our settings could not be put back.*no ssh/);
  });

  it("reverts the stock settings when interrupted", async () => {
    const interruption = new AbortController();
    const { tools, steps } = fake({
      apply: () => {
        interruption.abort();
        return Promise.resolve();
      },
    });
    const { runs, interrupted } = await runDrills(series({ againstStock: true }), tools, interruption.signal);
    assert.equal(interrupted, true);
    assert.equal(runs.length, 1);
    assert.equal(steps.at(-1), "revert");
  });
});

describe("a series with changes", () => {
  const restore = () => Promise.resolve();

  it("puts the stack's own settings back after each, also when it fails or is interrupted", async () => {
    const { tools, steps } = fake({ restore, inject: () => Promise.reject(new Error("no such node")) });
    await runDrills(series({ runs: 2 }), tools, noSignal);
    const order = steps.filter((one) => one === "clean up" || one === "restore");
    assert.deepEqual(order, ["clean up", "restore", "clean up", "restore"]);
    const interruption = new AbortController();
    const interrupted = fake({ restore, inject: () => Promise.resolve(interruption.abort()) });
    await runDrills(series({ runs: 2 }), interrupted.tools, interruption.signal);
    assert.deepEqual(interrupted.steps.slice(-2), ["clean up", "restore"]);
  });

  it("begins no other when they could not be put back", async () => {
    const { tools, steps } = fake({ restore: () => Promise.reject(new UserError("the stack is locked")) });
    const { runs, stopped } = await runDrills(series({ runs: 2 }), tools, noSignal);
    assert.equal(stopped, "the stack is locked");
    assert.equal(runs.length, 1);
    assert.equal(steps.filter((one) => one === "restore").length, 1);
  });

  it("puts them back once more when the first Ctrl-C cuts that off", async () => {
    const interruption = new AbortController();
    let first = true;
    const { tools, steps } = fake({
      restore: () => {
        if (!first) return Promise.resolve();
        first = false;
        interruption.abort();
        return Promise.reject(new UserError("interrupted"));
      },
    });
    const { stopped } = await runDrills(series(), tools, interruption.signal);
    assert.equal(stopped, undefined);
    assert.equal(steps.filter((one) => one === "restore").length, 2);
  });
});

describe("the watch on the cluster's health", () => {
  it("counts from the last time that it became healthy, and lets failed looks pass", async () => {
    const looks = [true, false, "away", true, "away", true];
    let index = 0;
    let recovered = 0;
    const watch = new HealthWatch(() => {
      const observation = looks[Math.min(index++, looks.length - 1)];
      if (observation === "away") return Promise.reject(new Error("no ops host"));
      if (index === 4) recovered = Date.now();
      return Promise.resolve({ healthy: observation === true, missing: "x" });
    }, 20);
    const since = await watch.repaired(Date.now() + 2000, noSignal);
    await watch.stop();
    assert.ok(since !== undefined && Math.abs(since - recovered) < 15, `${since} ${recovered}`);
  });

  it("gives up at the deadline", async () => {
    const watch = new HealthWatch(() => Promise.resolve({ healthy: false, missing: "kafka-1" }), 20);
    assert.equal(await watch.repaired(Date.now() + 100, noSignal), undefined);
    assert.equal(watch.lastMissing, "kafka-1");
    await watch.stop();
  });
});
