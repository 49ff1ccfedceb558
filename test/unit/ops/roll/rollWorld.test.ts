import assert from "node:assert/strict";
import type { GroupObservation } from "../../../../ops/guardian/observation";
import type { KafkaObservation } from "../../../../ops/kafkaGate";
import { nextAction } from "../../../../ops/roll/nextAction";
import { rollSources, rollWorld, type RollSources } from "../../../../ops/roll/observe";
import type { ZooKeeperObservation } from "../../../../ops/zookeeperGate";
import { describeCluster, type ClusterNode } from "../../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../../settings/sampleSettings";
import { FakeCommands } from "../fakeCommand";
import { FakeKafka } from "../fakeKafkaAdmin";

const cluster = describeCluster(
  sampleSettings({ topics: [{ name: "clicks", partitions: 3, retentionHours: 24 }] }),
  "bucket",
);
const [clicks] = cluster.topics;

/** A cluster in which all is well, and every instance is of the revision `old`. */
class Scene implements RollSources {
  readonly deeds: string[] = [];
  readonly asked: string[] = [];
  readonly kafka = new FakeKafka({
    brokers: cluster.brokers.map(({ id }) => id),
    partitions: (clicks?.replicaAssignment ?? []).map((replicas, partition) => ({
      topic: "clicks",
      partition,
      replicas,
    })),
  });
  readonly admin = this.kafka;
  group: (node: ClusterNode) => GroupObservation | undefined = ({ name }) => ({
    instance: { id: `i-${name}`, lifecycleState: "InService", healthy: true },
    suspended: [],
  });
  revisionOf: (instance: string) => string | undefined = () => "old";
  output = "stopped";
  failed: string[] = [];
  seconds = 0;
  silent: readonly string[] = [];
  zookeeperLeader = 2;
  revisionQuestions = 0;
  readonly groups = {
    describe: (names: readonly string[]) => {
      const nodes = [...cluster.brokers, ...cluster.zookeeper].filter(({ groupName }) => names.includes(groupName));
      const looks = nodes.flatMap((node) => {
        const group = this.group(node);
        return group === undefined ? [] : [[node.groupName, group] as const];
      });
      return Promise.resolve(new Map(looks));
    },
    replace: (id: string) => {
      this.deeds.push(`replace ${id}`);
      return Promise.resolve();
    },
  };

  readonly keeper = {
    keep: (node: string, instance: string) => {
      this.deeds.push(`keep ${node} ${instance}`);
      return Promise.resolve("kept");
    },
  };

  async brokers(): Promise<KafkaObservation[]> {
    const { brokers, ...rest } = await this.kafka.metadata();
    const view = {
      ...rest,
      brokers: brokers.map(({ id, port }) => ({ id, port, host: cluster.brokers[id - 1]?.dnsName ?? "" })),
    };
    return cluster.brokers.map(({ name }) =>
      this.silent.includes(name) ? { node: name, problem: "connection refused" } : { node: name, view },
    );
  }
  zookeeper(): Promise<ZooKeeperObservation[]> {
    return Promise.resolve(
      cluster.zookeeper.map(({ name, id }) => ({
        node: name,
        mntr: id === this.zookeeperLeader ? { serverState: "leader", syncedFollowers: 2 } : { serverState: "follower" },
      })),
    );
  }
  revisions(ids: readonly string[]) {
    this.revisionQuestions++;
    this.asked.push(...ids);
    const known = ids.flatMap((id) => {
      const revision = this.revisionOf(id);
      return revision === undefined ? [] : [[id, revision] as const];
    });
    return Promise.resolve(new Map(known));
  }
  onNode(host: string, script: string, seconds: number): Promise<string> {
    this.deeds.push(`${host}: ${script}`);
    this.seconds = seconds;
    return Promise.resolve(this.output);
  }
  failedBoots(): Promise<string[]> {
    return Promise.resolve(this.failed);
  }
  pause(ms: number): Promise<void> {
    this.deeds.push(`pause ${ms}`);
    return Promise.resolve();
  }
}

