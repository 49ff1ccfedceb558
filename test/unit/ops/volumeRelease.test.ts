import assert from "node:assert/strict";
import type { RollObservation } from "../../../ops/roll/nextAction";
import { releaseRefusals, releaseVolume } from "../../../ops/volumeRelease";

const partition = (isr: number[], replicas = [1, 2, 3, 4]) => ({
  topic: "orders",
  partition: 0,
  replicas,
  isr,
  minInsyncReplicas: 2,
});

const view: RollObservation = {
  nodes: [1, 2, 3, 4, 5].map((id) => ({ name: `kafka-${id}`, id, instanceId: `i-${id}` })),
  missing: [],
  zookeeperMissing: [],
  partitions: [partition([1, 2, 3, 4])],
  moving: [],
};
const rules = { pool: "kafka", minimumRunning: 3 } as const;
const refused = (changes: Partial<RollObservation>, minimumRunning = 3) =>
  releaseRefusals("kafka-3", { ...view, ...changes }, { ...rules, minimumRunning });
const nodes = (changes: Record<string, object>) => view.nodes.map((node) => ({ ...node, ...changes[node.name] }));

describe("the release of a volume", () => {
  it("is allowed where all others are well and have everything, whether the node is out or not", () => {
    assert.deepEqual(refused({}), []);
    const out = { nodes: nodes({ "kafka-3": { problem: "not registered", groupBusy: "has no instance" } }) };
    assert.deepEqual(
      refused({ ...out, partitions: [partition([1, 2])], missing: [{ node: "kafka-3", what: "x" }] }),
      [],
    );
  });

  it("needs min.insync.replicas copies in sync on others of each partition that the node has", () => {
    assert.match(refused({ partitions: [partition([1, 3])] }).join(), /^1 partitions have fewer .*: orders-0; wait/);
    assert.match(refused({ partitions: [partition([3])] }).join(), /orders-0/);
    assert.deepEqual(refused({ partitions: [partition([1, 3, 4])] }), []);
    assert.deepEqual(refused({ partitions: [partition([1], [1, 2])] }), []);
  });

  it("needs a copy elsewhere where a topic asks for none in sync", () => {
    assert.equal(refused({ partitions: [{ ...partition([3], [3]), minInsyncReplicas: 0 }] }).length, 1);
  });

  it("is refused while another node is out, ZooKeeper is not whole or copies move, all at once", () => {
    const text = refused({
      nodes: nodes({ "kafka-4": { problem: "not registered" }, "kafka-5": { groupBusy: "has no instance" } }),
      zookeeperMissing: [{ node: "zookeeper-1", what: "no connection" }],
      moving: ["orders-1"],
    }).join("\n");
    assert.match(text, /kafka-4 is out \(not registered\), kafka-5 is out \(its group has no instance\)/);
    assert.match(text, /ZooKeeper is not whole: zookeeper-1: no connection/);
    assert.match(text, /1 partitions are being moved \(orders-1\)/);
  });

  it("keeps to brokerMinimumRunning", () => {
    assert.deepEqual(refused({}, 4), []);
    assert.match(refused({}, 5).join(), /only 4 other brokers are left, and brokerMinimumRunning is 5/);
  });

  it("is refused where no broker tells of any partition", () => {
    assert.match(refused({ partitions: [] }).join(), /do not tell of any partition/);
  });

  it("of a ZooKeeper node takes the others' being well", () => {
    const ensemble = [1, 2, 3].map((id) => ({ name: `zookeeper-${id}`, id }));
    const of = (changes: object) =>
      releaseRefusals(
        "zookeeper-2",
        { ...view, partitions: [], nodes: ensemble.map((node) => (node.id === 3 ? { ...node, ...changes } : node)) },
        { pool: "zookeeper", minimumRunning: 3 },
      );
    assert.deepEqual(of({}), []);
    assert.match(of({ problem: "not in the quorum" }).join(), /zookeeper-3 is out/);
  });

  const out = { ...view, nodes: nodes({ "kafka-3": { problem: "not registered" } }) };
  for (const [name, stop, seen, stopped] of [
    ["stops the service of a node that runs", true, view, ["kafka-3"]],
    ["stops nothing where it is only looked", false, view, []],
    ["stops nothing of a node that is out", true, out, []],
    ["stops nothing that may not lose its volume", true, { ...view, moving: ["orders-1"] }, []],
  ] as const) {
    it(name, async () => {
      const calls: string[] = [];
      const said: string[] = [];
      const world = {
        observe: () => Promise.resolve(seen),
        stopService: (node: string) => Promise.resolve(void calls.push(node)),
      };
      const say = (line: string) => void said.push(line);
      const may = await releaseVolume("kafka-3", world, { ...rules, stop, report: say, complain: say });
      assert.deepEqual(calls, stopped);
      assert.equal(may, seen.moving.length === 0);
      assert.match(said[0] ?? "", may ? /^kafka-3: all .* in sync on others/ : /^kafka-3 may not lose .*\n {2}1 part/);
    });
  }
});
