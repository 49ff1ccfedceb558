import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeZooKeeper } from "./fakeZooKeeper";
import { needsPython, startProgram, type RunningProgram } from "./nodePrograms";

const lib = join(__dirname, "../../../node/lib");
const program = join(__dirname, "../../../node/bin/self-fence");

/**
 * self-fence with its times divided by about five. Once it watches, it says so when it starts a program, imports
 * something, looks up a name, or opens what is not in memory: any of it hangs with the root disk.
 */
const hurried = `
import os, runpy, sys
sys.path.insert(0, ${JSON.stringify(lib)})
import fencing, memory, peers, watch
fencing.EVERY_SECONDS, fencing.WELL_SECONDS = 0.2, 1
fencing.SILENT_SECONDS = float(os.environ.get("SILENT_SECONDS", 1.5))
fencing.HURRIED_SECONDS, fencing.EXPELLED_SECONDS = 0.1, 5
fencing.UNREGISTERED_SECONDS, fencing.ABSENCE_SECONDS, fencing.STILL_SECONDS = 2, 0.6, 0.5
peers.TIMEOUT_SECONDS, peers.EVERY_SECONDS, peers.WELL_AGAIN_SECONDS = 0.4, 0.1, 1.2
watch.FRESH_SECONDS = 0.7
if "KILL_FAILS" in os.environ:
    def kill(process, number, really=os.kill):
        if os.path.exists(os.environ["KILL_FAILS"]):
            raise PermissionError(1, "Operation not permitted")
        really(process, number)
    os.kill = kill
here, in_memory = os.getpid(), ("/proc/", "/sys/", os.environ["RUNTIME_DIRECTORY"])
def look(event, details):
    if os.getpid() != here or not watching:
        return
    if event in ("import", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.fork", "socket.getaddrinfo") or (
            event == "open" and isinstance(details[0], str) and not details[0].startswith(in_memory)):
        print("TOUCHES THE DISK: %s %s" % (event, details[:1]), file=sys.stderr)
watching = []
sys.addaudithook(look)
def hold_in_memory(really=memory.hold_in_memory):
    fault = really()
    watching.append(True)
    return fault
memory.hold_in_memory = hold_in_memory
runpy.run_path(${JSON.stringify(program)}, run_name="__main__")
`;

/** In place of Kafka: listens where clients connect, and takes one connection. */
const broker = `
import socket, sys, time
listener = socket.create_server((sys.argv[1], 9092))
print("listens", flush=True)
try:
    connection, _ = listener.accept()
    connection.recv(1)
except OSError:
    time.sleep(600)
`;

/**
 * Machines that can be cut off, all or those that are named: listeners whose queues are full, so that the kernel drops
 * what asks for a connection, as a firewall would, until they are told to accept.
 */
const machines = `
import select, socket, sys
listeners, fillers = [], []
for _ in range(4):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    listeners.append(listener)
print(" ".join(str(listener.getsockname()[1]) for listener in listeners), flush=True)
cut = []
while True:
    ready, _, _ = select.select([sys.stdin] + [each for each in listeners if each not in cut], [], [])
    for each in ready:
        if each is not sys.stdin:
            each.accept()[0].close()
            continue
        command = sys.stdin.readline().strip()
        if not command:
            sys.exit()
        verb, *which = command.split()
        cut = [listeners[int(each)] for each in which or range(4)] if verb == "cut" else []
        for filler in fillers:
            filler.close()
        fillers = []
        for listener in cut:
            for _ in range(3):
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(listener.getsockname())
                fillers.append(filler)
        print(command, flush=True)
`;

const everybody = [1, 2, 3, 4, 5];
const others = [1, 2, 4, 5];

