import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { extract } from "tar";

import { bundle } from "../../artifacts/bundle";
import { freePort } from "../../ops/freePort";
import { packApplications } from "../../trials/example/applications";
import { exampleFaults, exampleText } from "../../trials/example/verdict";
import {
  readyLine,
  storedLine,
  type ExampleParameters,
  type ExampleResult,
} from "../../trials/jobs/example/parameters";
import { startKafka, type KafkaProcess } from "./kafka";
import { folderOfPrograms } from "./postgres";
import { sentEvent } from "../unit/examples/activity/collectorParts";

const topic = "user-activity";
const seconds = 14;
const eventsPerSecond = 200;

/** What the live page asks for. */
interface Counts {
  readonly accepted: readonly { readonly acknowledged: number }[];
  readonly stored: readonly { readonly stored: number }[];
  readonly rows: readonly object[];
}

/** The job of `npm run example` as it runs on a client host, with one broker for the cluster. */
describe("the example", function () {
  this.timeout(400_000);
  let kafka: KafkaProcess;
  let folder: string;
  let control: Server;
  let job: ChildProcess | undefined;
  let log = "";
  /** What the operator says. */
  const word: { undone?: number } = {};

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "example-"));
    // PostgreSQL, which does not run as root, gets to its own folder in there.
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, "applications"));
    control = createServer((_request, response) => response.end(JSON.stringify(word))).listen(0, "127.0.0.1");
    const [code, archive] = await Promise.all([bundle("trials/jobs/exampleJob"), packApplications()]);
    writeFileSync(join(folder, "bundle.js"), code);
    await pipeline(Readable.from([archive]), extract({ cwd: join(folder, "applications") }));
    kafka = await startKafka({ [topic]: 3 });
  });
  after(async () => {
    job?.kill("SIGTERM");
    if (job?.exitCode === null) await once(job, "exit");
    control?.close();
    await kafka?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const says = async (text: string): Promise<void> => {
    for (const end = Date.now() + 120_000; !log.includes(`${text}\n`); await pause(100)) {
      if (Date.now() > end || job?.exitCode !== null) throw new Error(`the job has not said "${text}":\n${log}`);
    }
  };

  it("loses nothing and has nothing twice while broker, store, collector and PostgreSQL are killed", async () => {
    const ports = {
      front: await freePort(),
      collector: await freePort(),
      store: await freePort(),
      postgres: await freePort(),
    };
    const parameters: ExampleParameters = {
      outputs: kafka,
      topic,
      applications: join(folder, "applications"),
      folder: join(folder, "pipeline"),
      ports,
      eventsPerSecond,
      lookSeconds: 600,
      proof: {
        seconds,
        kills: [
          { program: "store", atSecond: 3 },
          { program: "collector", atSecond: 6 },
          { program: "postgres", atSecond: 9 },
        ],
        awaitsOperator: true,
      },
    };
    writeFileSync(join(folder, "parameters.json"), JSON.stringify(parameters));
    const programs = await folderOfPrograms(join(folder, "programs"));
    job = spawn(process.execPath, [join(folder, "bundle.js")], {
      env: {
        PATH: `${programs}:${process.env.PATH}`,
        PARAMETERS_FILE: join(folder, "parameters.json"),
        RESULT_FILE: join(folder, "result.json"),
        CONTROL_URL: `http://127.0.0.1:${(control.address() as AddressInfo).port}`,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [job.stdout!, job.stderr!]) stream.on("data", (text: Buffer) => (log += text.toString()));
    const front = `http://127.0.0.1:${ports.front}`;

    await says(readyLine);
    assert.match(await (await fetch(`${front}/`)).text(), /<button data-activity="buy">/, "the collector's page");
    const click = await fetch(`${front}/events`, { method: "POST", body: JSON.stringify([sentEvent()]) });
    assert.equal(click.status, 202);
    await says(storedLine);
    assert.match(await (await fetch(`${front}/live`)).text(), /From the click to the row/);
    const counts = (await (await fetch(`${front}/live/counts`)).json()) as Counts;
    assert.ok(Number(counts.stored[0]?.stored) > 0, JSON.stringify(counts));
    assert.ok(Number(counts.accepted[0]?.acknowledged) > 0, JSON.stringify(counts));
    assert.equal(counts.rows.length, 10);

    await kafka.kill();
    await pause(1_000);
    await kafka.start();
    word.undone = Date.now();
    const [exitCode] = await once(job, "exit");
    assert.equal(exitCode, 0, log);
    assert.ok(existsSync(join(folder, "result.json")), log);
    const result = JSON.parse(readFileSync(join(folder, "result.json"), "utf8")) as ExampleResult;
    assert.deepEqual(exampleFaults(result), [], `${exampleText(result)}\n${log}`);
    assert.ok(result.stored >= seconds * eventsPerSecond, `${result.stored}`);
    assert.deepEqual(
      result.kills.map(({ what }) => what),
      ["kill -9 of store", "kill -9 of collector", "kill -9 of postgres"],
    );
    assert.match(result.reconciliation.page, /Every event is stored once/);
    // The click of above is no visitor's, and stored too.
    assert.match(exampleText(result), /0 messages rejected/);
    assert.ok(result.withoutRow.length > 0, "nothing was stored while PostgreSQL was away");
  });
});
