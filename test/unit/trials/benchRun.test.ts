import assert from "node:assert/strict";
import { BrokerAway } from "../../../trials/bench/brokerAway";
import { runBench, type BenchPlan, type BenchTools } from "../../../trials/bench/runBench";
import { Interrupted } from "../../../trials/drills/interruptible";
import type { BenchJobResult, Cue, Measured } from "../../../trials/jobs/bench/parameters";
import { UserError } from "../../../cli/userError";
import { FakeMachines, stateWith } from "./drillMachines";

const measured: Measured = {
  phase: "catch-up",
  percent: 50,
  groups: 0,
  MBps: 40,
  eventsPerSecond: 100_000,
  latencyMs: { mean: 5, p50: 4, p95: 9, p99: 31, p999: 188, max: 412 },
  failedEvents: 0,
  seconds: 60,
  fullIsrAt: 30_000,
};
const topic = "bench-12ab-6";

/** What a test lets go wrong. */
interface Trouble {
  readonly measure?: (onCue: (cue: Cue) => Promise<void>) => Promise<BenchJobResult>;
  readonly stop?: () => Promise<void>;
  readonly undo?: () => Promise<void>;
  readonly health?: () => Promise<{ healthy: boolean; missing: string }>;
  readonly apply?: () => Promise<void>;
  readonly revert?: () => Promise<void>;
}

/** A job that has a broker stopped and started. */
async function bothCues(onCue: (cue: Cue) => Promise<void>): Promise<BenchJobResult> {
  await onCue({ what: "stop", topic });
  await onCue({ what: "start", topic });
  return { measured: [measured] };
}

/** A cluster that notes what is done to it. */
function fake(trouble: Trouble = {}) {
  const steps: string[] = [];
  const lines: string[] = [];
  const step = (name: string, action: () => Promise<void> = () => Promise.resolve()) => {
    steps.push(name);
    return action();
  };
  const tools: BenchTools = {
    observeEveryMs: 5,
    report: (line) => lines.push(line),
    health: trouble.health ?? (() => Promise.resolve({ healthy: true, missing: "" })),
    measure: (against, onCue) => {
      steps.push(`measure ${against}`);
      return (trouble.measure ?? bothCues)(onCue);
    },
    brokerAway: () => ({
      stop: (name) => step(`stop for ${name}`, trouble.stop),
      start: () => step("start").then(() => 10_000),
      undo: () => step("undo", trouble.undo),
    }),
    deleteTopics: () => step("delete topics"),
    stock: { apply: () => step("stock", trouble.apply), revert: () => step("revert", trouble.revert) },
    facts: () => ({ payload: "events", copies: 4, partitions: 15, producers: 2, settings: {} }),
    onResults: (results) => steps.push(`report ${results.length}`),
  };
  return { tools, steps, lines };
}

const plan = (changes: Partial<BenchPlan> = {}): BenchPlan => ({
  runs: 1,
  againstStock: false,
  firstHealthySeconds: 0,
  healthySeconds: 0,
  ...changes,
});
const noSignal = new AbortController().signal;
const oneRun = [`stop for ${topic}`, "start", "undo"];