describe("self-fence", function () {
  this.timeout(30_000);
  before(needsPython);

  let folder: string;
  let zookeeper: FakeZooKeeper;
  let address: string;
  let network: ChildProcess;
  let ports: number[];
  let kafka: ChildProcess;
  let listener: string;
  let daemon: RunningProgram | undefined;
  let othersLive: boolean;
  let reachMe: boolean;
  /** Whom none of the others reaches. */
  let lost: readonly number[];
  let heartbeat: NodeJS.Timeout;

  function othersReach(me: boolean): void {
    reachMe = me;
    for (const id of othersLive ? others : [])
      zookeeper.put(`/kafka-on-ec2/watch/${id}`, {
        reaches: (me ? everybody : others).filter((each) => each !== id && !lost.includes(each)),
      });
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "kafka-fence-"));
    zookeeper = new FakeZooKeeper();
    address = await zookeeper.listen();
    network = spawn("python3", ["-c", machines], { stdio: ["pipe", "pipe", "inherit"] });
    ports = (await answerOf(network)).split(" ").map(Number);
    listener = `127.${random()}.${random()}.${random()}`;
    kafka = spawn("python3", ["-c", broker, listener], { stdio: ["ignore", "pipe", "inherit"] });
    assert.equal(await answerOf(kafka), "listens");
    mkdirSync(join(folder, "group"));
    writeFileSync(join(folder, "group", "cgroup.procs"), `${kafka.pid}\n`);
    zookeeper.put("/brokers/ids", "");
    for (const id of everybody) zookeeper.register(id, `127.0.0.1:${ports[others.indexOf(id)] ?? 1}`, Date.now(), id);
    zookeeper.elect(3, Date.now(), 3);
    othersLive = true;
    lost = [];
    othersReach(false);
    heartbeat = setInterval(() => othersReach(reachMe), 200);
  });
  afterEach(async () => {
    clearInterval(heartbeat);
    daemon?.process.kill("SIGKILL");
    await daemon?.ended;
    const touched = /TOUCHES THE DISK.*/.exec(daemon?.output() ?? "")?.[0];
    daemon = undefined;
    network.kill("SIGKILL");
    kafka.kill("SIGKILL");
    await zookeeper.close();
    rmSync(folder, { recursive: true, force: true });
    assert.equal(touched, undefined);
  });

  function start(settings: Record<string, string> = {}): void {
    const environment = {
      NODE_ID: "3",
      NODE_ADDRESS: listener,
      MINIMUM_RUNNING: "3",
      ZOOKEEPER_CONNECT: address,
      RUNTIME_DIRECTORY: folder,
      METRICS_FOLDER: folder,
      SELF_FENCE_DISK: folder,
      SELF_FENCE_ROOT_FOLDER: folder,
      SELF_FENCE_KAFKA_GROUP: join(folder, "group"),
      SELF_FENCE_HEARTBEAT: join(folder, "heartbeat"),
      ...settings,
    };
    daemon = startProgram("-c", environment, [hurried]);
  }

  async function tell(command: "cut" | "cut 3" | "heal"): Promise<void> {
    network.stdin?.write(`${command}\n`);
    assert.equal(await answerOf(network), command);
  }

  async function until(condition: () => boolean, what: string, seconds = 12): Promise<void> {
    for (const end = Date.now() + seconds * 1000; !condition(); await pause(50)) {
      assert.ok(Date.now() < end, `${what}: not within ${seconds} s\n${daemon?.output()}`);
    }
  }

  const report = (): unknown => JSON.parse(zookeeper.nodes.get("/kafka-on-ec2/watch/3")?.content ?? "null");
  const reachesAll = (): boolean => JSON.stringify(report()) === JSON.stringify({ reaches: others });
  const fenced = (): boolean => existsSync(join(folder, "fenced"));
  const told = (): string => readFileSync(join(folder, "self-fence.prom"), "utf8");
  const kafkaLives = (): boolean => kafka.signalCode === null;

  it("tells whom it reaches, and asks ZooKeeper for little while all is well", async () => {
    start();
    await until(reachesAll, "the report");
    zookeeper.requests.length = 0;
    await pause(3000);
    const written = zookeeper.requests.filter((request) => /^(set|create|delete)/.test(request));
    assert.deepEqual(written, []);
    assert.ok(kafkaLives() && !fenced());
  });

  it("kills a broker that is cut off from its peers, takes it out, and lets it back when it reaches them", async () => {
    start();
    await until(reachesAll, "the report");
    await tell("cut");
    await until(() => !kafkaLives(), "the end of Kafka");
    assert.equal(kafka.signalCode, "SIGKILL");
    await until(() => !zookeeper.nodes.has("/brokers/ids/3"), "the end of the registration");
    assert.ok(zookeeper.requests.includes("multi /brokers/ids/3 /controller"));
    assert.ok(zookeeper.nodes.has("/kafka-on-ec2/claims/3"));
    assert.match(
      readFileSync(join(folder, "fenced"), "utf8"),
      /^network: ZooKeeper answers, but not brokers 1, 2, 4, 5/,
    );

    // Nothing that comes later is touched, and the file is kept fresh for prepare-kafka.
    zookeeper.register(3, "127.0.0.1:1", Date.now(), 33);
    const { mtimeMs } = statSync(join(folder, "fenced"));
    await until(() => fenced() && statSync(join(folder, "fenced")).mtimeMs > mtimeMs, "the refreshed file");
    assert.ok(zookeeper.nodes.has("/brokers/ids/3"));

    await tell("heal");
    await until(() => !fenced(), "the release");
    await until(() => !zookeeper.nodes.has("/kafka-on-ec2/claims/3"), "the claim's end");
    assert.match(daemon?.output() ?? "", /FENCED: .*\n(.*\n)*.*has been over for 1 s: Kafka may start again/);
  });

  it("tells Prometheus each second what it sees, and that it has fenced the broker", async () => {
    const tells = (line: string) => until(() => told().split("\n").includes(line), `${line} in\n${told()}`);
    start();
    await until(reachesAll, "the report");
    await tells("kafka_node_fenced 0");
    await tells("kafka_node_fences_total 0");
    await tells("kafka_node_zookeeper_answers 1");
    await tells('kafka_node_peer_silent_seconds{peer="kafka-4"} 0');
    assert.match(told(), /^kafka_node_disk_write_running_seconds\{disk="root"\} /m);
    const { mtimeMs } = statSync(join(folder, "self-fence.prom"));
    await until(() => statSync(join(folder, "self-fence.prom")).mtimeMs > mtimeMs, "the next file");
    await tell("cut");
    await tells('kafka_node_fenced{kind="network"} 1');
    await tells("kafka_node_fences_total 1");
    assert.match(told(), /^kafka_node_peer_silent_seconds\{peer="kafka-4"\} [1-9]/m);
  });

  it("goes on where Prometheus can't be told, and says so once", async () => {
    start({ METRICS_FOLDER: join(folder, "absent") });
    await until(reachesAll, "the report");
    await pause(1000);
    assert.equal(daemon?.output().match(/Prometheus is not told: .*No such file/g)?.length, 1);
    assert.ok(kafkaLives());
  });

  it("does not count the time in which it was kept from running itself", async () => {
    // Long enough for a busy machine not to fence before it is stopped.
    start({ SILENT_SECONDS: "4" });
    await until(reachesAll, "the report");
    await tell("cut");
    await until(() => /peer_silent_seconds\{.*\} [^0]/.test(told()), "a silent peer");
    daemon?.process.kill("SIGSTOP");
    await pause(4500);
    daemon?.process.kill("SIGCONT");
    const runsAgain = Date.now();
    await until(() => !kafkaLives(), "the end of Kafka");
    assert.match(daemon?.output() ?? "", /was kept from running for \d+\.\d s: what it has seen does not count/);
    assert.ok(Date.now() - runsAgain >= 3900, `${Date.now() - runsAgain} ms`);
  });

  it("never deletes a registration that is newer than the fence, also when the first try of it fails", async () => {
    start();
    await until(reachesAll, "the report");
    let tries = 0;
    zookeeper.before = (request) => {
      if (!request.startsWith("multi")) return true;
      if (++tries > 1) return true;
      // Kafka's session ended, and an operator has started it anew.
      zookeeper.register(3, "127.0.0.1:1", Date.now(), 33);
      zookeeper.elect(2, Date.now(), 2);
      return false;
    };
    await tell("cut");
    await until(() => tries > 0, "the first try");
    await pause(2000);
    assert.ok(fenced());
    assert.ok(zookeeper.nodes.has("/brokers/ids/3"), daemon?.output());
  });

  it("closes the connections of a Kafka that can't die", async function () {
    if (process.getuid?.() !== 0) return this.skip();
    const client = connect(9092, listener);
    const closed = new Promise((resolve) => client.once("error", resolve));
    await new Promise((resolve) => client.once("connect", resolve));
    // As if its threads hung: what is killed is another process.
    const another = spawn("sleep", ["60"]);
    writeFileSync(join(folder, "group", "cgroup.procs"), `${another.pid}\n`);
    start();
    await until(reachesAll, "the report");
    await tell("cut");
    assert.match(String(await closed), /ECONNRESET/);
    await until(() => another.signalCode === "SIGKILL", "the end of that process");
    assert.ok(kafkaLives());
  });

  it("takes a broker out only once it is certain that it is dead", async () => {
    const fails = join(folder, "kill-fails");
    writeFileSync(fails, "");
    start({ KILL_FAILS: fails });
    await until(reachesAll, "the report");
    await tell("cut");
    await until(() => /could not be killed, and stays registered/.test(daemon?.output() ?? ""), "the reason");
    assert.ok(fenced() && kafkaLives() && zookeeper.nodes.has("/brokers/ids/3"));
    rmSync(fails);
    await until(() => !zookeeper.nodes.has("/brokers/ids/3"), "the end of the registration");
    assert.ok(!kafkaLives());
  });

  it("fences nobody while as many as may be are fenced, and says so once", async () => {
    for (const id of [4, 5]) zookeeper.put(`/kafka-on-ec2/claims/${id}`, "");
    start();
    await until(reachesAll, "the report");
    await tell("cut");
    await until(
      () => /not fenced: .* beside brokers 4, 5 that may be fenced/.test(daemon?.output() ?? ""),
      "the reason",
    );
    await pause(2500);
    assert.ok(kafkaLives() && !fenced() && zookeeper.nodes.has("/brokers/ids/3"));
    assert.equal(daemon?.output().match(/not fenced/g)?.length, 1, daemon?.output());
  });

  it("fences a second broker beside one, and none of those that claimed too late", async () => {
    zookeeper.put("/kafka-on-ec2/claims/5", "");
    start();
    await until(reachesAll, "the report");
    zookeeper.before = (request) => {
      // Another one is faster, by a moment.
      if (request === "create /kafka-on-ec2/claims/3" && !zookeeper.nodes.has("/kafka-on-ec2/claims/4"))
        zookeeper.put("/kafka-on-ec2/claims/4", "");
      return true;
    };
    await tell("cut");
    await until(() => /not fenced: .* beside brokers 4, 5/.test(daemon?.output() ?? ""), "the reason");
    await until(() => !zookeeper.nodes.has("/kafka-on-ec2/claims/3"), "the end of its claim");
    assert.ok(kafkaLives() && !fenced());
    zookeeper.nodes.delete("/kafka-on-ec2/claims/4");
    zookeeper.before = () => true;
    await until(() => !kafkaLives(), "the end of Kafka");
  });

  it("is not kept by a claim that an earlier run of its own has left", async () => {
    zookeeper.put("/kafka-on-ec2/claims/3", "", 77);
    start();
    await until(reachesAll, "the report");
    await tell("cut");
    await until(() => !kafkaLives(), "the end of Kafka");
    assert.notEqual(zookeeper.nodes.get("/kafka-on-ec2/claims/3")?.owner, 77);
  });

  it("fences a broker whose link comes and goes, once, and keeps it out until that is over", async () => {
    start();
    await until(reachesAll, "the report");
    const flaps = async (until: () => boolean): Promise<void> => {
      for (const end = Date.now() + 12_000; Date.now() < end && !until();) {
        await tell("cut");
        othersReach(false);
        await pause(800);
        await tell("heal");
        othersReach(true);
        await pause(500);
      }
    };
    await flaps(fenced);
    await until(() => !kafkaLives(), "the end of Kafka");
    await flaps(() => !fenced());
    assert.ok(fenced(), daemon?.output());
    assert.equal(daemon?.output().match(/FENCED/g)?.length, 1, daemon?.output());
    await until(() => !fenced(), "the release");
  });

  it("keeps a broker out for longer when its fault comes back soon", async () => {
    start();
    await until(reachesAll, "the report");
    await tell("cut");
    await until(fenced, "the fence");
    await tell("heal");
    await until(() => !fenced(), "the release");
    zookeeper.register(3, "127.0.0.1:1", Date.now(), 33);
    await until(reachesAll, "the report");
    await tell("cut");
    await until(() => /back when it has been over for 2 s/.test(daemon?.output() ?? ""), "the second fence");
  });

  describe("expels a broker", () => {
    const registered = (): boolean => zookeeper.nodes.has("/brokers/ids/5");
    beforeEach(async () => {
      othersReach(true);
      start();
      await until(reachesAll, "the report");
    });

    const fallsSilent = async () => {
      await tell("cut 3");
      lost = [5];
    };
    /** It is about to be expelled, and then is not. */
    const isSpared = async () => {
      await fallsSilent();
      await until(() => zookeeper.requests.includes("create /kafka-on-ec2/claims/5"), "the claim");
      await pause(1000);
      assert.ok(registered(), daemon?.output());
    };

    it("that answers nobody, the controller as well, and lets its claim go", async () => {
      zookeeper.elect(5, Date.now(), 5);
      await fallsSilent();
      await until(() => !registered(), "the end of the registration");
      assert.ok(zookeeper.requests.includes("multi /brokers/ids/5 /controller"), daemon?.output());
      await until(() => !zookeeper.nodes.has("/kafka-on-ec2/claims/5"), "the claim's end");
      const said = /EXPELLED broker 5, which answers nobody: deleted \/brokers\/ids\/5 and \/controller/;
      await until(() => said.test(daemon?.output() ?? ""), "the line");
      await until(
        () =>
          /^kafka_node_expulsions_total\{peer="kafka-5"\} 1$/m.test(
            readFileSync(join(folder, "self-fence.prom"), "utf8"),
          ),
        "the metric",
      );
      assert.ok(kafkaLives() && !fenced());
    });

    it("only once all have missed it, and not again when it falls silent soon", async () => {
      await tell("cut 3");
      await pause(1500);
      assert.ok(registered(), daemon?.output());
      lost = [5];
      await until(() => !registered(), "the end of the registration");
      zookeeper.register(5, "127.0.0.1:1", Date.now(), 55);
      await pause(1000);
      zookeeper.register(5, `127.0.0.1:${ports[3]}`, Date.now(), 56);
      await pause(2000);
      assert.ok(registered(), daemon?.output());
      await until(() => !registered(), "the end of the second registration, a while later");
    });

    it("only as what fell silent: not a start that followed", async () => {
      zookeeper.before = (request) => {
        if (request === "create /kafka-on-ec2/claims/5") zookeeper.register(5, "127.0.0.1:1", Date.now(), 55);
        return true;
      };
      await isSpared();
    });

    it("and leaves no claim, though the answer to its claim is lost", async () => {
      let claims = 0;
      zookeeper.before = (request) => {
        if (request !== "create /kafka-on-ec2/claims/5" || ++claims > 1) return true;
        zookeeper.put("/kafka-on-ec2/claims/5", "");
        return false;
      };
      await fallsSilent();
      await until(() => !registered(), "the end of the registration");
      await until(() => !zookeeper.nodes.has("/kafka-on-ec2/claims/5"), "the claim's end");
    });

    it("not beside another one that goes, if too few were left", async () => {
      zookeeper.before = (request) => {
        // They are faster, by a moment.
        if (request === "create /kafka-on-ec2/claims/5")
          for (const id of [1, 2]) zookeeper.put(`/kafka-on-ec2/claims/${id}`, "");
        return true;
      };
      await isSpared();
      assert.ok(!zookeeper.nodes.has("/kafka-on-ec2/claims/5"));
      for (const id of [1, 2]) zookeeper.nodes.delete(`/kafka-on-ec2/claims/${id}`);
      zookeeper.before = () => true;
      await until(() => !registered(), "the end of the registration");
    });
  });

  it("closes the connections to a server of ZooKeeper's that is silent", async function () {
    if (process.getuid?.() !== 0) return this.skip();
    start({ ZOOKEEPER_CONNECT: `${address},127.0.0.1:${ports[3]}` });
    await until(reachesAll, "the report");
    await tell("cut 3");
    // The kernel would try for two minutes.
    const client = connect(ports[3] ?? 0, "127.0.0.1");
    const error = await new Promise((resolve) => client.once("error", resolve));
    assert.match(String(error), /ECONNABORTED/);
    await until(() => /:\d+ answers nothing: its connections are closed/.test(daemon?.output() ?? ""), "the line");
  });

  it("fences a broker whose JVM stands still, and lets it back after a while", async () => {
    othersReach(true);
    let beats = 0;
    const beat = (): void => writeFileSync(join(folder, "heartbeat"), String(++beats));
    let heart = setInterval(beat, 50);
    try {
      start();
      await until(reachesAll, "the report");
      await pause(1500);
      assert.ok(kafkaLives() && !fenced(), daemon?.output());
      clearInterval(heart);
      await until(() => !kafkaLives(), "the end of Kafka");
      await until(() => !zookeeper.nodes.has("/brokers/ids/3"), "the end of the registration");
      assert.match(daemon?.output() ?? "", /FENCED: Kafka's JVM has stood still for 0 s/);
      heart = setInterval(beat, 50);
      await until(() => !fenced(), "the release");
    } finally {
      clearInterval(heart);
    }
  });

  it("fences a broker that the others have expelled at once, and not only after ten seconds", async () => {
    start();
    await until(reachesAll, "the report");
    // They miss nobody any more, so they say nothing new.
    othersLive = false;
    await tell("cut");
    zookeeper.nodes.delete("/brokers/ids/3");
    const gone = Date.now();
    await until(() => !kafkaLives(), "the end of Kafka");
    assert.ok(Date.now() - gone < 1400, `${Date.now() - gone} ms`);
    assert.match(daemon?.output() ?? "", /FENCED: Kafka runs and is not registered, and there is no answer from/);
  });

  describe("restarts a broker that runs and is not registered", () => {
    it("and nobody else is asked", async () => {
      start();
      await until(reachesAll, "the report");
      zookeeper.nodes.delete("/brokers/ids/3");
      const gone = Date.now();
      await until(() => !kafkaLives(), "the end of Kafka");
      assert.ok(Date.now() - gone >= 2000);
      await until(
        () => /RESTARTED: Kafka runs and is not registered, for 2 s/.test(daemon?.output() ?? ""),
        "the line",
      );
      assert.ok(!fenced());
    });

    it("but not while it starts, which is when it does not listen yet", async () => {
      start({ NODE_ADDRESS: "127.1.2.3" });
      await until(reachesAll, "the report");
      zookeeper.nodes.delete("/brokers/ids/3");
      await pause(3500);
      assert.ok(kafkaLives(), daemon?.output());
    });

    it("but not while ZooKeeper is away, or has lost everything", async () => {
      start();
      await until(reachesAll, "the report");
      zookeeper.before = (request) => request !== "children /brokers/ids";
      zookeeper.nodes.delete("/brokers/ids/3");
      await pause(3500);
      assert.ok(kafkaLives(), daemon?.output());
    });
  });

  it("does not wait for a journal that hangs, and tells it the latest when it goes on", () => {
    const script = `import os, sys
sys.path.insert(0, sys.argv[1])
from messages import MOST_LINES, Messages
out, into = os.pipe()
messages = Messages(into)
for number in range(20000):
    messages.say("line %d of those that nobody reads" % number)
told = b""
os.set_blocking(out, False)
for _ in range(100):
    try:
        told += os.read(out, 65536)
    except BlockingIOError:
        pass
    messages.pass_on()
lines = told.decode().splitlines()
assert lines[0].startswith("line 0 ") and lines[-1].startswith("line 19999 "), (lines[0], lines[-1])
assert lines[-MOST_LINES + 1].startswith("line %d " % (20000 - MOST_LINES + 1)), lines[-MOST_LINES:]
`;
    const { status, stderr } = spawnSync("python3", ["-BIS", "-c", script, lib], { encoding: "utf8", timeout: 20_000 });
    assert.equal(status, 0, stderr);
  });

  it("is locked into memory", async function () {
    if (process.getuid?.() !== 0) return this.skip();
    start();
    await until(reachesAll, "the report");
    const status = readFileSync(`/proc/${daemon?.process.pid}/status`, "utf8");
    assert.ok(Number(/VmLck:\s+(\d+)/.exec(status)?.[1]) > 5000, status);
  });

  it("fences nobody when it is the others that have died, though ZooKeeper still shows them", async () => {
    start();
    await until(reachesAll, "the report");
    othersLive = false;
    await tell("cut");
    await until(
      () => /not fenced: only \d others are known to reach one another/.test(daemon?.output() ?? ""),
      "the reason",
    );
    await pause(2500);
    assert.ok(kafkaLives() && !fenced(), daemon?.output());
  });

  it("fences nobody while ZooKeeper does not answer", async () => {
    start();
    await until(reachesAll, "the report");
    await zookeeper.close();
    await tell("cut");
    await pause(4000);
    assert.ok(kafkaLives() && !fenced(), daemon?.output());
  });

  it("counts little of a silence in which ZooKeeper was away too", async () => {
    start();
    await until(reachesAll, "the report");
    zookeeper.before = () => false;
    await tell("cut");
    await pause(3000);
    assert.ok(kafkaLives() && !fenced(), daemon?.output());
    zookeeper.before = () => true;
    const back = Date.now();
    await until(fenced, "the fence");
    // 1.5 s of silence are wanted, of which 0.6 s are there.
    assert.ok(Date.now() - back >= 700, `${Date.now() - back} ms`);
  });

  it("goes on in a new session when its own has expired", async () => {
    start();
    await until(reachesAll, "the report");
    zookeeper.expireAll();
    assert.equal(zookeeper.nodes.has("/kafka-on-ec2/watch/3"), false);
    await until(reachesAll, "the report, again");
    assert.ok(kafkaLives() && !fenced());
  });

  it("that starts while its broker is fenced carries on, and lets it back", async () => {
    writeFileSync(join(folder, "fenced"), "network: before\n");
    zookeeper.nodes.delete("/brokers/ids/3");
    await tell("cut");
    start();
    await until(() => /it is fenced now \(network\)/.test(daemon?.output() ?? ""), "its first line");
    await until(() => zookeeper.nodes.has("/kafka-on-ec2/claims/3"), "the claim");
    await pause(1500);
    assert.ok(fenced());
    await tell("heal");
    await until(() => !fenced(), "the release");
    assert.ok(kafkaLives());
  });

  it("leaves nothing in ZooKeeper when it is stopped", async () => {
    start();
    await until(reachesAll, "the report");
    daemon?.process.kill("SIGTERM");
    assert.equal(await daemon?.ended, 0);
    assert.equal(zookeeper.nodes.has("/kafka-on-ec2/watch/3"), false);
  });
});

/** The next line that a program prints: its writes may arrive in pieces. */
async function answerOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const take = (data: Buffer): void => {
      text += data.toString();
      if (!text.includes("\n")) return;
      child.stdout?.off("data", take);
      resolve(text.trim());
    };
    child.stdout?.on("data", take);
  });
}

/** A number for an address that nobody else listens at. */
function random(): number {
  return 1 + Math.floor(Math.random() * 250);
}

async function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
