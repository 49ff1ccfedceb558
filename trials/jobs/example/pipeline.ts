/** The applications of examples/activity and their database, as processes of this host. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../drill/within";
import type { ExampleParameters, ProgramName, Reconciliation } from "./parameters";
import { databaseUrl, startPostgres } from "./postgres";
import { Program } from "./program";

const readyMs = 120_000;
const reconcileMs = 900_000;

/** The minute of a time. */
export const minuteOf = (ms: number): Date => new Date(Math.floor(ms / 60_000) * 60_000);

/** The pipeline from a collector's HTTP to rows in PostgreSQL. */
export class Pipeline {
  readonly beganAt = Date.now();
  readonly collector: string;
  private reconciling: Promise<Reconciliation> | undefined;

  private constructor(
    private readonly parameters: ExampleParameters,
    private readonly variables: NodeJS.ProcessEnv,
    readonly programs: Readonly<Record<ProgramName, Program>>,
  ) {
    this.collector = `http://127.0.0.1:${parameters.ports.collector}`;
  }

  /** Starts everything, and resolves when the collector takes events and the store reads. */
  static async start(parameters: ExampleParameters): Promise<Pipeline> {
    const { folder, outputs, topic, ports } = parameters;
    mkdirSync(folder, { recursive: true });
    const outputsFile = join(folder, "outputs.json");
    writeFileSync(outputsFile, JSON.stringify(outputs));
    const variables = {
      PATH: process.env.PATH,
      HOST: "127.0.0.1",
      TOPIC: topic,
      STACK_OUTPUTS_FILE: outputsFile,
      DATABASE_URL: databaseUrl(ports.postgres),
      SPOOL_FOLDER: join(folder, "spool"),
      DEMO_PAGE: "yes",
      // Its own: the members of an earlier run, which was cut off, are in their group until their session ends.
      GROUP: `example-${Date.now()}`,
    };
    const application = (name: "collector" | "store", ...flags: string[]) =>
      new Program(name, [process.execPath, ...flags, join(parameters.applications, name, "main.js")], {
        env: { ...variables, PORT: String(ports[name]) },
        cwd: folder,
      });
    const pipeline = new Pipeline(parameters, variables, {
      postgres: await startPostgres(join(folder, "postgres"), ports.postgres),
      collector: application("collector"),
      store: application("store", "--max-semi-space-size=64"),
    });
    const answers = async (port: number) =>
      (await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(5_000) })).ok;
    await until(readyMs, async () => {
      const missing: string[] = [];
      for (const name of ["collector", "store"] as const) {
        if (!(await answers(ports[name]).catch(() => false))) missing.push(name);
      }
      return missing.length === 0 ? "" : `no answer of ${missing.join(" and ")}`;
    });
    return pipeline;
  }

  /**
   * Compares, id by id, all that came from the minute of the beginning on; one comparison at a time.
   * @param until the end, a whole minute after the beginning
   */
  reconcile(until: Date): Promise<Reconciliation> {
    this.reconciling ??= this.compare(until).finally(() => (this.reconciling = undefined));
    return this.reconciling;
  }

  async end(): Promise<void> {
    const { collector, store, postgres } = this.programs;
    await Promise.all([collector.end(), store.end()]);
    // SIGINT: PostgreSQL ends its connections and closes its files in good order.
    await postgres.end("SIGINT");
  }

  private compare(until: Date): Promise<Reconciliation> {
    const page = join(this.parameters.folder, "reconciliation.html");
    rmSync(page, { force: true });
    const env = {
      ...this.variables,
      COLLECTORS: this.collector,
      FROM: minuteOf(this.beganAt).toISOString(),
      TO: until.toISOString(),
      PAGE: page,
    };
    const program = join(this.parameters.applications, "reconcile", "main.js");
    return new Promise((resolve) => {
      execFile(process.execPath, [program], { env, timeout: reconcileMs }, (error, stdout, stderr) => {
        const text = `${stdout}${stderr}`.trim();
        // 0 and 1 are findings, of which there is a page; else it could not ask.
        const isFound = error === null || error.code === 1;
        resolve({ isWhole: error === null, text, page: isFound ? readFileSync(page, "utf8") : "" });
      });
    });
  }
}
