import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { badNodes } from "../../../ops/gateVerdict";
import { fourLetterWord, parseMntr } from "../../../ops/mntr";
import { zooKeeperVerdict, type ZooKeeperObservation } from "../../../ops/zookeeperGate";

const follower = (id: number): ZooKeeperObservation => ({
  node: `zookeeper-${id}`,
  mntr: { serverState: "follower", peerState: "following - broadcast" },
});
const leader = (id: number, syncedFollowers: number): ZooKeeperObservation => ({
  node: `zookeeper-${id}`,
  mntr: { serverState: "leader", peerState: "leading - broadcast", syncedFollowers },
});
const silent = (id: number): ZooKeeperObservation => ({ node: `zookeeper-${id}`, problem: "connection refused" });

describe("ZooKeeper gate", () => {
  it("passes with one leader and all others in sync", () => {
    const verdict = zooKeeperVerdict([follower(1), leader(2, 2), follower(3)]);
    assert.deepEqual([verdict.satisfied, verdict.missing], [true, []]);
  });

  it("blames the server that does not answer, and not the leader that misses it", () => {
    const verdict = zooKeeperVerdict([follower(1), leader(2, 1), silent(3)]);
    assert.equal(verdict.satisfied, false);
    assert.deepEqual(badNodes(verdict), ["zookeeper-3"]);
  });

  it("waits for a follower that is still synchronising", () => {
    const late: ZooKeeperObservation = {
      node: "zookeeper-3",
      mntr: { serverState: "follower", peerState: "following - synchronization" },
    };
    const verdict = zooKeeperVerdict([follower(1), leader(2, 1), late]);
    assert.ok(badNodes(verdict).includes("zookeeper-3"));
  });

  it("names the leader when all answer and one of them does not follow it", () => {
    assert.deepEqual(badNodes(zooKeeperVerdict([follower(1), leader(2, 1), follower(3)])), ["zookeeper-2"]);
  });

  it("accepts neither two leaders, nor none, nor a standalone server", () => {
    const standalone: ZooKeeperObservation = { node: "zookeeper-1", mntr: { serverState: "standalone" } };
    assert.equal(zooKeeperVerdict([leader(1, 2), leader(2, 2), follower(3)]).satisfied, false);
    assert.equal(zooKeeperVerdict([follower(1), follower(2), follower(3)]).satisfied, false);
    assert.equal(zooKeeperVerdict([standalone]).satisfied, false);
    assert.equal(zooKeeperVerdict([silent(1), silent(2), silent(3)]).satisfied, false);
  });
});

describe("mntr", () => {
  it("reads a leader's answer", () => {
    const text =
      "zk_version\t3.8.6-6df26081, built on 2026-01-28\nzk_server_state\tleader\nzk_peer_state\tleading - " +
      "broadcast\nzk_synced_followers\t2\n";
    assert.deepEqual(parseMntr(text), {
      serverState: "leader",
      peerState: "leading - broadcast",
      syncedFollowers: 2,
      version: "3.8.6",
    });
  });

  it("says in words why there is no answer", () => {
    assert.throws(() => parseMntr("This ZooKeeper instance is not currently serving requests\n"), /in no quorum/);
    assert.throws(() => parseMntr("mntr is not executed because it is not in the whitelist.\n"), /whitelist/);
    assert.throws(() => parseMntr(""), /without an answer/);
  });

  it("gives up a server that accepts and says nothing", async () => {
    const server = createServer(() => undefined).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await assert.rejects(fourLetterWord("127.0.0.1", port, "mntr", 100), /no answer from .* within 0.1 s/);
    } finally {
      server.close();
    }
    await assert.rejects(fourLetterWord("127.0.0.1", port, "mntr", 1000), /connection refused/);
  });
});
