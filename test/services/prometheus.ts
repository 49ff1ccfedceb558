/** A real Prometheus on loopback, with what a cluster's machines would tell it. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { stringify } from "yaml";
import { ensureProgram } from "../../artifacts/programs";
import { freePort } from "../../ops/freePort";
import { startProcess } from "./process";

/** A Prometheus that has been started. */
export interface StartedPrometheus {
  readonly url: string;
  /** Resolves when it has seen so many answers of what it watches. Rejects after a minute. */
  scraped(times: number): Promise<void>;
  end(): Promise<void>;
}

/**
 * Starts one that asks for these metrics each second, and has these alert rules.
 * @param metrics the text that everything watched answers with, at this moment
 */
export async function startPrometheus(metrics: () => string, rules: object): Promise<StartedPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), "prometheus-"));
  let asked = 0;
  const exporter = createServer((_, response) => {
    asked++;
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(metrics());
  }).listen(0, "127.0.0.1");
  await once(exporter, "listening");
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: [join(folder, "rules.yml")],
    scrape_configs: [
      {
        job_name: "node",
        honor_labels: true,
        static_configs: [{ targets: [`127.0.0.1:${(exporter.address() as AddressInfo).port}`] }],
      },
    ],
  };
  writeFileSync(join(folder, "prometheus.yml"), stringify(config));
  writeFileSync(join(folder, "rules.yml"), stringify(rules));
  const port = await freePort();
  const words = [
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const prometheus = startProcess(await ensureProgram("prometheus"), words, {});
  const until = async (what: string, holds: () => boolean | Promise<boolean>) => {
    for (const end = Date.now() + 60_000; !(await holds()); await pause(200)) {
      if (Date.now() > end) throw new Error(`not within 60 s: ${what}\n${prometheus.log()}`);
    }
  };
  const url = `http://127.0.0.1:${port}`;
  await until("Prometheus is ready", () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return {
    url,
    scraped: (times) => until(`${times} answers are taken`, () => asked >= times),
    end: async () => {
      await prometheus.end("SIGTERM");
      exporter.closeAllConnections();
      exporter.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
