import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { z } from "zod";
import { repository } from "../../../artifacts/repository";
import { dashboards } from "../../../monitoring/dashboards";
import { causePanels } from "../../../monitoring/causes";
import { brokerPanels, consumerPanels, panels, type Panel } from "../../../monitoring/queries";

const folder = join(repository, "monitoring/dashboards");

/**
 * What a dashboard has to have for Grafana to load it and show what it is for, by its reference
 * (https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/).
 */
const source = z.strictObject({ type: z.literal("prometheus"), uid: z.literal("${datasource}") });
const essentials = z.object({
  uid: z.string().regex(/^[\w-]{1,40}$/),
  title: z.string().min(1),
  schemaVersion: z.number().int().min(36),
  time: z.object({ from: z.string(), to: z.string() }),
  refresh: z.string(),
  templating: z.object({
    list: z.array(z.object({ name: z.string(), type: z.enum(["datasource", "query"]), query: z.any() })),
  }),
  annotations: z.object({ list: z.array(z.object({ name: z.string(), enable: z.boolean(), datasource: source })) }),
  panels: z.array(
    z.object({
      id: z.number().int().positive(),
      type: z.literal("timeseries"),
      title: z.string().min(1),
      datasource: source,
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      fieldConfig: z.object({ defaults: z.object({ unit: z.string() }), overrides: z.array(z.any()) }),
      targets: z
        .array(
          z.object({
            refId: z.string().regex(/^[A-Z]$/),
            expr: z.string().min(1),
            legendFormat: z.string(),
            datasource: source,
          }),
        )
        .min(1),
    }),
  ),
});

describe("the dashboards for Grafana", () => {
  for (const [name, dashboard] of Object.entries(dashboards)) {
    it(`${name} is as it is made from the queries; UPDATE_SNAPSHOTS=1 writes it`, async () => {
      const path = join(folder, name);
      const text = await format(JSON.stringify(dashboard), { ...(await resolveConfig(path)), filepath: path });
      if (process.env.UPDATE_SNAPSHOTS === "1") writeFileSync(path, text);
      assert.equal(readFileSync(path, "utf8"), text);
    });

    it(`${name} has what Grafana needs to load it, and each of its variables`, () => {
      const { panels: shown, templating } = essentials.parse(JSON.parse(readFileSync(join(folder, name), "utf8")));
      assert.equal(new Set(shown.map(({ id }) => id)).size, shown.length);
      const places = shown.map(({ gridPos: { x, y, w } }) => [x, y, x + w] as const);
      assert.ok(places.every(([x, , end]) => x >= 0 && end <= 24));
      assert.equal(new Set(places.map(String)).size, shown.length, "none lies on another one");
      const variables = ["datasource", "__rate_interval", ...templating.list.map((one) => one.name)];
      const used = [...JSON.stringify(shown).matchAll(/\$\{?(\w+)/g)].map(([, variable]) => variable ?? "");
      assert.deepEqual(
        used.filter((variable) => !variables.includes(variable)),
        [],
      );
    });
  }

  it("are all that the folder has", () => {
    assert.deepEqual(readdirSync(folder).sort(), Object.keys(dashboards).sort());
  });
});

describe("the queries", () => {
  const all: Readonly<Record<string, Panel>> = { ...panels, ...brokerPanels, ...causePanels, ...consumerPanels };

  it("name in a legend only labels that their expression keeps", () => {
    for (const [name, { lines }] of Object.entries(all)) {
      for (const { legend, expression } of lines) {
        const kept = /by \(([^)]*)\)/.exec(expression)?.[1]?.split(", ") ?? [];
        const named = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? "");
        assert.deepEqual(
          named.filter((label) => !kept.includes(label)),
          [],
          `${name}: ${legend}`,
        );
      }
    }
  });
});
