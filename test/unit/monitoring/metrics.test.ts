import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { repository } from "../../../artifacts/repository";
import { causePanels } from "../../../monitoring/causes";
import {
  brokerPanels,
  consumerPanels,
  figures,
  panels,
  past,
  slowFigures,
  type Panel,
} from "../../../monitoring/queries";
import { alertRules, metricsIn, metricsOf } from "./alertRules";
import { toldMetrics } from "./told";

/** By metric, which alerts, panels and parts of the page read it. */
function usedMetrics(): Map<string, string[]> {
  const users = new Map<string, string[]>();
  const use = (metrics: readonly string[], user: string) => {
    for (const metric of metrics.map((name) => name.replace(/_bucket$/, "")))
      if (!users.get(metric)?.includes(user)) users.set(metric, [...(users.get(metric) ?? []), user]);
  };
  for (const rule of alertRules()) use(metricsOf(rule), rule.alert);
  const dashboards = { cluster: panels, broker: brokerPanels, causes: causePanels, consumers: consumerPanels };
  for (const [dashboard, some] of Object.entries<Readonly<Record<string, Panel>>>(dashboards))
    for (const { title, lines } of Object.values(some))
      for (const { expression } of lines) use(metricsIn(expression), `${dashboard}/${title}`);
  for (const query of Object.values({ ...figures, ...slowFigures, ...past })) use(metricsIn(query), "page");
  use(askedByPage(), "page");
  return users;
}

/** What the page reads from the files of the ops host's programs. */
function askedByPage(): string[] {
  const folder = join(repository, "ops/page");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return files.flatMap((file) =>
    metricsIn(
      readFileSync(join(folder, file), "utf8")
        .match(/"kafka_\w+"/g)
        ?.join(" ")
        .replaceAll('"', "") ?? "",
    ),
  );
}

describe("every metric", () => {
  it("that is told is read by an alert, a panel or the page", async () => {
    const used = usedMetrics();
    const told = await toldMetrics();
    for (const [who, names] of Object.entries(told)) assert.ok(names.length > 1, who);
    const unread = Object.values(told).flatMap((names) => names.filter((name) => !used.has(name)));
    assert.deepEqual(unread, []);
  });

  it("that an alert, a panel or the page reads is told", async () => {
    const told = new Set(Object.values(await toldMetrics()).flat());
    assert.deepEqual(
      [...usedMetrics()].filter(([name]) => !told.has(name)),
      [],
    );
  });

  it("stands in monitoring/metrics.yml with who reads it; UPDATE_SNAPSHOTS=1 writes it", async () => {
    const used = usedMetrics();
    const sections = Object.entries(await toldMetrics()).map(
      ([who, names]) => `${who}:\n${names.map((name) => `  ${name}: [${used.get(name)?.join(", ")}]\n`).join("")}`,
    );
    const path = join(repository, "monitoring/metrics.yml");
    const text = await format(
      `# Every metric that Prometheus keeps, by who tells it, with the alerts, the panels (dashboard/title) and the page
# if they read it. Made from these by UPDATE_SNAPSHOTS=1 npx mocha test/unit/monitoring.
${sections.join("\n")}`,
      { ...(await resolveConfig(path)), filepath: path },
    );
    if (process.env.UPDATE_SNAPSHOTS === "1") writeFileSync(path, text);
    assert.equal(readFileSync(path, "utf8"), text);
  });
});
