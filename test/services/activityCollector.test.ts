import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startKafka, type KafkaProcess } from "./kafka";
import { smallDisk } from "./smallDisk";
import { sentEvent } from "../unit/examples/activity/collectorParts";

const program = join(__dirname, "../../examples/activity/collector/main.ts");

/** A collector in a process of its own. */
interface Collector {
  readonly address: string;
  readonly child: ChildProcess;
  readonly output: () => string;
}

describe("the collector on a real Kafka", function () {
  this.timeout(300_000);
  let kafka: KafkaProcess;
  let folder: string;
  let collector: Collector;
  const children: ChildProcess[] = [];
  /** Ids of the events that were answered with 202. */
  const promised = new Set<string>();

  const launch = (variables: Readonly<Record<string, string>> = {}) => {
    const outputs = JSON.stringify(kafka);
    const own = { PORT: "0", HOST: "127.0.0.1", SPOOL_FOLDER: folder, PATIENCE_MS: "2000", STACK_OUTPUTS: outputs };
    const child = spawn(process.execPath, ["--import", "tsx", program], {
      env: { ...process.env, ...own, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += String(chunk)));
    return { child, output: () => output };
  };
  const begin = async (variables: Readonly<Record<string, string>> = {}): Promise<Collector> => {
    const { child, output } = launch(variables);
    const address = await until(`a collector that is ready`, () => /ready on (\S+)/.exec(output())?.[1], output);
    return { address, child, output };
  };
  const post = async (events: number): Promise<Response> => {
    const body = Array.from({ length: events }, () => sentEvent() as { id: string });
    const response = await fetch(`${collector.address}/events`, { method: "POST", body: JSON.stringify(body) });
    if (response.status === 202) for (const { id } of body) promised.add(id);
    return response;
  };
  const send = async (events: number): Promise<number> => (await post(events)).status;
  const spoolBytes = async () => ((await (await fetch(`${collector.address}/healthz`)).json()) as Health).spoolBytes;
  const spooled = () => readdirSync(folder).filter((name) => name.endsWith(".ndjson"));
  const idsInKafka = async () =>
    (await kafka.messages("user-activity")).map(({ value }) => (JSON.parse(value ?? "") as { id: string }).id);
  /** How often each promised event is in Kafka. */
  const copies = async () => {
    const ids = await idsInKafka();
    const counts = new Map<string, number>([...promised].map((id) => [id, 0]));
    for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
    return [...counts.values()];
  };

  before(async () => {
    kafka = await startKafka({ "user-activity": 3 });
    folder = mkdtempSync(join(tmpdir(), "collector-"));
    collector = await begin();
  });
  after(async () => {
    for (const child of children) child.kill("SIGKILL");
    await kafka?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it("writes what it accepts, keyed by user, with the time of acceptance, once each", async () => {
    assert.deepEqual(await Promise.all([send(20), send(1), send(1)]), [202, 202, 202]);
    const [message] = await kafka.messages("user-activity");
    assert.equal(message?.key, "u-1");
    const { received } = JSON.parse(message?.value ?? "") as { received: string };
    assert.equal(message?.headers.accepted, String(Date.parse(received)));
    // The topic's time is the broker's.
    assert.ok(Number(message?.timestamp) >= Number(message?.headers.accepted));
    assert.deepEqual(new Set(await copies()), new Set([1]));
  });

  it("accepts events while Kafka is away and after its own death, and Kafka gets every one of them", async () => {
    await kafka.kill();
    assert.deepEqual([await send(5), await send(5)], [202, 202]);
    assert.ok(spooled().length > 0);
    collector.child.kill("SIGKILL");
    await once(collector.child, "exit");
    // Kafka is still away.
    collector = await begin();
    assert.equal(await send(5), 202);
    await kafka.start();
    await until("an empty spool", async () => (await spoolBytes()) === 0, collector.output);
    assert.equal(await send(5), 202);
    const counts = await copies();
    assert.equal(Math.min(...counts), 1);
    const time = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
    const { minutes } = (await (
      await fetch(`${collector.address}/accepted?from=${time(-60)}&to=${time(1)}`)
    ).json()) as Accepted;
    const accepted = minutes.reduce((sum, { acknowledged, spooled }) => sum + acknowledged + spooled, 0);
    assert.deepEqual([accepted, counts.length], [promised.size, promised.size]);
  });

  it("accepts events in its patience's time while Kafka is frozen", async () => {
    kafka.freeze();
    assert.equal(await send(5), 202);
    assert.ok(spooled().length > 0);
    kafka.thaw();
    await until("an empty spool", async () => (await spoolBytes()) === 0, collector.output);
    assert.equal(Math.min(...(await copies())), 1);
  });

  it("at SIGTERM answers what has come, keeps on the disk what Kafka can't take, and ends with 0", async () => {
    await kafka.kill();
    const answers = Promise.all([send(5), send(5)]);
    await pause(100);
    collector.child.kill("SIGTERM");
    const [code] = (await once(collector.child, "exit")) as [number | null];
    assert.deepEqual([await answers, code], [[202, 202], 0], collector.output());
    assert.ok(spooled().length > 0);
    await kafka.start();
    collector = await begin();
    await until("an empty spool", async () => (await spoolBytes()) === 0, collector.output);
    assert.equal(Math.min(...(await copies())), 1);
  });

  it("answers 503 while Kafka is away and its disk is full, ends in good order, and keeps what it promised", async () => {
    collector.child.kill("SIGKILL");
    const disk = smallDisk(1);
    try {
      collector = await begin({ SPOOL_FOLDER: disk.folder });
      await kafka.kill();
      const before = new Set(promised);
      const answers: number[] = [];
      while (answers.filter((status) => status === 503).length < 20 && answers.length < 200)
        answers.push(await send(100));
      assert.deepEqual([...new Set(answers)], [202, 503], "202 until it is full, and then 503");
      assert.equal(readdirSync(disk.folder).filter((name) => name.endsWith(".ndjson")).length, 1);
      assert.match(collector.output(), /ENOSPC/);
      const { status, headers } = await post(100);
      assert.deepEqual([status, headers.get("retry-after")], [503, "30"]);

      collector.child.kill("SIGTERM");
      assert.deepEqual(await once(collector.child, "exit"), [0, null], collector.output());
      collector = await begin({ SPOOL_FOLDER: disk.folder });
      await kafka.start();
      await until("an empty spool", async () => (await spoolBytes()) === 0, collector.output);
      assert.equal(await send(1), 202);
      const own = [...promised].filter((id) => !before.has(id));
      const ids = await idsInKafka();
      assert.deepEqual(ids.filter((id) => !before.has(id)).sort(), own.sort(), "each once, and nothing else");
    } finally {
      collector.child.kill("SIGKILL");
      disk.remove();
    }
  });

  it("does not start on a topic that does not exist, and names those that do", async () => {
    const { child, output } = launch({ TOPIC: "user-activty" });
    const [code] = (await once(child, "exit", { signal: AbortSignal.timeout(60_000) })) as [number | null];
    assert.deepEqual([code, output()], [1, "no topic user-activty in the cluster, which has: user-activity\n"]);
  });
});

interface Health {
  readonly spoolBytes: number;
}

interface Accepted {
  readonly minutes: readonly { readonly acknowledged: number; readonly spooled: number }[];
}

/** Asks until there is an answer other than undefined or false; at most 90 s. */
async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  output: () => string,
): Promise<T> {
  for (const end = Date.now() + 90_000; ; await pause(100)) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`after 90 s still waiting for ${what}; it said:\n${output()}`);
  }
}
