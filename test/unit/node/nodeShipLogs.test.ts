import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { needsPython } from "./nodePrograms";

const lib = join(__dirname, "../../../node/lib");
const program = join(__dirname, "../../../node/bin/ship-logs");

/** A bucket, and the metadata service of the machine `i-0abc`, at one address. */
class Cloud {
  readonly objects = new Map<string, string>();
  readonly requests: { readonly key: string; readonly headers: Readonly<Record<string, unknown>> }[] = [];
  /** What the bucket answers; empty for "it is kept". */
  refusal = "";
  hangs = false;
  /** How far its clock is ahead, in seconds. */
  ahead = 0;
  validSeconds = 3600;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const path = request.url ?? "";
        response.setHeader("Date", new Date(Date.now() + this.ahead * 1000).toUTCString());
        if (request.method === "PUT" && path !== "/latest/api/token") {
          this.requests.push({ key: path.slice(1), headers: request.headers });
          if (this.hangs) return;
          if (this.refusal === "") this.objects.set(path.slice(1), gunzipSync(Buffer.concat(chunks)).toString());
          response.statusCode = this.refusal === "" ? 200 : 403;
          return response.end(this.refusal);
        }
        const token = request.headers["x-aws-ec2-metadata-token"] === "token";
        const Expiration = new Date(Date.now() + this.validSeconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
        const answers: Record<string, string> = {
          "/latest/api/token": "token",
          ...(token && {
            "/latest/meta-data/instance-id": "i-0abc",
            "/latest/meta-data/iam/security-credentials/": "the-role",
            "/latest/meta-data/iam/security-credentials/the-role": JSON.stringify({
              ...{ AccessKeyId: "AKIA", SecretAccessKey: "secret", Token: "session", Expiration },
            }),
          }),
        };
        response.statusCode = path in answers ? 200 : 404;
        response.end(answers[path]);
      });
    });
  }

  async start(): Promise<string> {
    await once(this.server.listen(0, "127.0.0.1"), "listening");
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** The messages of all objects, by their keys. */
  messages(): string[][] {
    return [...this.objects]
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([, text]) => text.trimEnd().split("\n"))
      .map((lines) => lines.map((line) => (JSON.parse(line) as { MESSAGE: string }).MESSAGE));
  }
}

