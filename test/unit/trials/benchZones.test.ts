import assert from "node:assert/strict";
import fc from "fast-check";
import { crossingsOf } from "../../../planning/cluster/crossings";
import { placeTopic } from "../../../planning/placement/topicPlacement";
import {
  crossed,
  isAsPlanned,
  monthlyUsdOf,
  predictedCrossings,
  zoneCases,
  zoneTable,
  type Place,
  type ZoneResult,
} from "../../../trials/bench/zoneCases";
import type { Traffic } from "../../../trials/drills/machines";
import { sampleSettings } from "../settings/sampleSettings";

const settings = sampleSettings();
const zones = settings.network.zones;
const zone = zones[0] ?? "";
const brokers = [1, 2, 3, 4, 5].map((id) => ({ id, zone: zones[(id - 1) % 3] ?? "", address: `10.0.0.${id}` }));
const placement = placeTopic({ partitions: 15, replicationFactor: 4, minInsyncReplicas: 2, brokers, topicIndex: 0 });
const client: Place = { address: "10.0.0.200", zone };
const [plain, rack, java] = zoneCases;
assert.ok(plain && rack && java);

/** The traffic of a client that writes so many bytes to each partition and reads them once, as Kafka would have it. */
function traffic(bytes: number, near: { readonly reads: boolean; readonly writes: boolean }): Traffic[] {
  const addressOf = (id: number | undefined) => `10.0.0.${id}`;
  const isNear = (id: number | undefined) => brokers.find((one) => one.id === id)?.zone === zone;
  const led = placement.filter(([leader]) => !near.writes || isNear(leader));
  return led.flatMap((replicas) => {
    const [leader, ...followers] = replicas;
    const each = (bytes * placement.length) / led.length;
    const from = near.reads ? (isNear(leader) ? leader : (replicas.find(isNear) ?? leader)) : leader;
    return [
      { from: client.address, to: addressOf(leader), bytes: each },
      ...followers.map((id) => ({ from: addressOf(leader), to: addressOf(id), bytes: each })),
      { from: addressOf(from), to: client.address, bytes: each },
    ];
  });
}

/** As the lab tells it: one sum for each pair. */
function sums(all: readonly Traffic[]): Traffic[] {
  const found = new Map<string, Traffic>();
  for (const one of all) {
    const key = `${one.from} ${one.to}`;
    found.set(key, { ...one, bytes: one.bytes + (found.get(key)?.bytes ?? 0) });
  }
  return [...found.values()];
}

const rounded = (figures: object) =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Math.round(Number(value) * 1000) / 1000]));

describe("what crosses zones", () => {
  it("is as the plan's model has it, by what the lab counts of such clients", () => {
    for (const one of zoneCases) {
      const near = { reads: one.readNearestCopy, writes: one.partitioner !== undefined };
      const counted = crossed([], sums(traffic(1000, near)), client, brokers);
      assert.deepEqual(rounded(counted), rounded(predictedCrossings(settings, one, placement, zone)), one.name);
    }
  });

  it("is counted between two counts, of the client and the brokers alone", () => {
    const before = sums(traffic(500, { reads: false, writes: false }));
    const meanwhile = traffic(1000, { reads: true, writes: true });
    const others = [
      { from: "10.0.0.1", to: "10.0.0.99", bytes: 1e9 },
      { from: "10.0.0.98", to: client.address, bytes: 1e9 },
    ];
    assert.deepEqual(
      rounded(crossed(before, sums([...before, ...meanwhile, ...others]), client, brokers)),
      rounded(crossed([], sums(meanwhile), client, brokers)),
    );
    assert.throws(() => crossed(before, before, client, brokers), /the client at 10\.0\.0\.200 has sent nothing/);
  });

  it("gets less from case to case, and costs so much less", () => {
    const usd = [plain, rack, java].map((one) =>
      monthlyUsdOf(settings, predictedCrossings(settings, one, placement, zone)),
    );
    assert.ok(
      usd.every((one, index) => index === 0 || one < (usd[index - 1] ?? 0)),
      usd.join(),
    );
    // 100 MB/s of events of 400 bytes with 8 more each, 4 times smaller, for 730 hours, at 2 cents a GB.
    const once = 100 * (408 / 400 / 4) * 3600 * 730 * 0.001 * 0.02;
    assert.ok(Math.abs(monthlyUsdOf(settings, { producers: 0.25, consumers: 0.25, copies: 0.5 }) - once) < 0.01);
  });

  it("is the same by zone as by all of them together", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(fc.constantFrom(1, 2, 3, 4, 5), { minLength: 3, maxLength: 4 }), { minLength: 1 }),
        fc.boolean(),
        (placement, readNearestCopy) => {
          const some = { ...settings, workload: { ...settings.workload, readNearestCopy, produceInZone: false } };
          const all = crossingsOf(some, placement);
          const each = zones.map((one) => crossingsOf(some, placement, [one]));
          for (const key of ["producers", "consumers", "copies"] as const) {
            const mean = each.reduce((total, one) => total + one[key], 0) / zones.length;
            assert.ok(Math.abs(mean - all[key]) < 1e-9, key);
          }
        },
      ),
    );
  });

  it("is shown beside the plan, which it may miss by a tenth", () => {
    const predicted = { producers: 0.6, consumers: 0.6, copies: 2.2 };
    const result: ZoneResult = {
      ...{ zoneCase: plain, zone, MBps: 10, predicted, usd: 4561.3 },
      measured: { producers: 0.62, consumers: 0.61, copies: 2.31 },
    };
    assert.ok(isAsPlanned(result));
    assert.ok(!isAsPlanned({ ...result, measured: { ...result.measured, copies: 2.6 } }));
    assert.match(
      zoneTable([result]),
      /plain settings +0\.62 \(0\.60\) +0\.61 \(0\.60\) +2\.31 \(2\.20\) +3\.54 \(3\.40\) +\+4 % +\$4,561 +right/,
    );
    assert.match(zoneTable([result]), new RegExp(`the client in ${zone} sends, and by the plan`));
  });
});