const rules = { pool: "kafka", minimumRunning: 3, today: "2026-11-29" } as const;
const wanted = (revision: string) =>
  new Map([...cluster.brokers, ...cluster.zookeeper].map(({ name }) => [name, revision]));

describe("what a roll sees", () => {
  let scene: Scene;
  beforeEach(() => (scene = new Scene()));
  const world = (pool: "kafka" | "zookeeper" = "kafka", revision = "new") =>
    rollWorld(cluster, pool, wanted(revision), scene);

  it(
    "each broker with its instance, and whether that is of the wanted revision; the controller; " + "every partition",
    async () => {
      scene.revisionOf = (id) => (id === "i-kafka-3" ? "new" : "old");
      await scene.kafka.setConfigs([{ type: "topic", name: "clicks", set: { "min.insync.replicas": "2" } }]);
      const view = await world().observe();
      assert.deepEqual(
        view.nodes.map(({ name, id, instanceId, current, problem, groupBusy }) => [
          name,
          id,
          instanceId,
          current,
          problem,
          groupBusy,
        ]),
        [1, 2, 3, 4, 5].map((id) => [`kafka-${id}`, id, `i-kafka-${id}`, id === 3, undefined, undefined]),
      );
      assert.equal(view.last, "kafka-1");
      assert.deepEqual([view.missing, view.zookeeperMissing, view.moving], [[], [], []]);
      assert.deepEqual(
        view.partitions.map(({ topic, partition, replicas, isr, minInsyncReplicas }) => [
          topic,
          partition,
          [replicas, isr],
          minInsyncReplicas,
        ]),
        clicks?.replicaAssignment.map((replicas, partition) => ["clicks", partition, [replicas, replicas], 2]),
      );
    },
  );

  it("nothing of what an instance was started from until AWS says it: no roll is done, or begins, before", async () => {
    scene.revisionOf = (id) => (id === "i-kafka-2" ? undefined : "new");
    const roll = world();
    const view = await roll.observe();
    assert.equal(view.nodes[1]?.current, undefined);
    const step = nextAction(view, rules);
    assert.ok(step.kind === "wait" && step.nodes.join() === "kafka-2", JSON.stringify(step));
    scene.revisionOf = () => "new";
    assert.equal(nextAction(await roll.observe(), rules).kind, "done");
    await roll.observe();
    assert.deepEqual(scene.asked.slice(5), ["i-kafka-2"], "an instance's revision is asked once");
    assert.equal(scene.revisionQuestions, 2, "nothing is asked where all is known");
  });

  it("of ZooKeeper its leader as the last one, and nothing of Kafka", async () => {
    const view = await world("zookeeper").observe();
    assert.deepEqual(
      view.nodes.map(({ name, current }) => [name, current]),
      [1, 2, 3].map((id) => [`zookeeper-${id}`, false]),
    );
    assert.equal(view.last, "zookeeper-2");
    assert.deepEqual([view.missing, view.zookeeperMissing, view.partitions, view.moving], [[], [], [], []]);
    assert.deepEqual(scene.kafka.calls, []);
    scene.zookeeperLeader = 0;
    const leaderless = await world("zookeeper").observe();
    assert.equal(leaderless.last, undefined);
    assert.deepEqual(leaderless.missing, [{ what: "no leader" }]);
    assert.deepEqual((await world().observe()).zookeeperMissing, [{ what: "no leader" }]);
  });

  it("what a group is doing with its instance", async () => {
    const groups: Record<string, GroupObservation | undefined> = {
      "kafka-1": undefined,
      "kafka-2": { suspended: [] },
      "kafka-3": { suspended: [], lastActivity: "no capacity" },
      "kafka-4": { suspended: [], instance: { id: "i-4", lifecycleState: "Pending", healthy: true } },
      "kafka-5": { suspended: [], instance: { id: "i-5", lifecycleState: "InService", healthy: false } },
    };
    scene.group = ({ name }) => groups[name];
    assert.deepEqual(
      (await world().observe()).nodes.map(({ groupBusy }) => groupBusy),
      [
        "does not exist",
        "has no instance",
        "has no instance (no capacity)",
        "replaces an instance (i-4 is Pending)",
        "replaces an instance (i-5 is InService, unhealthy)",
      ],
    );
  });

  it("what is amiss, and partitions that are being moved", async () => {
    scene.kafka.kill(5);
    const down = await world().observe();
    assert.ok(down.missing.some(({ node }) => node === "kafka-5"));
    assert.match(down.nodes[4]?.problem ?? "", /not registered/);
    scene.kafka.revive(5);
    const replicas = clicks?.replicaAssignment[0] ?? [];
    const other = [1, 2, 3, 4, 5].find((id) => !replicas.includes(id)) ?? 0;
    scene.kafka.fallBehind("clicks-0", replicas[1] ?? 0);
    await scene.kafka.reassign([{ topic: "clicks", partition: 0, replicas: [...replicas.slice(0, 3), other] }]);
    assert.deepEqual((await world().observe()).moving, ["clicks-0"]);
  });

  it("no partitions where no broker answers: Kafka is asked nothing that it would have to be waited for", async () => {
    scene.silent = cluster.brokers.map(({ name }) => name);
    const { partitions, moving, last, missing } = await world().observe();
    assert.deepEqual([partitions, moving, last], [[], [], undefined]);
    assert.equal(new Set(missing.map(({ node }) => node)).size, 5);
    assert.ok(!scene.kafka.calls.includes("reassignments"));
  });

  it("the partitions and the controller where one broker is silent; no controller where there is none", async () => {
    scene.silent = ["kafka-1"];
    scene.kafka.kill(1);
    const { partitions, last } = await world().observe();
    assert.deepEqual([partitions.length, last], [3, "kafka-2"]);
    const metadata = scene.kafka.metadata.bind(scene.kafka);
    scene.kafka.metadata = async () => ({ ...(await metadata()), controllerId: -1 });
    assert.equal((await world().observe()).last, undefined);
  });
});

