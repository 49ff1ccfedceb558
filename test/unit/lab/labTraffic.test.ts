import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readTraffic, trafficByZone, trafficRules, trafficSince } from "../../../lab/runtime/traffic";

const inBytes = (from: string, to: string, bytes: number) => ({ from, to, bytes });

/** What nft 1.0.6 prints of the set, with these elements. */
const listed = (...elements: readonly object[]) =>
  JSON.stringify({
    nftables: [
      { metainfo: { version: "1.0.6", release_name: "Lester Gooch #5", json_schema_version: 1 } },
      {
        set: {
          ...{ family: "inet", name: "pairs", table: "kafka_on_ec2_lab_traffic", handle: 2, size: 65535 },
          type: ["ipv4_addr", "ipv4_addr"],
          ...(elements.length > 0 ? { elem: elements } : {}),
          stmt: [{ counter: null }],
        },
      },
    ],
  });
const element = (from: string, to: string, bytes: number) => ({
  elem: { val: { concat: [from, to] }, counter: { packets: 3, bytes } },
});

describe("lab: the traffic that is counted", () => {
  it("is read from what nft prints, also when there was none", () => {
    assert.deepEqual(readTraffic(listed()), []);
    assert.deepEqual(
      readTraffic(listed(element("10.0.0.1", "10.0.1.1", 10_008_900), element("10.0.1.1", "10.0.0.1", 5000))),
      [inBytes("10.0.0.1", "10.0.1.1", 10_008_900), inBytes("10.0.1.1", "10.0.0.1", 5000)],
    );
    assert.throws(() => readTraffic(listed({ elem: "10.0.0.1" })), /elem/);
  });

  it("of a while is the difference of two counts", () => {
    const before = [inBytes("a", "b", 10)];
    const now = [inBytes("a", "b", 15), inBytes("b", "a", 2)];
    assert.deepEqual(trafficSince(before, now), [inBytes("a", "b", 5), inBytes("b", "a", 2)]);
  });

  it("goes from zone to zone, the most first; what belongs to no instance stands apart", () => {
    const zoneOf = (address: string) => ({ 1: "zone-1", 2: "zone-1", 3: "zone-2" })[address];
    const traffic = [
      inBytes("1", "3", 5),
      inBytes("2", "3", 7),
      inBytes("1", "2", 100),
      inBytes("3", "1", 0),
      inBytes("3", "9", 1),
    ];
    assert.deepEqual(trafficByZone(traffic, zoneOf), [
      inBytes("zone-1", "zone-1", 100),
      inBytes("zone-1", "zone-2", 12),
      inBytes("zone-2", "-", 1),
    ]);
  });

  it("is counted by rules that nft understands, and prints as it is read", function () {
    const canCheck = process.getuid?.() === 0 && spawnSync("nft", ["--version"]).status === 0;
    if (!canCheck) return this.skip();
    // In a namespace of its own, with a pair put in by hand.
    const script =
      'set -e; nft -f -; nft add element inet "$1" pairs "{ 10.0.0.1 . 10.0.1.1 counter packets 2 bytes 700 }"; ' +
      'nft --json list set inet "$1" pairs';
    const [, table = ""] = /^table inet (\S+)/.exec(trafficRules) ?? [];
    const printed = execFileSync("unshare", ["--net", "sh", "-c", script, "sh", table], {
      input: trafficRules,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "inherit"],
    });
    assert.deepEqual(readTraffic(printed), [inBytes("10.0.0.1", "10.0.1.1", 700)]);
  });
});
