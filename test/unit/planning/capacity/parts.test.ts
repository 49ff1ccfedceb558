import assert from "node:assert/strict";
import { brokerLimits, machineLimits, planCapacity, type Demand } from "../../../../planning/capacity/capacity";
import { copyRate } from "../../../../planning/capacity/copyRate";
import { overloadFaults } from "../../../../planning/capacity/overload";
import { hoursKept, partitionBytesPerHour, retentionBytes, shares } from "../../../../planning/capacity/retention";
import { segmentBytes, segmentMs } from "../../../../planning/capacity/segments";
import { carries, findCheapest, iopsFor, sizesOfFamily, throughputFor } from "../../../../planning/capacity/sizing";
import { instanceFacts } from "../../../../planning/node/instanceTypes";
import { sampleSettings } from "../../settings/sampleSettings";

const gib = 1024 ** 3;
const mib = 1024 ** 2;
const facts = (type: string) => instanceFacts(type, sampleSettings());

describe("copies move", () => {
  it("at a third of what a broker has left, and never more slowly than 10 MB/s", () => {
    assert.deepEqual([copyRate(130e6, 40e6), copyRate(130e6, 100e6), copyRate(130e6, 99e6)], [30e6, 10e6, 10_333_333]);
  });
});

describe("the volume and the machine for a demand", () => {
  const demand = (more: Partial<Demand> = {}): Demand => ({ networkMBps: 0, diskMBps: 0, cpuMBps: 0, ...more });

  it("throughput in steps of 25 MiB/s, from what gp3 includes to its end", () => {
    const mibps = (wanted: number) => throughputFor(demand({ diskMBps: wanted * 1.048576 }));
    assert.deepEqual([0, 125, 125.1, 150, 1999, 2000].map(mibps), [125, 125, 150, 150, 2000, 2000]);
    assert.equal(mibps(2000.1), undefined);
  });

  it("IOPS as throughput needs them, and no fewer than gp3 includes", () => {
    assert.deepEqual([125, 750, 751, 2000].map(iopsFor), [3000, 3000, 3004, 8000]);
  });

  it("a family's sizes, the cheapest first, without bare metal", () => {
    const sizes = sizesOfFamily("m6g.xlarge");
    assert.deepEqual(
      sizes.map(({ type }) => type),
      ["medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"].map(
        (size) => `m6g.${size}`,
      ),
    );
    const prices = sizesOfFamily("t3.micro").map(({ type, usdPerHour }) => {
      assert.match(type, /^t3\./);
      return usdPerHour;
    });
    assert.deepEqual(
      prices,
      prices.toSorted((a, b) => a - b),
    );
  });

  it("a machine carries a demand up to each of its limits", () => {
    const machine = facts("m7g.xlarge");
    const limits = machineLimits(machine);
    const full = { networkMBps: limits.network, diskMBps: limits["instance EBS bandwidth"], cpuMBps: limits.CPU };
    assert.ok(carries(machine, full));
    for (const key of ["networkMBps", "diskMBps", "cpuMBps"] as const)
      assert.ok(!carries(machine, { ...full, [key]: full[key] + 0.1 }), key);
  });

  it("lasting limits: those of the network where EBS has none of its own, a part of the CPU where it is burstable", () => {
    const [old, small, large] = [facts("t2.large"), facts("t3.large"), facts("m7g.large")].map(machineLimits);
    assert.equal(old?.["instance EBS bandwidth"], old?.network);
    assert.equal(large?.["instance EBS bandwidth"], facts("m7g.large").ebsMbps / 8);
    assert.deepEqual([small?.CPU, large?.CPU], [42, 140]);
    assert.equal(brokerLimits(sampleSettings({ brokerVolumeThroughputMiBps: 250 }))["volume throughput"], 262.144);
  });
});

describe("a topic's segments", () => {
  const topic = (more: object = {}) => {
    const topics = [{ name: "a", partitions: 10, retentionHours: 168, ...more }];
    return sampleSettings({ topics }).topics[0] ?? assert.fail();
  };

  it("are a tenth of what a partition keeps, between 16 MiB and 1 GiB", () => {
    const sizes = [-1, 0, 160 * mib, 161 * mib, 1000 * mib, 10 * gib, 11 * gib].map((kept) =>
      segmentBytes(topic(), kept),
    );
    assert.deepEqual(sizes, [gib, 16 * mib, 16 * mib, Math.floor(16.1 * mib), 100 * mib, gib, gib]);
    assert.equal(segmentBytes(topic({ config: { "segment.bytes": 2 ** 25 } }), 10 * gib), 2 ** 25);
  });

  it("end after a tenth of the time that events are kept, between an hour and a day", () => {
    const hours = [1, 10, 24, 240, 1000].map((retentionHours) => segmentMs(topic({ retentionHours })) / 3_600_000);
    assert.deepEqual(hours, [1, 1, 2.4, 24, 24]);
    assert.equal(segmentMs(topic({ config: { "segment.ms": 600_000 } })), 600_000);
  });
});

