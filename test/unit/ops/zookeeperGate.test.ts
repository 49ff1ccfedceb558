import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { badNodes } from "../../../ops/gateVerdict";
import { fourLetterWord, parseMntr } from "../../../ops/mntr";
import { quorumProblem, zooKeeperVerdict, type ZooKeeperObservation } from "../../../ops/zookeeperGate";

const follower = (id: number): ZooKeeperObservation => ({
  node: `zookeeper-${id}`,
  mntr: { serverState: "follower", peerState: "following - broadcast" },
});
const leader = (id: number, syncedFollowers: number): ZooKeeperObservation => ({
  node: `zookeeper-${id}`,
  mntr: { serverState: "leader", peerState: "leading - broadcast", syncedFollowers },
});
const silent = (id: number): ZooKeeperObservation => ({ node: `zookeeper-${id}`, problem: "connection refused" });

describe("a quorum of ZooKeeper", () => {
  it("is there as long as one server says that it takes part in it", () => {
    assert.equal(quorumProblem([silent(1), silent(2), leader(3, 1)]), undefined);
    assert.equal(quorumProblem([silent(1), follower(2), silent(3)]), undefined);
  });

  it("is not there when all are away, look for a leader or still follow none; each is told", () => {
    const late: ZooKeeperObservation = {
      node: "zookeeper-2",
      mntr: { serverState: "follower", peerState: "following - synchronization" },
    };
    const alone: ZooKeeperObservation = { node: "zookeeper-3", problem: "runs, but in no quorum" };
    assert.equal(
      quorumProblem([silent(1), late, alone]),
      "zookeeper-1: connection refused; zookeeper-2: following - synchronization; zookeeper-3: runs, but in no quorum",
    );
  });
});

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
    const none = zooKeeperVerdict([silent(1), silent(2), silent(3)]);
    assert.equal(none.satisfied, false);
    assert.deepEqual(badNodes(none), ["zookeeper-1", "zookeeper-2", "zookeeper-3"]);
    assert.equal(none.missing.length, 3, "that there is no leader is not known");
  });

  it("says of each server what is wrong with it, and what there is in a few words", () => {
    const whole = zooKeeperVerdict([follower(1), leader(2, 2), follower(3)]);
    assert.equal(whole.summary, "3 of 3 answer, leader zookeeper-2, 2 followers");
    const split = zooKeeperVerdict([leader(1, 1), leader(2, 1), silent(3)]);
    assert.deepEqual(split.missing, [
      { node: "zookeeper-3", what: "connection refused" },
      { node: "zookeeper-1", what: "one of 2 leaders" },
      { node: "zookeeper-2", what: "one of 2 leaders" },
    ]);
    assert.equal(split.summary, "2 of 3 answer, leader zookeeper-1, zookeeper-2, 0 followers");
    const headless = zooKeeperVerdict([follower(1), follower(2), follower(3)]);
    assert.deepEqual(headless.missing, [{ what: "no leader" }]);
    assert.match(headless.summary, /no leader/);
    assert.deepEqual(zooKeeperVerdict([follower(1), leader(2, 1), silent(3)]).missing, [
      { node: "zookeeper-3", what: "connection refused" },
      { node: undefined, what: "1 of 2 followers in sync" },
    ]);
    const old: ZooKeeperObservation = { node: "zookeeper-1", mntr: { serverState: "leader" } };
    assert.deepEqual(zooKeeperVerdict([old, follower(2), follower(3)]).missing, [
      { node: "zookeeper-1", what: "0 of 2 followers in sync" },
    ]);
    // Before 3.6 a follower does not tell how far it is.
    const quiet: ZooKeeperObservation = { node: "zookeeper-3", mntr: { serverState: "follower" } };
    assert.equal(zooKeeperVerdict([follower(1), leader(2, 2), quiet]).satisfied, true);
    const standalone: ZooKeeperObservation = { node: "zookeeper-3", mntr: { serverState: "standalone" } };
    const alone = zooKeeperVerdict([follower(1), leader(2, 2), standalone]);
    assert.deepEqual(badNodes(alone), ["zookeeper-3"]);
    assert.match(alone.missing[0]?.what ?? "", /is standalone, neither leader nor follower/);
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
    assert.throws(() => parseMntr("\n \n"), /without an answer/);
    assert.throws(
      () => parseMntr(`HTTP/1.1 ${"x".repeat(500)}\nmore`),
      ({ message }: Error) => {
        assert.match(message, /^answers mntr with "HTTP\/1\.1 x+"$/);
        assert.equal(message.length, 'answers mntr with ""'.length + 120);
        return true;
      },
    );
  });

  it("reads a follower's answer, of whatever version", () => {
    assert.deepEqual(parseMntr("a line without a tab\nzk_server_state\tfollower \r\n"), {
      serverState: "follower",
      peerState: undefined,
      syncedFollowers: undefined,
      version: undefined,
    });
  });

  it("is asked for by its word, and read to the end", async () => {
    const words: string[] = [];
    const server = createServer((socket) => {
      socket.once("data", (word) => {
        words.push(word.toString());
        socket.write("zk_server_state\t");
        setTimeout(() => socket.end("leader\n"), 20);
      });
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      assert.equal(await fourLetterWord("127.0.0.1", port, "mntr"), "zk_server_state\tleader\n");
      assert.deepEqual(words, ["mntr"]);
    } finally {
      server.close();
    }
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