describe("a benchmark", () => {
  it("measures ours first, then stock, and puts our settings back", async () => {
    const { tools, steps } = fake();
    const outcome = await runBench(plan({ runs: 2, againstStock: true }), tools, noSignal);
    assert.deepEqual(steps, [
      ...["measure ours", ...oneRun, "report 1", "measure ours", ...oneRun, "report 2", "stock"],
      ...["measure stock", ...oneRun, "report 3", "measure stock", ...oneRun, "report 4", "revert"],
    ]);
    assert.deepEqual(
      outcome.results.map(({ against, run, fullIsrSeconds }) => [against, run, fullIsrSeconds]),
      [
        ["ours", 1, 20],
        ["ours", 2, 20],
        ["stock", 1, 20],
        ["stock", 2, 20],
      ],
    );
    assert.deepEqual([outcome.stopped, outcome.interrupted], [[], false]);
  });

  it("does not begin on a cluster that is not healthy", async () => {
    const { tools, steps } = fake({ health: () => Promise.resolve({ healthy: false, missing: "kafka-1: gone" }) });
    const refused = (error: unknown) =>
      error instanceof UserError && /nothing is measured: kafka-1: gone/.test(error.message);
    await assert.rejects(runBench(plan(), tools, noSignal), refused);
    assert.deepEqual(steps, []);
  });

  it("starts the broker, deletes the topics and puts our settings back when the client host is lost", async () => {
    const { tools, steps } = fake({
      measure: async (onCue) => {
        await onCue({ what: "stop", topic });
        throw new Error("client host gone");
      },
    });
    const plain = await runBench(plan(), tools, noSignal);
    assert.deepEqual(steps, ["measure ours", `stop for ${topic}`, "undo", "delete topics"]);
    assert.match(plain.stopped.join(), /client host gone/);
  });

  it("reverts the stock settings after a failure with them, and keeps what was measured", async () => {
    let calls = 0;
    const { tools, steps } = fake({
      measure: (onCue) => (++calls === 1 ? bothCues(onCue) : Promise.reject(new Error("no room"))),
    });
    const { results, stopped } = await runBench(plan({ againstStock: true }), tools, noSignal);
    assert.deepEqual(steps.slice(-5), ["stock", "measure stock", "undo", "delete topics", "revert"]);
    assert.equal(results.length, 1);
    assert.match(stopped.join(), /no room/);
  });

  it("reverts also what could be applied in part only, and says when that fails", async () => {
    const { tools, steps } = fake({
      apply: () => Promise.reject(new Error("kafka-4 did not come back")),
      revert: () => Promise.reject(new Error("no ops host")),
    });
    const { stopped } = await runBench(plan({ againstStock: true }), tools, noSignal);
    assert.equal(steps.at(-1), "revert");
    assert.match(stopped.join("\n"), /kafka-4 did not come back[^]*could not be put back[^]*no ops host/);
  });

  it("keeps what a job measured before it failed, and does not go on", async () => {
    const { tools, steps } = fake({
      measure: () => Promise.resolve({ measured: [measured], failure: "disk nearly full" }),
    });
    const { results, stopped } = await runBench(plan({ runs: 3 }), tools, noSignal);
    assert.deepEqual(steps, ["measure ours", "undo", "report 1"]);
    assert.equal(results.length, 1);
    assert.deepEqual(stopped, ["ours, run 1: disk nearly full"]);
  });

  it("undoes everything when interrupted with the stock settings while a broker is away", async () => {
    const interruption = new AbortController();
    let calls = 0;
    const { tools, steps } = fake({
      measure: async (onCue) => {
        if (++calls === 1) return bothCues(onCue);
        await onCue({ what: "stop", topic });
        interruption.abort();
        throw new Error("the bench job was interrupted");
      },
    });
    const { results, interrupted, stopped } = await runBench(plan({ againstStock: true }), tools, interruption.signal);
    assert.deepEqual(steps.slice(-4), [`stop for ${topic}`, "undo", "delete topics", "revert"]);
    assert.deepEqual([results.length, interrupted, stopped], [1, true, []]);
  });

  it("does nothing when interrupted before", async () => {
    const interruption = new AbortController();
    interruption.abort(new Interrupted());
    const { tools, steps } = fake();
    assert.equal((await runBench(plan(), tools, interruption.signal)).interrupted, true);
    assert.deepEqual(steps, []);
  });
});

describe("a broker that is away", () => {
  const state = stateWith(["kafka-1", "kafka-3", "kafka-3", "kafka-2"]);
  const away = (machines: FakeMachines, against: "ours" | "stock" = "ours") =>
    new BrokerAway(machines, against, 900, () => undefined);

  it("is the one that leads most, and the guardian looks away until it is back", async () => {
    const machines = new FakeMachines(state);
    const broker = away(machines);
    await broker.stop(topic);
    assert.ok(((await broker.start()) ?? 0) > 1e12);
    await broker.undo();
    assert.deepEqual(machines.calls, [
      "ops stock-watcher apply",
      "kafka-3 hold begin kafka-stop 900",
      "kafka-3 hold end kafka-stop",
      "ops stock-watcher revert",
    ]);
  });

  it("leaves the guardian off with the stock settings", async () => {
    const machines = new FakeMachines(state);
    const broker = away(machines, "stock");
    await broker.stop(topic);
    await broker.undo();
    assert.deepEqual(machines.calls, ["kafka-3 hold begin kafka-stop 900", "kafka-3 hold end kafka-stop"]);
  });

  it("is started also when stopping it failed half-way, and once only", async () => {
    const machines = new FakeMachines(state);
    machines.answer = (_node, _script, [action]) => {
      if (action === "begin") throw new Error("no answer within 200 s");
      return "";
    };
    const broker = away(machines);
    await assert.rejects(broker.stop(topic), /no answer/);
    await broker.undo();
    await broker.undo();
    assert.deepEqual(machines.calls.slice(-2), ["kafka-3 hold end kafka-stop", "ops stock-watcher revert"]);
  });

  it("is not started when none was stopped", async () => {
    const machines = new FakeMachines(state);
    await away(machines).undo();
    assert.deepEqual(machines.calls, []);
  });
});
