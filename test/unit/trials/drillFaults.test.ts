import assert from "node:assert/strict";
import { catalog, faultNames, zonesHit, type ClientFaultName, type FaultName } from "../../../trials/drills/catalog";
import { clusterState } from "../../../trials/drills/awsMachines";
import { cleanUp, inject } from "../../../trials/drills/faults";
import { runScriptCommand, scriptText } from "../../../trials/drills/nodeScript";
import { shellQuoted } from "../../../planning/cluster/shellQuoting";
import { drillTopic, stockSettings } from "../../../trials/drills/stock";
import { described, followerInMost, leaderOfMost } from "../../../trials/drills/victims";
import { FakeMachines, cluster, stateWith } from "./drillMachines";

const leaders = ["kafka-1", "kafka-2", "kafka-3", "kafka-3", "kafka-4", "kafka-4", "kafka-4", "kafka-1", "kafka-1"];
const withoutInstants = (calls: readonly string[]) => calls.map((call) => call.replace(/ \d{13}$/, " AT"));

describe("drill faults: catalog", () => {
  it("has every fault once, in the order of the table", () => {
    assert.deepEqual(
      catalog.map(({ name }) => name),
      [...faultNames],
    );
    assert.equal(new Set(faultNames).size, faultNames.length);
  });

  it("allows no single failure more than the promise of 60 s", () => {
    for (const { name, budgetMs } of catalog) assert.ok(budgetMs > 0 && budgetMs <= 60_000, name);
  });

  it("keeps the clients out of the lost zone only", () => {
    assert.deepEqual(zonesHit("zone-2", cluster), ["us-east-1b"]);
    assert.deepEqual(zonesHit("zones-apart", cluster), ["us-east-1a", "us-east-1b"]);
    assert.deepEqual(zonesHit("cut-off", cluster), []);
    assert.throws(() => zonesHit("zone-3", { brokers: [{ zone: "a" }, { zone: "b" }] }), /in 2 zones only/);
  });
});

