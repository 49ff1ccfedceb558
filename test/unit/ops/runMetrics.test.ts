import assert from "node:assert/strict";
import type { Registry } from "prom-client";
import type { Outcome } from "../../../ops/outcome";
import { RunMetrics } from "../../../ops/runMetrics";

describe("the metrics of a run", () => {
  let texts: string[];
  let now: number;
  beforeEach(() => ([texts, now] = [[], 5000]));

  /** A file that takes its time, the first write the longest. */
  const file = {
    write: async (registry: Pick<Registry, "metrics">) => {
      const text = await registry.metrics();
      await new Promise((resolve) => setTimeout(resolve, texts.length === 0 ? 20 : 1));
      texts.push(text);
    },
  };
  const last = () => (texts.at(-1) ?? "").split("\n").filter((line) => line !== "" && !line.startsWith("#"));

  it("tell when it began, how far it is, and how it ended; the last word counts", async () => {
    const metrics = new RunMetrics("roll kafka", file, () => now);
    const result = await metrics.whole((): Promise<Outcome> => {
      metrics.tell({ nodes: 3, nodes_done: 0 });
      metrics.tell({ nodes_done: 2 });
      now = 9000;
      return Promise.resolve("unfinished");
    });
    assert.equal(result, "unfinished");
    assert.deepEqual(last(), [
      'kafka_ops_roll_began_timestamp_seconds{pool="kafka"} 5',
      'kafka_ops_roll_nodes{pool="kafka"} 3',
      'kafka_ops_roll_nodes_done{pool="kafka"} 2',
      'kafka_ops_run_ended_timestamp_seconds{program="roll kafka",outcome="unfinished"} 9',
    ]);
    assert.equal(texts.length, 4);
    assert.ok(texts.slice(0, 3).every((text) => !text.includes("run_ended")));
  });

  for (const [how, work, outcome] of [
    ["done", () => Promise.resolve(true), "done"],
    ["not done", () => Promise.resolve(false), "failed"],
    ["ended by an error", () => Promise.reject(new Error("no")), "failed"],
  ] as const) {
    it(`tell of one that is ${how}`, async () => {
      await new RunMetrics("balance", file, () => now).whole<boolean>(work).catch(() => undefined);
      assert.deepEqual(last().slice(-1), [
        `kafka_ops_run_ended_timestamp_seconds{program="balance",outcome="${outcome}"} 5`,
      ]);
    });
  }

  it("hold nothing up where nobody reads them", async () => {
    await new RunMetrics("roll zookeeper").whole(() => Promise.resolve<Outcome>("done"));
  });
});