describe("what a roll does", () => {
  let scene: Scene;
  beforeEach(() => (scene = new Scene()));
  const world = (pool: "kafka" | "zookeeper" = "kafka") => rollWorld(cluster, pool, wanted("new"), scene);
  const address = (name: string) =>
    [...cluster.brokers, ...cluster.zookeeper].find((node) => node.name === name)?.privateIp;

  it("stops the pool's service on the node, and takes no other answer for it", async () => {
    await world().stopService("kafka-4");
    await world("zookeeper").stopService("zookeeper-2");
    assert.deepEqual(
      scene.deeds.map((deed) => /^(\S+): .*systemctl stop (\w+)\b/.exec(deed)?.slice(1)),
      [
        [address("kafka-4"), "kafka"],
        [address("zookeeper-2"), "zookeeper"],
      ],
    );
    // TimeoutStopSec of kafka.service is 180.
    assert.ok(scene.seconds >= 190, `${scene.seconds}`);
    for (const output of ["", "(ssh to 10.0.0.1 ended with 255)", "Failed; not stopped", "stopped by a signal"]) {
      scene.output = output;
      await assert.rejects(world().stopService("kafka-4"), /its service could not be stopped/, output);
    }
  });

  it("asks a node whether it recovers its logs, and takes silence for no", async () => {
    assert.equal(await world().recovers("kafka-4"), false);
    assert.match(scene.deeds[0] ?? "", new RegExp(`^${address("kafka-4")}: `));
    const steady = "kafka=active\nsince=1000000\nuptime=100\nrestarts=0\n";
    scene.output = `${steady}log=Recovering unflushed segment 0\nend=yes`;
    assert.equal(await world().recovers("kafka-4"), true);
    scene.output = `${steady}end=yes`;
    assert.equal(await world().recovers("kafka-4"), false);
  });

  it("keeps a machine's logs", async () => {
    assert.equal(await world().keepLogs("kafka-4", "i-4"), "kept");
    assert.deepEqual(scene.deeds, ["keep kafka-4 i-4"]);
  });

  it("passes on what AWS refuses", async () => {
    scene.groups.replace = () => Promise.reject(new Error("AccessDenied: no"));
    await assert.rejects(world().replaceInstance("i-1"), /AccessDenied: no/);
  });

  it("lets a broker that is back warm up, has leaders return, and lets them warm up before the next one", async () => {
    await world().settle(true);
    await world().settle(false);
    assert.deepEqual(scene.deeds, ["pause 8000", "pause 8000", "pause 8000"]);
    assert.deepEqual(scene.kafka.calls, ["electPreferred", "electPreferred"]);
    await world("zookeeper").settle(true);
    assert.equal(scene.deeds.length, 3);
  });

  it("has no hope of a first boot that has failed, nor of a service that ends again and again", async () => {
    scene.output = "3\n";
    assert.equal(await world().hopeless(["kafka-1", "kafka-2"]), undefined);
    for (const output of ["", "(ssh to 10.0.0.1 ended with 255)", "closed by 10.0.0.1 port 22", "22 packets lost"]) {
      scene.output = output;
      assert.equal(await world().hopeless(["kafka-1"]), undefined, output);
    }
    scene.output = "12\n";
    assert.match((await world().hopeless(["kafka-2"])) ?? "", /ended 12 times/);
    scene.output = "4\n";
    assert.equal(await world().hopeless(["kafka-2"]), "kafka-2: kafka.service has ended 4 times since the boot");
    assert.match(scene.deeds.at(-1) ?? "", new RegExp(`^${address("kafka-2")}: .*NRestarts.*kafka\\.service`));
    scene.failed = ["kafka-2"];
    assert.equal(await world().hopeless(["kafka-2"]), "the first boot of kafka-2 has failed, and is not tried again");
  });
});

