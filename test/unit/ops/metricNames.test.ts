import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Registry } from "prom-client";
import { repository } from "../../../artifacts/repository";
import { CanaryBook } from "../../../ops/canary/book";
import { groupRegistry } from "../../../ops/groups/groupMetrics";
import { guardianRegistry } from "../../../ops/guardian/guardianMetrics";
import { freshMemory } from "../../../ops/guardian/memory";
import { RunMetrics } from "../../../ops/runMetrics";
import { describeCluster } from "../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../settings/sampleSettings";

const cluster = describeCluster(sampleSettings(), "bucket");

/** All that any program of the ops host tells, as text. */
async function everything(): Promise<string> {
  const texts: string[] = [];
  const file = {
    write: async (...registries: readonly Pick<Registry, "metrics">[]) => {
      for (const registry of registries) texts.push(await registry.metrics());
    },
  };
  const [now] = [Date.now()];
  const lastAction = { at: now, instanceId: "i-1", dryRun: false, confirmed: true };
  const node = { outSince: now, attempts: 1, next: "waits", person: "damaged", lastAction } as const;
  const memory = { ...freshMemory("test"), nodes: { "kafka-1": node }, concerns: ["a throttle"] };
  await file.write(guardianRegistry(cluster, memory, { seconds: 1, failed: false, runs: () => false }));
  const book = new CanaryBook(cluster.brokers, [{ partition: 0, broker: 1 }], () => undefined);
  book.sent(0, 0);
  book.acknowledged(0, 0);
  book.read(0, 0);
  await file.write(...book.registries(new Map([["kafka-1", { seconds: 0.1 }]])));
  const lag = { group: "g", topic: "t", messages: 1, seconds: 1, secondsUntilDeleted: 1, deletedUnread: 1 };
  await file.write(groupRegistry({ lags: [lag], states: new Map([["g", "Empty"]]) }, 1, now));
  for (const program of ["roll kafka", "balance"] as const) {
    const metrics = new RunMetrics(program, file);
    const figures = program === "balance" ? { partitions: 1, partitions_done: 1, bytes: 1, bytes_done: 1 } : undefined;
    metrics.tell(figures ?? { nodes: 1, nodes_done: 1 });
    await metrics.whole(() => Promise.resolve(true));
  }
  return texts.join("\n");
}

describe("monitoring/README.md", () => {
  it("names every metric of the ops host's programs, with its type and labels, and no other", async () => {
    const text = await everything();
    const told = new Map(
      [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => {
        const samples = [...text.matchAll(new RegExp(`^${name}(?:_count)?(?:\\{(.*)\\})? \\S+$`, "gm"))];
        const labels = samples.flatMap(([, some = ""]) =>
          [...some.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label]) => label),
        );
        return [name, `${type}: ${[...new Set(labels)].sort().join(", ")}`];
      }),
    );
    const readme = readFileSync(join(repository, "monitoring", "README.md"), "utf8");
    const [, rest = ""] = readme.split("### Of the programs on the ops host\n");
    const [section = ""] = rest.split(/^### /m);
    const rows = [...section.matchAll(/^\| `(kafka_\w+)`\s+\| (\w+)\s+\| ([^|]*?)\s*\|/gm)];
    const said = new Map(
      rows.map(([, name = "", type = "", labels = ""]) => [name, `${type}: ${labels.split(", ").sort().join(", ")}`]),
    );
    assert.deepEqual([...said].sort(), [...told].sort());
  });
});
