import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeZooKeeper } from "./fakeZooKeeper";
import { needsPython, startProgram, type RunningProgram } from "./nodePrograms";

const lib = join(__dirname, "../../../node/lib");
const program = join(__dirname, "../../../node/bin/self-fence");

/** self-fence with its times divided by about five. */
const hurried = `
import runpy, sys
sys.path.insert(0, ${JSON.stringify(lib)})
import fencing, peers, watch
fencing.EVERY_SECONDS, fencing.SILENT_SECONDS, fencing.WELL_SECONDS = 0.2, 1.5, 1
peers.TIMEOUT_SECONDS, peers.EVERY_SECONDS = 0.4, 0.3
watch.FRESH_SECONDS = 0.7
runpy.run_path(${JSON.stringify(program)}, run_name="__main__")
`;

/**
 * Machines that can be cut off: listeners whose queues are full, so that the kernel drops what asks for a connection,
 * as a firewall would, until they are told to accept.
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
cut, silenced = False, []
while True:
    ready, _, _ = select.select([sys.stdin] + ([] if cut else listeners), [], [])
    for each in ready:
        if each is not sys.stdin:
            each.accept()[0].close()
            continue
        command = sys.stdin.readline().strip()
        if not command:
            sys.exit()
        cut = command == "cut"
        for filler in fillers:
            filler.close()
        fillers = []
        for listener in listeners if cut else ():
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
  let kafka: ChildProcess;
  let daemon: RunningProgram | undefined;
  let othersLive: boolean;
  let heartbeat: NodeJS.Timeout;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "kafka-fence-"));
    zookeeper = new FakeZooKeeper();
    address = await zookeeper.listen();
    network = spawn("python3", ["-c", machines], { stdio: ["pipe", "pipe", "inherit"] });
    const ports = (await answerOf(network)).split(" ").map(Number);
    kafka = spawn("sleep", ["600"]);
    zookeeper.put("/brokers/ids", "");
    for (const id of everybody) zookeeper.register(id, `127.0.0.1:${ports[others.indexOf(id)] ?? 1}`, Date.now(), id);
    zookeeper.elect(3, Date.now(), 3);
    othersLive = true;
    const report = (): void => {
      for (const id of othersLive ? others : [])
        zookeeper.put(`/kafka-on-ec2/watch/${id}`, { reaches: others.filter((each) => each !== id) });
    };
    report();
    heartbeat = setInterval(report, 200);
  });
  afterEach(async () => {
    clearInterval(heartbeat);
    daemon?.process.kill("SIGKILL");
    await daemon?.ended;
    daemon = undefined;
    network.kill("SIGKILL");
    kafka.kill("SIGKILL");
    await zookeeper.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(settings: Record<string, string> = {}): void {
    const environment = {
      NODE_ID: "3",
      NODE_ADDRESS: "127.0.0.1",
      MINIMUM_RUNNING: "3",
      ZOOKEEPER_CONNECT: address,
      RUNTIME_DIRECTORY: folder,
      SELF_FENCE_DISK: folder,
      MAIN_PID: String(kafka.pid),
      ...settings,
    };
    daemon = startProgram("-c", environment, [hurried]);
  }

  async function tell(command: "cut" | "heal"): Promise<void> {
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
    start({ CONNECTIONS: "ESTAB 0 0 127.0.0.1:9092 127.0.0.1:50000" });
    await until(reachesAll, "the report");
    await tell("cut");
    await until(() => !kafkaLives(), "the end of Kafka");
    assert.equal(kafka.signalCode, "SIGKILL");
    await until(() => !zookeeper.nodes.has("/brokers/ids/3"), "the end of the registration");
    assert.ok(zookeeper.requests.includes("multi /brokers/ids/3 /controller"));
    assert.equal(zookeeper.nodes.get("/kafka-on-ec2/fenced")?.content, "3");
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
    await until(() => !zookeeper.nodes.has("/kafka-on-ec2/fenced"), "the lock's end");
    assert.match(
      daemon?.output() ?? "",
      /this kernel can't close Kafka's connections: clients turn to the others when/,
    );
    assert.match(daemon?.output() ?? "", /FENCED: .*\n(.*\n)*.*has been over for 1 s: Kafka may start again/);
  });

  it("does not count the time in which it was kept from running itself", async () => {
    start();
    await until(reachesAll, "the report");
    await tell("cut");
    // It has noticed by then, and not for long enough.
    await pause(700);
    daemon?.process.kill("SIGSTOP");
    await pause(3000);
    daemon?.process.kill("SIGCONT");
    const runsAgain = Date.now();
    await until(() => !kafkaLives(), "the end of Kafka");
    assert.match(daemon?.output() ?? "", /was kept from running for [23]\.\d s: what it has seen does not count/);
    // 1.5 s of silence are wanted.
    assert.ok(Date.now() - runsAgain >= 1400, `${Date.now() - runsAgain} ms`);
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

  it("fences nobody while another broker is fenced, and says so once", async () => {
    zookeeper.put("/kafka-on-ec2/fenced", 5);
    start();
    await until(reachesAll, "the report");
    await tell("cut");
    await until(() => /not fenced: broker 5 may be fenced/.test(daemon?.output() ?? ""), "the reason");
    await pause(2500);
    assert.ok(kafkaLives() && !fenced() && zookeeper.nodes.has("/brokers/ids/3"));
    assert.equal(daemon?.output().match(/not fenced/g)?.length, 1, daemon?.output());
  });

  it("takes a lock that an earlier run of its own has left for another's, until that is gone", async () => {
    zookeeper.put("/kafka-on-ec2/fenced", 3, 77);
    start();
    await until(reachesAll, "the report");
    await tell("cut");
    await until(() => /not fenced: .* may be fenced/.test(daemon?.output() ?? ""), "the reason");
    await pause(1500);
    assert.ok(kafkaLives() && !fenced(), daemon?.output());
    zookeeper.nodes.delete("/kafka-on-ec2/fenced");
    await until(() => !kafkaLives(), "the end of Kafka");
  });

  it("fences nobody when it is the others that have died, though ZooKeeper still shows them", async () => {
    start();
    await until(reachesAll, "the report");
    othersLive = false;
    await tell("cut");
    await until(() => /not fenced: only \d others are known to run/.test(daemon?.output() ?? ""), "the reason");
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
    await until(() => zookeeper.nodes.get("/kafka-on-ec2/fenced")?.content === "3", "the lock");
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

async function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