describe("drill faults: the nodes hit", () => {
  it("are never the controller where the fault is not the controller's", () => {
    // kafka-1, the controller, leads most.
    const state = stateWith(["kafka-1", "kafka-1", "kafka-2", "kafka-2", "kafka-3"]);
    assert.equal(leaderOfMost(state), "kafka-2");
    assert.equal(leaderOfMost(state, ["kafka-2"]), "kafka-3");
    assert.equal(followerInMost(state), "kafka-5");
  });

  it("are described with their roles", () => {
    assert.equal(
      described(stateWith(leaders), "kafka-1"),
      "kafka-1 (controller, leads 3 and follows in 6 of 9 partitions)",
    );
  });

  it("are told to do these things", async () => {
    const expected: Partial<Record<FaultName, readonly string[]>> = {
      "kill-follower": ["kafka-5 kill kafka.service"],
      "kill-leader": ["kafka-4 kill kafka.service"],
      "kill-controller": ["kafka-1 kill kafka.service"],
      "kill-two": ["kafka-1 kill kafka.service AT", "kafka-4 kill kafka.service AT"],
      freeze: ["kafka-4 hold begin freeze 90"],
      terminate: ["terminate kafka-4"],
      silent: ["lab silence kafka-4 hold=false"],
      "cut-off": ["lab cut kafka-4 direction=both"],
      "cut-off-peers": ["lab cut kafka-4 peers=10.20.0.11,10.20.16.12,10.20.32.13,10.20.16.15 direction=both"],
      "cut-off-one-way": ["lab cut kafka-4 peers=10.20.0.11,10.20.16.12,10.20.32.13,10.20.16.15 direction=from"],
      "zone-1": ["lab silence kafka-1 hold=true; silence kafka-4 hold=true; silence zookeeper-1 hold=true; cut ops"],
      "zone-3": ["lab silence kafka-3 hold=true; silence zookeeper-3 hold=true"],
      "disk-hang": ["kafka-4 hold begin disk-hang 150"],
      "disk-full": ["kafka-4 hold begin disk-full 90"],
      "disk-gone": ["kafka-4 disk-gone"],
      "disks-full": [1, 2, 3, 4, 5].map((id) => `kafka-${id} hold begin disks-full 120`),
      "zone-disk-hang": ["kafka-1 hold begin disk-hang 150", "kafka-4 hold begin disk-hang 150"],
      "zones-apart": [
        `lab ${["kafka-1", "kafka-4", "zookeeper-1"]
          .map((node) => `cut ${node} peers=10.20.16.12,10.20.16.15,10.20.16.102 direction=both`)
          .join("; ")}`,
      ],
      "root-hang": ["lab disks kafka-4 hang=true"],
      unregistered: ["kafka-4 unregister"],
      "dns-lost": [
        `lab ${["kafka-1", "kafka-2", "kafka-3", "kafka-4", "kafka-5", "zookeeper-1", "zookeeper-2", "zookeeper-3"]
          .map((node) => `cut ${node} peers=169.254.169.253 direction=both`)
          .join("; ")}`,
        "zookeeper-3 kill zookeeper.service",
      ],
      "log-corrupt": ["kafka-4 tear-broker"],
      "volume-lost": ["kafka-4 break-volume"],
      "zk-kill-follower": ["zookeeper-1 kill zookeeper.service"],
      "zk-kill-leader": ["zookeeper-3 kill zookeeper.service"],
      "zk-silent-leader": ["lab cut zookeeper-3"],
      "zk-quorum-loss": ["zookeeper-3 hold begin zookeeper-stop 330", "zookeeper-1 hold begin zookeeper-stop 330"],
      "zk-corrupt": ["zookeeper-1 tear-zookeeper"],
      "zk-empty-disk": ["zookeeper-1 empty-zookeeper AT", "zookeeper-3 kill zookeeper.service AT"],
      "packet-loss": ["lab loss kafka-4 percent=5"],
      "second-failure": [
        "kafka-4 delay-restart 10",
        "kafka-3 kill-when-back 10.20.0.14 9092 120",
        "kafka-4 kill kafka.service AT",
      ],
      // kafka-1, of the same zone as kafka-4, is passed over.
      "two-out": ["kafka-4 break kafka.service AT", "kafka-3 break kafka.service AT"],
      "ops-lost": ["terminate ops"],
      "watcher-killed": ["ops watcher"],
    };
    for (const [fault, calls] of Object.entries(expected)) {
      const machines = new FakeMachines(stateWith(leaders));
      const { what, at } = await inject(fault as Exclude<FaultName, ClientFaultName>, machines, "drill");
      assert.deepEqual(withoutInstants(machines.calls), calls, fault);
      assert.ok(what.length > 0 && Math.abs(at - Date.now()) < 60_000, fault);
    }
  });

  it("are found for the clock, where the library was put", async () => {
    const machines = new FakeMachines(stateWith(leaders));
    machines.answer = (node) => (node === "kafka-2" ? "yes\n" : "no\n");
    const injected = await inject("clock", machines, "drill");
    await injected.undo();
    assert.deepEqual(injected.nodes, ["kafka-2"]);
    assert.deepEqual(machines.calls.slice(-2), [
      "lab clock kafka-2 offsetSeconds=300",
      "lab clock kafka-2 offsetSeconds=0",
    ]);
  });
});

describe("drill faults: undoing", () => {
  it("ends what lasts, and may be done again", async () => {
    const machines = new FakeMachines(stateWith(leaders));
    const injected = await inject("zk-quorum-loss", machines, "drill");
    machines.calls.length = 0;
    await injected.undo();
    await injected.undo();
    const once = ["zookeeper-3 hold end zookeeper-stop", "zookeeper-1 hold end zookeeper-stop"];
    assert.deepEqual(machines.calls, [...once, ...once]);
  });

  it("ends what two zones, or all disks of a machine, suffer from", async () => {
    const machines = new FakeMachines(stateWith(leaders));
    const apart = await inject("zones-apart", machines, "drill");
    const hang = await inject("root-hang", machines, "drill");
    machines.calls.length = 0;
    await apart.undo();
    await hang.undo();
    assert.deepEqual(machines.calls.slice(0, 6).sort(), [
      "lab heal kafka-1",
      "lab heal kafka-2",
      "lab heal kafka-4",
      "lab heal kafka-5",
      "lab heal zookeeper-1",
      "lab heal zookeeper-2",
    ]);
    assert.deepEqual(machines.calls.slice(6), ["lab disks kafka-4 hang=false"]);
  });

  it("tidies every machine up, and reports those that do not answer", async () => {
    const machines = new FakeMachines(stateWith(leaders));
    machines.answer = (node) => {
      if (node === "kafka-3") throw new Error("no route");
      return "";
    };
    const said: string[] = [];
    await cleanUp(machines, (line) => said.push(line));
    assert.equal(machines.calls.filter((call) => call.endsWith("clean-up")).length, 8);
    assert.ok(machines.calls.includes("lab heal ops"));
    assert.deepEqual(said, ["kafka-3 could not be tidied up: no route"]);
  });

  it("refuses a topic that is not there, and changes nothing", async () => {
    const machines = new FakeMachines(stateWith([]));
    await assert.rejects(inject("kill-leader", machines, "drill"), /no topic drill/);
    assert.deepEqual(machines.calls, []);
  });
});

