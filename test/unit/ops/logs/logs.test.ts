import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { showLogs, type LogsRequest } from "../../../../ops/logs/logs";
import { ShippedJournals } from "../../../../ops/logs/shipped";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../../settings/sampleSettings";
import { FakeCommands } from "../fakeCommand";

const cluster = describeCluster(sampleSettings(), "the-bucket");
const hostOf = (node: string) =>
  [...cluster.brokers, ...cluster.zookeeper].find(({ name }) => name === node)?.privateIp ?? "";

/** 2026-11-29T01:00:00Z, and so many seconds. */
const at = (seconds: number) => Date.UTC(2026, 10, 29, 1) + seconds * 1000;

/** An entry as journalctl tells it: `number` is its place in the journal of this machine. */
function line(machine: string, number: number, seconds: number, more: Record<string, unknown> = {}): string {
  const [cursor, time] = [`s=${machine};i=${number.toString(16)};b=b;m=m;t=t;x=x`, String(at(seconds) * 1000)];
  const message = `${machine} says ${number}`;
  const who = { _SYSTEMD_UNIT: "kafka.service", SYSLOG_IDENTIFIER: "java", _PID: "7", PRIORITY: "6" };
  return JSON.stringify({ __CURSOR: cursor, __REALTIME_TIMESTAMP: time, MESSAGE: message, ...who, ...more });
}