describe("what topics keep", () => {
  const settings = () =>
    sampleSettings({
      brokerVolumeGiB: 1000,
      topics: [
        { name: "given", partitions: 3, retentionHours: 48, retentionGiB: 10 },
        { name: "shares", partitions: 2, retentionHours: 48 },
        { name: "keys", partitions: 5, retentionHours: 7, cleanupPolicy: "compact", compactedGiB: 1 },
      ],
    });

  it("is theirs by size, their share of the rest, or all keys", () => {
    const all = settings();
    assert.deepEqual(all.topics.map(shares), [false, true, false]);
    const [given, , keys] = all.topics.map((topic) => retentionBytes(topic, all));
    assert.deepEqual([given, keys], [Math.floor((10 * gib) / 3), -1]);
  });

  it("lasts until the size is reached at the load, or for the time that is given", () => {
    const all = settings();
    assert.equal(partitionBytesPerHour(all, 1e6), 3.6e8);
    const hours = (bytesPerSecond: number) => all.topics.map((topic) => hoursKept(topic, all, bytesPerSecond));
    assert.deepEqual(hours(1), [48, 48, 7]);
    const [given = 0, , keys] = hours(1e6);
    assert.ok(Math.abs(given - (10 * gib) / 3 / 3.6e8) < 0.001);
    assert.equal(keys, 7);
  });
});

describe("overloads and searches at their ends", () => {
  const told = (config: Record<string, unknown>) =>
    overloadFaults(sampleSettings({ brokerInstanceType: "m7g.xlarge", brokerVolumeGiB: 1000, ...config }))
      .map(({ path, message }) => `${path}: ${message}`)
      .join("\n");

  it("say that no size of the family is large enough", () => {
    assert.match(
      told({ workloadIngestMBps: 50_000, workloadDatabaseDownHours: 0 }),
      /^workloadIngestMBps: .*; no larger size of the family holds it: find a configuration with `npm run plan -- --for`/,
    );
  });

  it("say that events need more brokers where no volume is large enough", () => {
    assert.match(
      told({
        workloadIngestMBps: 20,
        workloadDatabaseDownHours: 8000,
        topics: [{ name: "a", partitions: 5, retentionHours: 8000 }],
      }),
      /workloadDatabaseDownHours: .* give more brokers \(these would need volumes of \d+ GiB, and the largest has 65536\), or a lower/,
    );
    // A time just as long is long enough.
    const day = { workloadIngestMBps: 0.1, topics: [{ name: "a", partitions: 5, retentionHours: 24 }] };
    assert.equal(told({ ...day, workloadDatabaseDownHours: 24 }), "");
    assert.match(told({ ...day, workloadDatabaseDownHours: 25 }), /give topics\[0\]\.retentionHours 25$/);
  });

  it("name the brokers that are away, and no more of them than may be", () => {
    const { scenarios } = planCapacity(
      sampleSettings({ brokerCount: 15, replicationFactor: 5, minInsyncReplicas: 1, brokerMinimumRunning: 1 }),
    );
    const away = scenarios.find(({ name }) => name === "any 4 brokers away")?.away ?? [];
    // Of 1,365 sets some are looked at, each of four different brokers.
    assert.equal(new Set(away).size, 4);
    assert.ok(away.every((name) => /^kafka-([1-9]|1[0-5])$/.test(name)));
    const names = planCapacity(sampleSettings({ workloadConsumerGroups: 0 })).scenarios.map(({ name }) => name);
    assert.ok(!names.includes("the database catches up"));
  });

  it("look for no fewer brokers than must run, and for no more copies than brokers", () => {
    const base = sampleSettings({ brokerMinimumRunning: 5, workloadIngestMBps: 1 });
    const found = findCheapest(base, { ingestMBps: 1, survive: 1 });
    assert.ok("settings" in found);
    assert.deepEqual([found.settings.brokers.count, found.settings.brokers.replicationFactor], [5, 3]);
    assert.ok(found.settings.brokers.volumeGiB >= 30);
    assert.equal(found.settings.workload.ingestMBps, 1);
    const tooFew = findCheapest(base, { ingestMBps: 1, survive: 2, count: 3 });
    assert.match(
      "reason" in tooFew ? tooFew.reason : "",
      /^3 brokers can't survive the loss of 2: that needs 4 copies/,
    );
  });
});