/** A machine whose journal is a file: one entry a line, as journalctl tells it. */
class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), "ship-logs-"));
  private readonly journal = join(this.folder, "journal");
  private entries = 0;
  private running?: ChildProcess;
  output = "";

  constructor(private readonly url: string) {
    for (const folder of ["bin", "state"]) mkdirSync(join(this.folder, folder));
    // From the entry after that of the cursor on, or all.
    const journalctl = `#!/bin/sh
echo "$*" >>"$JOURNAL.calls"
for word in "$@"; do case $word in --after-cursor=c*) after=$((\${word#--after-cursor=c} + 1)) ;; esac; done
exec tail -n "+\${after:-1}" -f "$JOURNAL"\n`;
    writeFileSync(join(this.folder, "bin", "journalctl"), journalctl);
    chmodSync(join(this.folder, "bin", "journalctl"), 0o755);
    writeFileSync(this.journal, "");
  }

  /** @param size bytes that can't be compressed, beside the message */
  says(message: string, size = 0): void {
    const number = ++this.entries;
    const padding = randomBytes(size).toString("base64");
    const entry = { __CURSOR: `c${number}`, __REALTIME_TIMESTAMP: String(1.8e15 + number), MESSAGE: message, padding };
    appendFileSync(this.journal, `${JSON.stringify(entry)}\n`);
  }

  calls(): string[] {
    return readFileSync(`${this.journal}.calls`, "utf8").trimEnd().split("\n");
  }

  /** @param setup Python that runs before the program */
  start(setup = ""): void {
    const code = `import runpy, sys\nsys.path.insert(0, ${JSON.stringify(lib)})\n${setup}\nrunpy.run_path(${JSON.stringify(program)}, run_name="__main__")`;
    const child = spawn("python3", ["-BIS", "-c", code], {
      env: {
        PATH: `${join(this.folder, "bin")}:${process.env.PATH}`,
        JOURNAL: this.journal,
        ...{ NODE_NAME: "kafka-3", ARTIFACT_BUCKET: "the-bucket", AWS_REGION: "us-east-1" },
        STATE_DIRECTORY: join(this.folder, "state"),
        ...{ SHIP_LOGS_SECONDS: "0.2", SHIP_LOGS_BUCKET_URL: this.url, SHIP_LOGS_METADATA_URL: this.url },
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    this.running = child;
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    const child = this.running;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? 0;
    child.kill(signal);
    const [code] = (await once(child, "exit")) as [number | null];
    return code;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

describe("ship-logs", function () {
  this.timeout(30_000);
  before(needsPython);

  let cloud: Cloud;
  let machine: Machine;
  beforeEach(async () => {
    cloud = new Cloud();
    machine = new Machine(await cloud.start());
  });
  afterEach(async () => {
    await machine.stop("SIGKILL");
    cloud.stop();
    machine.remove();
  });
  async function until(what: string, done: () => boolean): Promise<void> {
    for (const deadline = Date.now() + 20_000; !done(); await pause(20)) {
      assert.ok(Date.now() < deadline, `not so after 20 s: ${what}\n${machine.output}`);
    }
  }
  const shipped = (message: string) =>
    until(`${message} is in the bucket`, () => cloud.messages().flat().includes(message));

  it("puts what the machine says into one object, named by node, time and instance, which grows", async () => {
    machine.says("first");
    machine.start();
    await shipped("first");
    machine.says("second");
    await shipped("second");
    assert.deepEqual(cloud.messages(), [["first", "second"]]);
    assert.deepEqual([...cloud.objects.keys()], ["logs/kafka-3/journal/2027-01-15T080000.000001Z-i-0abc.gz"]);
    const [call = ""] = machine.calls();
    assert.match(call, /--follow --no-tail .*--output=json .*--boot$/);
  });

  it("puts nothing while the machine says nothing", async () => {
    machine.says("first");
    machine.start();
    await shipped("first");
    const puts = cloud.requests.length;
    await pause(1000);
    assert.equal(cloud.requests.length, puts);
  });

  it("ships the last words when it is stopped, and goes on behind them", async () => {
    machine.start();
    machine.says("first");
    await shipped("first");
    machine.says("the last words");
    assert.equal(await machine.stop(), 0);
    assert.deepEqual(cloud.messages(), [["first", "the last words"]]);
    machine.says("after the restart");
    machine.start();
    await shipped("after the restart");
    assert.deepEqual(cloud.messages(), [["first", "the last words"], ["after the restart"]]);
    assert.match(machine.calls().at(-1) ?? "", /--after-cursor=c2$/);
  });

  it("goes on after a kill from what the bucket has; what is there twice is the same", async () => {
    machine.start();
    machine.says("first");
    await shipped("first");
    await machine.stop("SIGKILL");
    machine.says("second");
    machine.start();
    await shipped("second");
    assert.deepEqual([...new Set(cloud.messages().flat())], ["first", "second"]);
  });

  it("begins with this boot when a power loss has torn what it had noted", async () => {
    for (const torn of ["", "\0\0\0\0", "\xff\xfe"]) {
      writeFileSync(join(machine.folder, "state", "cursor"), torn, "latin1");
      machine.says(`after ${JSON.stringify(torn)}`);
      machine.start();
      await shipped(`after ${JSON.stringify(torn)}`);
      assert.match(machine.calls().at(-1) ?? "", /--boot$/);
      await machine.stop();
    }
  });

  it("begins another object when one is full, or old", async () => {
    const later = join(machine.folder, "later");
    machine.start(`import os, time
def monotonic(real=time.monotonic):
    return real() + 3600 * os.path.exists(${JSON.stringify(later)})
time.monotonic = monotonic`);
    machine.says("old");
    await shipped("old");
    writeFileSync(later, "");
    machine.says("new");
    await shipped("new");
    machine.says("much", 600_000);
    await shipped("much");
    machine.says("more");
    await shipped("more");
    assert.deepEqual(cloud.messages(), [["old"], ["new", "much"], ["more"]]);
  });

  it("keeps what the bucket does not take, reads no further than an object, and catches up", async () => {
    cloud.refusal = "<Error><Code>AccessDenied</Code></Error>";
    machine.start();
    const said = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    for (const message of said) machine.says(message, 30_000);
    await until("it is refused several times", () => cloud.requests.length >= 4);
    assert.equal(machine.output.match(/the journal waits on this machine: \S+ answers 403 AccessDenied/g)?.length, 1);
    cloud.refusal = "";
    await shipped("line 39");
    assert.deepEqual(cloud.messages().flat(), said);
    assert.ok(cloud.messages().length > 1);
    assert.match(machine.output, /the bucket takes the journal again, after \d+ s/);
  });

  it("is stopped while the bucket is silent", async () => {
    machine.says("first");
    cloud.hangs = true;
    machine.start("import bucket; bucket.SECONDS = 0.5");
    await until("it has asked", () => cloud.requests.length > 0);
    assert.equal(await machine.stop(), 0);
    assert.match(machine.output, /the journal waits on this machine: http:\/\/127\.0\.0\.1:\d+: timed out/);
  });

  it("signs as AWS's own example does, by AWS's clock and with credentials that have not ended", async () => {
    const example = `
import sys; sys.path.insert(0, ${JSON.stringify(lib)})
from bucket import sign
print(sign("PUT", "https://examplebucket.s3.amazonaws.com/test%24file.text",
    {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"}, b"Welcome to Amazon S3.",
    {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
    "us-east-1", 1369353600)["authorization"])`;
    const { stdout } = spawnSync("python3", ["-BIS", "-c", example], { encoding: "utf8" });
    assert.equal(
      stdout.trim(),
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request," +
        "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class," +
        "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    );

    cloud.ahead = 86_400;
    cloud.validSeconds = 60;
    machine.says("first");
    machine.start();
    await shipped("first");
    machine.says("second");
    await shipped("second");
    const days = cloud.requests.map(({ headers }) => String(headers["x-amz-date"]).slice(0, 8));
    assert.ok(Number(days.at(-1)) > Number(days[0]), days.join());
    assert.equal(cloud.requests[0]?.headers["x-amz-security-token"], "session");
    assert.match(
      String(cloud.requests[0]?.headers.authorization),
      /SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,/,
    );
  });

  it("ends when journalctl does, so that systemd starts it anew", async () => {
    writeFileSync(join(machine.folder, "bin", "journalctl"), "#!/bin/sh\nexit 3\n");
    machine.start();
    await until("it has ended", () => machine.output.includes("journalctl has ended with 3"));
  });
});
