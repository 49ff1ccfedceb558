import assert from "node:assert/strict";
import { join } from "node:path";
import { FakeZooKeeper } from "./fakeZooKeeper";
import { needsPython, runProgram } from "./nodePrograms";

const broker = 3;

describe("in-sync-here", function () {
  before(needsPython);

  let zookeeper: FakeZooKeeper;
  let address: string;
  beforeEach(async () => {
    zookeeper = new FakeZooKeeper();
    address = await zookeeper.listen();
  });
  afterEach(() => zookeeper.close());

  /** Partition 0 and so on of a topic have these in-sync replicas. */
  function topic(name: string, ...isrs: number[][]): void {
    for (const path of [`/brokers/topics/${name}`, `/brokers/topics/${name}/partitions`]) zookeeper.put(path, {});
    isrs.forEach((isr, partition) => {
      zookeeper.put(`/brokers/topics/${name}/partitions/${partition}`, {});
      zookeeper.put(`/brokers/topics/${name}/partitions/${partition}/state`, { leader: -1, version: 1, isr });
    });
  }

  const ask = (servers = address) =>
    runProgram(join(__dirname, "../../../node/bin/in-sync-here"), {
      ZOOKEEPER_CONNECT: servers,
      NODE_ID: String(broker),
    });

  it("lets a broker start empty in a cluster without topics, or that does without it", async () => {
    assert.deepEqual(await ask(), { status: 0, output: "" });
    topic("orders", [1, 2], [4, 5], [33]);
    assert.deepEqual(await ask(), { status: 0, output: "" });
  });

  it("names the partitions that nobody else has, some of many", async () => {
    topic("orders", [1, 2], [broker], [4, broker]);
    assert.deepEqual(await ask(), { status: 1, output: "nobody else has all events of orders-1\n" });
    topic("audit", ...Array.from({ length: 9 }, () => [broker]));
    const { output } = await ask();
    assert.match(output, /of audit-\d, audit-\d, audit-\d, audit-\d, audit-\d and 5 more$/m);
  });

  it("says where the controller has not taken it out yet", async () => {
    topic("orders", [1, 2], [4, broker], [broker, 5]);
    const { status, output } = await ask();
    assert.equal(status, 2);
    assert.match(output, /^it is still among the in-sync replicas of orders-[12], orders-[12]$/m);
  });

  it("passes over a topic that is being deleted, and a partition that has no state yet", async () => {
    topic("orders", [broker]);
    zookeeper.put("/admin/delete_topics/orders", {});
    topic("audit");
    zookeeper.put("/brokers/topics/audit/partitions/0", {});
    assert.deepEqual(await ask(), { status: 0, output: "" });
  });

  it("can't tell without ZooKeeper, and then it may not", async () => {
    topic("orders", [1]);
    zookeeper.before = (request) => !request.startsWith("get");
    const cutOff = await ask();
    assert.equal(cutOff.status, 2);
    assert.match(cutOff.output, /^ZooKeeper does not say who has which events/);
    await zookeeper.close();
    assert.equal((await ask()).status, 2);
  });
});