describe("drill faults: commands on machines", () => {
  it("quotes for a shell", () => {
    assert.equal(shellQuoted("kafka.service"), "kafka.service");
    assert.equal(shellQuoted("it's $HOME"), `'it'\\''s $HOME'`);
  });

  it("stores the script and runs it as root with its arguments", () => {
    const command = runScriptCommand("hold", ["begin", "freeze", "90"]);
    assert.match(command, /^sudo sh -c '.*' \/run\/drill\/hold begin freeze 90$/);
    assert.match(scriptText("hold"), /^#!\/usr\/bin\/env bash\n/);
  });

  it("takes names for ids from the status", () => {
    const state = clusterState(
      cluster,
      {
        clusterName: "kafka-local",
        healthy: false,
        zookeeper: { satisfied: true, summary: "", missing: [] },
        kafka: { satisfied: false, summary: "", missing: [{ node: "kafka-2", what: "not registered" }] },
        topics: { satisfied: true, summary: "", missing: [] },
        nodes: [],
        controllerId: 3,
        zookeeperLeader: "zookeeper-2",
        partitions: [
          { topic: "drill", partition: 0, leader: -1, replicas: [1, 2], isr: [1] },
          { topic: "other", partition: 0, leader: 1, replicas: [1], isr: [1] },
        ],
      },
      "drill",
    );
    assert.equal(state.controller, "kafka-3");
    assert.equal(state.missing, "kafka-2: not registered");
    assert.deepEqual(state.partitions, [
      { partition: 0, leader: undefined, replicas: ["kafka-1", "kafka-2"], isr: ["kafka-1"] },
    ]);
  });
});

describe("drill faults: stock settings", () => {
  it("gives the drill's topic our copies, or the usual 3 with one in sync", () => {
    const copies = (against: "ours" | "stock") =>
      new Set(drillTopic(cluster, against, 5).replicaAssignment.map((replicas) => replicas.length));
    assert.deepEqual([...copies("ours")], [4]);
    assert.deepEqual([...copies("stock")], [3]);
    assert.equal(drillTopic(cluster, "ours", 5).config["min.insync.replicas"], "2");
    assert.equal(drillTopic(cluster, "stock", 5).config["min.insync.replicas"], "1");
  });

  it("restarts only what does not have them, ZooKeeper's leader last of its kind", async () => {
    const machines = new FakeMachines(stateWith(leaders, { zookeeperLeader: "zookeeper-1" }));
    const having = new Set(["kafka-1", "kafka-2", "kafka-4", "kafka-5", "zookeeper-2"]);
    machines.answer = (node, _script, [action]) => (action === "check" ? (having.has(node) ? "yes\n" : "no\n") : "");
    await stockSettings(machines).apply();
    assert.deepEqual(
      machines.calls.filter((call) => call.endsWith(" apply")),
      [
        "ops stock-watcher apply",
        "zookeeper-3 stock-zookeeper apply",
        "zookeeper-1 stock-zookeeper apply",
        "kafka-3 stock-kafka apply",
      ],
    );
  });

  it("are known to be there when one machine has them", async () => {
    const machines = new FakeMachines(stateWith(leaders));
    machines.answer = (node) => (node === "kafka-5" ? "yes\n" : "no\n");
    assert.equal(await stockSettings(machines).applied(), true);
    machines.answer = () => "no\n";
    assert.equal(await stockSettings(machines).applied(), false);
  });
});