describe("the logs of machines", () => {
  let commands: FakeCommands;
  let objects: (readonly [string, string, number])[];
  beforeEach(() => {
    commands = new FakeCommands();
    objects = [];
    for (const folder of ["objects", "journals"]) mkdirSync(join(commands.folder, folder));
    // Each node's answer is a file by its address; without one the machine is away.
    const journals = `"${commands.folder}/journals"`;
    commands.put(
      "ssh",
      `for word; do case $word in ec2-user@*) host=\${word#*@} ;; esac; done
[ -f ${journals}/$host ] || { echo "ssh: connect to host $host port 22: No route to host" >&2; exit 255; }
case $last in *--follow*) cat ${journals}/$host.more; echo "Connection closed" >&2; exit 255 ;; esac
head -n 1 ${journals}/$host; echo; cat ${journals}/$host`,
    );
    commands.put(
      "bucket",
      `case "$1 $2" in
"s3api list-objects-v2") cat "${commands.folder}/list" ;;
"s3 cp") mkdir -p "$8"; for word; do [ ! -f "${commands.folder}/objects/$word" ] || cp "${commands.folder}/objects/$word" "$8"; done ;;
esac`,
    );
    ships();
  });
  afterEach(() => commands.remove());

  const answers = (node: string, ...lines: string[]) =>
    writeFileSync(join(commands.folder, "journals", hostOf(node)), lines.map((one) => `${one}\n`).join(""));

  /** The bucket has an object with these lines, which was put last at the given second. */
  function ships(...parts: { readonly from: number; readonly put: number; readonly of: string; lines: string[] }[]) {
    for (const { from, put, of, lines } of parts) {
      const time = new Date(at(from)).toISOString().replaceAll(":", "").replace("Z", "000Z");
      const content = gzipSync(lines.map((one) => `${one}\n`).join(""));
      writeFileSync(join(commands.folder, "objects", `${time}-${of}.gz`), content);
      objects.push([`logs/kafka-3/journal/${time}-${of}.gz`, new Date(at(put)).toISOString(), content.length]);
    }
    writeFileSync(join(commands.folder, "list"), JSON.stringify(objects.length === 0 ? null : objects));
  }

  const wanted: LogsRequest = { nodes: ["kafka-3"], fromMs: at(0), follow: false, json: false };
  async function logs(request: Partial<LogsRequest> = {}, most?: number) {
    const [printed, notes]: string[][] = [[], []];
    const bucket = new ShippedJournals(cluster, join(commands.folder, "bucket"), most);
    const output = { print: (text: string) => printed?.push(text), note: (text: string) => notes?.push(text) };
    const complete = await showLogs(cluster, { ...wanted, ...request }, bucket, output);
    return { complete, notes, printed, said: printed?.map((text) => text.replace(/^\S+ /, "")) };
  }

  it("are told by a machine that runs and has all of the time, and then nobody asks the bucket", async () => {
    answers(
      "kafka-3",
      line("old", 1, -60),
      line("new", 2, 5),
      line("new", 3, 6, { SYSLOG_IDENTIFIER: "expel-broker" }),
    );
    const { complete, printed, notes } = await logs({ fromMs: at(0) });
    assert.equal(complete, true);
    assert.deepEqual(printed?.slice(-2), [
      "2026-11-29T01:00:05.000Z kafka-3 kafka: new says 2",
      "2026-11-29T01:00:06.000Z kafka-3 kafka/expel-broker: new says 3",
    ]);
    assert.deepEqual(notes, ["kafka-3: from its machine"]);
    assert.deepEqual(commands.calls("bucket"), []);
    const script = commands.calls("ssh")[0]?.at(-1) ?? "";
    assert.match(script, /--since=@1795914000\.000000$/);
  });

  it("are from the bucket as long as the machine does not know it, so also those of one that was replaced", async () => {
    ships(
      { from: -7200, put: -3600, of: "i-01", lines: [line("a", 1, -7200)] },
      { from: -60, put: 20, of: "i-01", lines: [line("a", 2, -60), line("a", 3, 10), line("a", 4, 20)] },
      { from: 40, put: 70, of: "i-02", lines: [line("b", 1, 40), line("b", 2, 60)] },
    );
    answers("kafka-3", line("b", 1, 40), line("b", 2, 60), line("b", 3, 70));
    const { complete, said, notes } = await logs();
    assert.equal(complete, true);
    assert.deepEqual(
      said,
      ["a says 3", "a says 4", "b says 1", "b says 2", "b says 3"].map((one) => `kafka-3 kafka: ${one}`),
    );
    assert.deepEqual(notes, ["kafka-3: from its machine, and what was before that from the bucket (i-01)"]);
    assert.equal(commands.calls("bucket")[1]?.filter((word) => word.endsWith(".gz")).length, 1);
  });

  it("are from the bucket alone while the machine does not answer, and of nodes that are no more", async () => {
    ships({ from: 0, put: 20, of: "i-01", lines: [line("a", 1, 0), line("a", 2, 10), line("a", 3, 20)] });
    const { complete, said, notes } = await logs({ toMs: at(15) });
    assert.equal(complete, true);
    assert.deepEqual(said, ["kafka-3 kafka: a says 1", "kafka-3 kafka: a says 2"]);
    assert.deepEqual(notes, [
      `kafka-3 does not answer by SSH: ssh: connect to host ${hostOf("kafka-3")} port 22: No route to host: ` +
        "from the bucket (i-01), up to 2026-11-29T01:00:20.000Z",
    ]);
    const few = describeCluster(sampleSettings(), "the-bucket");
    const without = { ...few, brokers: few.brokers.filter(({ name }) => name !== "kafka-3") };
    const [lines, said2]: string[][] = [[], []];
    const bucket = new ShippedJournals(without, join(commands.folder, "bucket"));
    const output = { print: (text: string) => lines?.push(text), note: (text: string) => said2?.push(text) };
    assert.equal(await showLogs(without, wanted, bucket, output), true);
    assert.equal(lines?.length, 3);
    assert.match(said2?.[0] ?? "", /^kafka-3 is no node of this cluster any more: from the bucket/);
  });

  it("have each line once that was shipped twice, around a restart", async () => {
    ships(
      { from: 1, put: 20, of: "i-01", lines: [line("a", 1, 1), line("a", 2, 2), line("a", 3, 3)] },
      { from: 2, put: 30, of: "i-01", lines: [line("a", 2, 2), line("a", 3, 3), line("a", 4, 4)] },
    );
    assert.deepEqual(
      (await logs()).said,
      ["1", "2", "3", "4"].map((one) => `kafka-3 kafka: a says ${one}`),
    );
  });

  it("of several machines are one sequence, in order of time", async () => {
    answers("kafka-1", line("one", 1, 1), line("one", 2, 4), line("one", 3, 5));
    answers("zookeeper-2", line("two", 1, 2), line("two", 2, 3), line("two", 3, 6));
    const { said } = await logs({ nodes: ["kafka-1", "zookeeper-2"], fromMs: at(2) });
    assert.deepEqual(
      said?.map((text) => text.replace(/^\S+ kafka: /, "")),
      ["one says 1", "two says 1", "two says 2", "one says 2", "one says 3", "two says 3"],
    );
  });

  it("may be those of one unit, or of one program", async () => {
    const systemd = { SYSLOG_IDENTIFIER: "systemd", _SYSTEMD_UNIT: "init.scope", UNIT: "kafka.service" };
    const lines = [
      line("a", 1, 1),
      line("a", 2, 2, systemd),
      line("a", 3, 3, { SYSLOG_IDENTIFIER: "kernel", _SYSTEMD_UNIT: undefined }),
      line("a", 4, 4, { SYSLOG_IDENTIFIER: "expel-broker" }),
      line("a", 5, 5, { _SYSTEMD_UNIT: "self-fence.service" }),
    ];
    ships({ from: 1, put: 20, of: "i-01", lines });
    const of = async (unit: string) => (await logs({ unit })).said?.map((text) => text.split(" ").slice(-1)[0]);
    assert.deepEqual(await of("kafka"), ["1", "2", "4"]);
    assert.deepEqual(await of("kernel"), ["3"]);
    assert.deepEqual(await of("expel-broker"), ["4"]);
    assert.deepEqual(await of("self-fence.service"), ["5"]);
    const { complete, notes } = await logs({ unit: "zookeeper" });
    assert.equal(complete, false);
    assert.equal(notes?.at(-1), "kafka-3: no line of zookeeper in that time");
    assert.equal((await logs({ unit: "zookeeper", json: true })).complete, true, "to a program nothing is an answer");
    answers("kafka-3", line("a", 1, 0));
    await logs({ unit: "kafka" });
    assert.match(
      commands.calls("ssh").at(-1)?.at(-1) ?? "",
      / _SYSTEMD_UNIT=kafka\.service \+ UNIT=kafka\.service \+ SYSLOG_IDENTIFIER=kafka$/,
    );
  });

  it("go on when they are followed, from behind the last line on, until the machine ends", async () => {
    answers("kafka-3", line("a", 1, 0), line("a", 2, 10));
    writeFileSync(join(commands.folder, "journals", `${hostOf("kafka-3")}.more`), `${line("a", 3, 20)}\n`);
    const { complete, said, notes } = await logs({ follow: true });
    assert.deepEqual(
      said,
      ["1", "2", "3"].map((one) => `kafka-3 kafka: a says ${one}`),
    );
    assert.equal(complete, false);
    assert.deepEqual(notes, ["kafka-3: from its machine", "kafka-3 does not answer by SSH: Connection closed"]);
    assert.match(
      commands.calls("ssh").at(-1)?.at(-1) ?? "",
      /--follow --no-tail --after-cursor='s=a;i=2;b=b;m=m;t=t;x=x'$/,
    );
  });

  it("of the ops host are its own journal's", async () => {
    commands.put("sudo", `cat <<'END'\n${line("ops", 1, 0)}\n${line("ops", 2, 1)}\nEND`);
    const { said } = await logs({ nodes: ["ops"] });
    assert.equal(said?.at(-1), "ops kafka: ops says 2");
    assert.deepEqual(commands.calls("ssh"), []);
  });

  it("can be had for programs", async () => {
    answers("kafka-3", line("a", 1, 0, { MESSAGE: [104, 255, 105] }));
    const [text = ""] = (await logs({ json: true })).printed ?? [];
    const { node, message, unit, priority } = JSON.parse(text) as Record<string, string>;
    assert.deepEqual([node, message, unit, priority], ["kafka-3", "h\uFFFDi", "kafka.service", "6"]);
  });

  it("of an unknown node are an error that names those that there are", async () => {
    await assert.rejects(
      logs({ nodes: ["kafka-33"] }),
      /^Error: there is no node kafka-33, and there are no logs of one: zookeeper-1, .*kafka-5, ops, all$/,
    );
  });

  it("say what is missing when the bucket fails, and show the rest", async () => {
    answers("kafka-3", line("b", 1, 40));
    commands.put("bucket", "echo 'An error occurred (AccessDenied)' >&2; exit 254");
    const { complete, said, notes } = await logs();
    assert.equal(complete, false);
    assert.deepEqual(said, ["kafka-3 kafka: b says 1"]);
    assert.equal(notes?.[0], "kafka-3: the bucket does not give logs: An error occurred (AccessDenied)");
  });

  it("are not read when they are too many, and nothing is left on the disk", async () => {
    ships({ from: 0, put: 20, of: "i-01", lines: [line("a", 1, 0)] });
    const { complete, notes } = await logs({}, 10);
    assert.equal(complete, false);
    assert.match(notes?.[1] ?? "", /^kafka-3: 1 MiB of its journal are in the bucket .*: narrow --since and --until$/);
    await logs();
    const folder = commands.calls("bucket").at(-1)?.[7] ?? "";
    assert.match(folder, /^\/var\/tmp\/kafka-logs-\w+\/kafka-3$/);
    assert.equal(existsSync(join(folder, "..")), false);
  });
});