describe("a roll on the ops host", () => {
  let commands: FakeCommands;
  beforeEach(() => (commands = new FakeCommands()));
  afterEach(() => commands.remove());
  // Nobody listens there.
  const nowhere = <T extends object>(node: T) => ({ ...node, privateIp: "127.0.0.77" });
  const here = { ...cluster, brokers: cluster.brokers.map(nowhere), zookeeper: cluster.zookeeper.map(nowhere) };

  it("asks the nodes at their own addresses, by their protocols and by SSH, and AWS by its command", async () => {
    const sources = await rollSources(here);
    const problems = (observations: readonly object[]) =>
      observations.map((one) => ("problem" in one ? String(one.problem) : "no problem"));
    const [brokers, zookeeper] = await Promise.all([sources.brokers(), sources.zookeeper()]);
    assert.deepEqual(problems(brokers), Array<string>(5).fill("connection refused on port 9092"));
    assert.deepEqual(problems(zookeeper), Array<string>(3).fill("connection refused by 127.0.0.77:2181"));
    commands.put("ssh", `echo "status: error"`);
    assert.equal(await sources.onNode("127.0.0.77", "the script", 5), "status: error");
    assert.deepEqual(commands.calls("ssh")[0]?.slice(-2), [`${here.nodeUser}@127.0.0.77`, "the script"]);
    assert.deepEqual(await sources.failedBoots(["kafka-2"]), ["kafka-2"]);
    await assert.rejects(sources.revisions(["i-1"]), /aws ec2 describe-instances: /);
  });

  it("shows what the nodes say of themselves", async () => {
    commands.put("ssh", "echo 'the disk is gone'");
    const evidence = await rollWorld(here, "kafka", wanted("new"), new Scene()).evidence(["kafka-3"]);
    assert.deepEqual(evidence, [{ node: "kafka-3", text: "the disk is gone" }]);
  });
});
