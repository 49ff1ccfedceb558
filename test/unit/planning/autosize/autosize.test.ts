import assert from "node:assert/strict";
import fc from "fast-check";
import {
  defaultLimits,
  propose,
  type Limits,
  type Measurements,
  type Proposal,
} from "../../../../planning/autosize/autosize";
import { instanceFacts, tabledType } from "../../../../planning/node/instanceTypes";
import { planCluster } from "../../../../planning/cluster/plan";
import type { Settings } from "../../../../settings/settings";
import { sampleSettings } from "../../settings/sampleSettings";

const gib = 1024 ** 3;
type Broker = Measurements["brokers"][number];

const idle: Omit<Broker, "node"> = {
  usedBytes: gib,
  writtenBytesPerDay: 0,
  receivedBytesPerSecond: 0,
  sentBytesPerSecond: 0,
  diskBytesPerSecond: 0,
  diskReadBytesPerSecond: 0,
  diskOperationsPerSecond: 0,
  busyCpus: 0.1,
  busiestThread: 0.05,
};

/** A cluster with nothing to do, but for one broker (or all of them). */
function measured(settings: Settings, busy: Partial<Broker>, which: "one" | "all" = "one"): Measurements {
  return {
    seconds: 180,
    brokers: Array.from({ length: settings.brokers.count }, (_, index) => ({
      node: `kafka-${index + 1}`,
      ...idle,
      ...(which === "all" || index === 2 ? busy : {}),
    })),
    zookeeper: [{ node: "zookeeper-1", usedBytes: gib / 2 }],
  };
}

function applied(settings: Settings, { changes }: Proposal): Settings {
  return changes.reduce((all, { key, to }) => {
    const [, prefix = "", first = "", rest = ""] = /^(broker|zookeeper)(.)(.*)$/.exec(key) ?? [];
    const pool = prefix === "broker" ? "brokers" : "zookeeper";
    return { ...all, [pool]: { ...all[pool], [`${first.toLowerCase()}${rest}`]: to } };
  }, settings);
}

/** The same load, as it would be measured on the cluster that has the new settings. */
function measuredAgain(before: Settings, after: Settings, { brokers, ...rest }: Measurements): Measurements {
  const each = before.brokers.count / after.brokers.count;
  const perCpu =
    instanceFacts(before.brokers.instanceType, before).vcpus / instanceFacts(after.brokers.instanceType, after).vcpus;
  const share = (broker: Broker, node: string): Broker => ({
    node,
    usedBytes: broker.usedBytes * each,
    writtenBytesPerDay: broker.writtenBytesPerDay * each,
    receivedBytesPerSecond: broker.receivedBytesPerSecond * each,
    sentBytesPerSecond: broker.sentBytesPerSecond * each,
    diskBytesPerSecond: broker.diskBytesPerSecond * each,
    diskReadBytesPerSecond: broker.diskReadBytesPerSecond * each,
    diskOperationsPerSecond: broker.diskOperationsPerSecond * each,
    busyCpus: broker.busyCpus * each,
    busiestThread: broker.busiestThread * each * perCpu,
  });
  const all = Array.from({ length: after.brokers.count }, (_, index) => {
    const broker = brokers[index % brokers.length];
    assert.ok(broker);
    return share(broker, `kafka-${index + 1}`);
  });
  return { ...rest, brokers: all };
}

const ample: Limits = { maxVolumeGiB: 65_536, maxCount: 90, maxCostUsd: 10_000_000 };
const production = () => sampleSettings({ brokerInstanceType: "m7g.xlarge", brokerVolumeGiB: 1000 });
const summary = ({ changes }: Proposal) => changes.map(({ key, from, to }) => `${key} ${from} -> ${to}`);

describe("autosize proposals", () => {
  it("proposes nothing for a cluster with room", () => {
    const settings = production();
    const proposal = propose(settings, measured(settings, {}), defaultLimits(settings));
    assert.deepEqual(
      [proposal.changes, proposal.notes, proposal.beyondLimits, proposal.costDifference],
      [[], [], [], 0],
    );
  });

  it("leaves production as it is at the load that it was made for", () => {
    const prod = sampleSettings({
      brokerInstanceType: "m7g.xlarge",
      brokerVolumeGiB: 4096,
      brokerVolumeThroughputMiBps: 250,
      topics: [{ name: "user-activity", partitions: 60, retentionHours: 48, retentionGiB: 4096 }],
    });
    const atDesignLoad = measured(
      prod,
      {
        usedBytes: 3300 * gib,
        writtenBytesPerDay: 80e6 * 86_400,
        receivedBytesPerSecond: 81e6,
        sentBytesPerSecond: 82e6,
        diskBytesPerSecond: 80e6,
        diskOperationsPerSecond: 700,
        busyCpus: 1.6,
        busiestThread: 0.4,
      },
      "all",
    );
    const proposal = propose(prod, atDesignLoad, defaultLimits(prod));
    assert.deepEqual([proposal.changes, proposal.beyondLimits], [[], []]);
    assert.match(proposal.notes.join(), /retention ends the growth at 3604\.5 of 4096 GiB \(88 %\)/);
  });

  it("grows a volume that is 80 % used to about half used, and says what it costs", () => {
    const settings = production();
    const proposal = propose(settings, measured(settings, { usedBytes: 800 * gib }), ample);
    const [change] = proposal.changes;
    assert.equal(change?.key, "brokerVolumeGiB");
    const to = Number(change?.to);
    assert.ok(to >= 1600 && to <= 1600 * 1.1, String(to));
    assert.match(change?.reason ?? "", /kafka-3: disk 80 % \(800 of 1000 GiB\), then (4\d|50) %/);
    assert.equal(proposal.costDifference, Math.round(5 * (to - 1000) * 8) / 100);
  });

  it("acts on a disk with more than topics explain that fills within a week, until it lasts a month", () => {
    const settings = production();
    const filling = { usedBytes: 740 * gib, writtenBytesPerDay: 200 * gib };
    const month = Number(propose(settings, measured(settings, filling), ample).changes[0]?.to);
    assert.ok(month >= 6740 && month <= 6740 * 1.1, String(month));
  });

  it("does not call a volume filling whose topics end their growth, and says so", () => {
    const settings = production();
    const filling = { usedBytes: 670 * gib, writtenBytesPerDay: 200 * gib };
    const proposal = propose(settings, measured(settings, filling, "all"), ample);
    assert.deepEqual(proposal.changes, []);
    assert.match(proposal.notes.join(), /retention ends the growth at 680 of 1000 GiB \(68 %\)/);
  });

  it("gives events more room when so much comes that they are not kept while the database is down", () => {
    const day = sampleSettings({
      brokerInstanceType: "m7g.xlarge",
      brokerVolumeGiB: 1000,
      workloadDatabaseDownHours: 24,
    });
    const busy = (perDay: number) => measured(day, { usedBytes: 670 * gib, writtenBytesPerDay: perDay * gib }, "all");
    assert.deepEqual(summary(propose(day, busy(600), ample)), []);
    const { changes } = propose(day, busy(1200), ample);
    assert.match(changes[0]?.reason ?? "", /events are kept for 12\.\d of 24 hours .* at 1500 GiB a day on 1000 GiB/);
    const to = Number(changes[0]?.to);
    assert.ok(changes[0]?.key === "brokerVolumeGiB" && to >= 1900 && to <= 2200, String(to));
    assert.deepEqual(summary(propose(applied(day, { changes } as Proposal), busy(1200), ample)), []);
  });

  it("does not trust a limit by size when the disk holds more than that", () => {
    const sized = sampleSettings({
      brokerVolumeGiB: 1000,
      topics: [{ name: "a", partitions: 10, retentionHours: 24, retentionGiB: 100 }],
    });
    assert.deepEqual(summary(propose(sized, measured(sized, { usedBytes: 80 * gib }), ample)), []);
    assert.match(summary(propose(sized, measured(sized, { usedBytes: 750 * gib }), ample)).join(), /brokerVolumeGiB/);
  });

  it("believes what a compacted topic is said to have, until the disk holds more", () => {
    const compacted = sampleSettings({
      brokerVolumeGiB: 1000,
      topics: [{ name: "a", partitions: 10, retentionHours: 24, cleanupPolicy: "compact", compactedGiB: 100 }],
    });
    const at = (used: number) => propose(compacted, measured(compacted, { usedBytes: used * gib }), ample);
    assert.deepEqual(summary(at(200)), []);
    assert.match(summary(at(720)).join(), /brokerVolumeGiB/);
  });

  it("grows ZooKeeper's volumes", () => {
    const settings = production();
    const base = measured(settings, {});
    const full = { ...base, zookeeper: [{ node: "zookeeper-2", usedBytes: 6.4 * gib }] };
    assert.deepEqual(summary(propose(settings, full, ample)), ["zookeeperVolumeGiB 8 -> 16"]);
  });

  it("adds throughput up to what the machine gives, with the IOPS that it takes", () => {
    const settings = production();
    const large = sampleSettings({ brokerInstanceType: "m7g.8xlarge", brokerVolumeGiB: 1000 });
    const busy = measured(large, { diskBytesPerSecond: 500e6 });
    const proposal = propose(large, busy, ample);
    assert.deepEqual(
      proposal.changes.map(({ key }) => key),
      ["brokerVolumeThroughputMiBps", "brokerVolumeIops"],
    );
    const { volumeThroughputMiBps, volumeIops } = applied(large, proposal).brokers;
    assert.ok(volumeThroughputMiBps >= 954 && volumeIops * 0.25 >= volumeThroughputMiBps);
    // m7g.xlarge: 1250 Mbps are 150 MiB/s.
    assert.deepEqual(summary(propose(settings, measured(settings, { diskBytesPerSecond: 140e6 }), ample)), [
      "brokerVolumeThroughputMiBps 125 -> 150",
    ]);
  });

  it("takes the next size that is large enough for CPU, network and EBS", () => {
    const settings = production();
    const type = (busy: Partial<Broker>) => summary(propose(settings, measured(settings, busy), ample)).join();
    assert.equal(type({ busyCpus: 3 }), "brokerInstanceType m7g.xlarge -> m7g.2xlarge");
    assert.equal(type({ busiestThread: 0.8 }), "brokerInstanceType m7g.xlarge -> m7g.2xlarge");
    assert.equal(type({ sentBytesPerSecond: 700e6 }), "brokerInstanceType m7g.xlarge -> m7g.8xlarge");
  });

  it("wants the plan to hold with a zone lost", () => {
    const settings = production();
    const { oneZoneLost } = planCluster(settings).brokerLoad.maxIngestMBps;
    const each = (share: number) => (oneZoneLost * 1e6 * share * 4) / 5;
    const at = (share: number) =>
      propose(settings, measured(settings, { receivedBytesPerSecond: each(share) }, "all"), ample);
    assert.deepEqual(summary(at(0.85)), []);
    assert.match(at(0.95).changes[0]?.reason ?? "", /95 % of the .* that last with a zone lost/);
  });

  it("minds the page cache only where consumers read from the disk", () => {
    // 8 GiB, less the heap and half a GiB: 30 s of 130 MB/s are more.
    const small = sampleSettings({ brokerInstanceType: "t3.large", brokerHeapMiB: 4096 });
    const cache = (diskReadBytesPerSecond: number) =>
      propose(small, measured(small, { receivedBytesPerSecond: 130e6, diskReadBytesPerSecond }), ample).pressures.find(
        ({ resource }) => resource === "page cache",
      );
    assert.equal(cache(1e6), undefined);
    assert.match(cache(40e6)?.text ?? "", /kafka-3: reads 40 MB\/s from its disk; t3\.large has 3584 MiB/);
    assert.ok((cache(40e6)?.share ?? 0) > 1);
  });

  it("adds brokers when the family has no larger size", () => {
    const largest = sampleSettings({ brokerInstanceType: "m7g.16xlarge" });
    const proposal = propose(largest, measured(largest, { busyCpus: 56 }, "all"), ample);
    assert.deepEqual(summary(proposal), ["brokerCount 5 -> 9"]);
  });

  it("makes one kind of change at a time and names what is left", () => {
    const settings = production();
    const proposal = propose(settings, measured(settings, { usedBytes: 800 * gib, busyCpus: 3.5 }), ample);
    assert.deepEqual(
      proposal.changes.map(({ key }) => key),
      ["brokerVolumeGiB"],
    );
    assert.match(proposal.notes.join(), /later run.*kafka-3: CPU 88 %/);
  });

  it("stops at the limits, goes as far as they allow, and says what is still missing", () => {
    const settings = production();
    const full = measured(settings, { usedBytes: 950 * gib }, "all");
    assert.deepEqual(summary(propose(settings, full, { ...ample, maxVolumeGiB: 1200 })), [
      "brokerVolumeGiB 1000 -> 1200",
    ]);
    // No volume to be had: brokers take the data.
    assert.deepEqual(summary(propose(settings, full, { ...ample, maxVolumeGiB: 1050 })), ["brokerCount 5 -> 10"]);
    const stuck = propose(settings, full, { ...ample, maxVolumeGiB: 1000, maxCount: 6 });
    assert.deepEqual(stuck.changes, []);
    assert.match(stuck.beyondLimits.join(), /disk 95 % .*brokerVolumeGiB and brokerCount can't grow enough/);
    const poor = propose(settings, measured(settings, { busyCpus: 4 }), { ...ample, maxCostUsd: 1 });
    assert.deepEqual([poor.changes, poor.beyondLimits.length], [[], 1]);
  });
});

const load = fc.record({
  usedBytes: fc.double({ min: 0, max: 2000 * gib, noNaN: true }),
  writtenBytesPerDay: fc.double({ min: 0, max: 1000 * gib, noNaN: true }),
  receivedBytesPerSecond: fc.double({ min: 0, max: 1e9, noNaN: true }),
  sentBytesPerSecond: fc.double({ min: 0, max: 1e9, noNaN: true }),
  diskBytesPerSecond: fc.double({ min: 0, max: 1e9, noNaN: true }),
  diskReadBytesPerSecond: fc.double({ min: 0, max: 1e8, noNaN: true }),
  diskOperationsPerSecond: fc.double({ min: 0, max: 20_000, noNaN: true }),
  busyCpus: fc.double({ min: 0, max: 8, noNaN: true }),
  busiestThread: fc.double({ min: 0, max: 1, noNaN: true }),
});

/** Loads of which most are within what the cluster can do, so that every kind of change has its turn. */
const situation = fc
  .record({
    type: fc.constantFrom("t3.micro", "m7g.large", "m7g.2xlarge", "m7g.8xlarge"),
    count: fc.integer({ min: 3, max: 9 }),
    volumeGiB: fc.integer({ min: 8, max: 4000 }),
    retentionGiB: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    retentionHours: fc.integer({ min: 1, max: 2000 }),
    factor: fc.constantFrom(0.001, 0.01, 0.1, 1),
    zookeeperGiB: fc.double({ min: 0, max: 8, noNaN: true }),
  })
  .chain((one) =>
    fc.record({
      settings: fc.constant(
        sampleSettings({
          brokerInstanceType: one.type,
          brokerCount: one.count,
          replicationFactor: 3,
          brokerVolumeGiB: one.volumeGiB,
          topics: [
            {
              name: "a",
              partitions: 10,
              retentionHours: one.retentionHours,
              ...(one.retentionGiB === undefined ? {} : { retentionGiB: one.retentionGiB }),
            },
          ],
        }),
      ),
      measured: fc.array(load, { minLength: one.count, maxLength: one.count }).map((brokers): Measurements => ({
        seconds: 180,
        brokers: brokers.map((broker, index) => ({
          node: `kafka-${index + 1}`,
          ...(Object.fromEntries(
            Object.entries(broker).map(([key, value]) => [key, value * (key === "busiestThread" ? 1 : one.factor)]),
          ) as typeof broker),
        })),
        zookeeper: [{ node: "zookeeper-1", usedBytes: one.zookeeperGiB * gib }],
      })),
    }),
  );

const limits = fc.record({
  maxVolumeGiB: fc.integer({ min: 8, max: 20_000 }),
  maxCount: fc.integer({ min: 3, max: 20 }),
  maxCostUsd: fc.integer({ min: 10, max: 30_000 }),
});

const rank = (key: string, value: number | string) =>
  key === "brokerInstanceType" ? (tabledType(String(value))?.usdPerHour ?? 0) : Number(value);

describe("autosize, whatever is measured", function () {
  // Each property plans hundreds of clusters.
  this.timeout(120_000);

  it("never shrinks, and never goes beyond a limit", () => {
    fc.assert(
      fc.property(situation, limits, ({ settings: given, measured: seen }, limit) => {
        const proposal = propose(given, seen, limit);
        for (const { key, from, to } of proposal.changes) assert.ok(rank(key, to) > rank(key, from), key);
        if (proposal.changes.length === 0) return;
        const after = applied(given, proposal);
        assert.ok(planCluster(after).monthlyCostUsd.total <= limit.maxCostUsd);
        if (after.brokers.count > given.brokers.count) assert.ok(after.brokers.count <= limit.maxCount);
        for (const pool of ["brokers", "zookeeper"] as const)
          if (after[pool].volumeGiB > given[pool].volumeGiB) assert.ok(after[pool].volumeGiB <= limit.maxVolumeGiB);
      }),
      { numRuns: 300 },
    );
  });

  it("changes one kind of setting, to settings that are sound", () => {
    fc.assert(
      fc.property(situation, ({ settings: given, measured: seen }) => {
        const { changes } = propose(given, seen, ample);
        const keys = changes.map(({ key }) => key);
        assert.ok(keys.length <= 1 || keys.join() === "brokerVolumeThroughputMiBps,brokerVolumeIops", keys.join());
        sampleSettings({
          brokerInstanceType: given.brokers.instanceType,
          brokerCount: given.brokers.count,
          replicationFactor: 3,
          brokerVolumeGiB: given.brokers.volumeGiB,
          ...Object.fromEntries(changes.map(({ key, to }) => [key, to])),
        });
      }),
      { numRuns: 200 },
    );
  });

  it(
    "is content with what it proposed: the same load calls for no more of the same, and after a few " +
      "runs for nothing",
    () => {
      fc.assert(
        fc.property(situation, ({ settings: given, measured: seen }) => {
          let [now, load, last] = [given, seen, ""];
          for (let run = 0; ; run++) {
            assert.ok(run < 12, "it never ends");
            const proposal = propose(now, load, ample);
            const [first] = proposal.changes;
            if (first === undefined) return;
            assert.notEqual(first.key, last);
            const next = applied(now, proposal);
            [now, load, last] = [next, measuredAgain(now, next, load), first.key];
          }
        }),
        { numRuns: 200 },
      );
    },
  );

  it("gives more for more: a fuller disk never gets a smaller volume, busier CPUs never a smaller type", () => {
    const settings = production();
    const pair = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(pair, fc.constantFrom("usedBytes", "busyCpus", "writtenBytesPerDay"), (shares, key) => {
        const whole = { usedBytes: 1000 * gib, busyCpus: 4, writtenBytesPerDay: 1000 * gib }[key];
        const [less, more] = [Math.min(...shares), Math.max(...shares)].map((share) =>
          applied(settings, propose(settings, measured(settings, { [key]: whole * share }), ample)),
        );
        assert.ok(less && more);
        assert.ok(more.brokers.volumeGiB >= less.brokers.volumeGiB);
        assert.ok(
          rank("brokerInstanceType", more.brokers.instanceType) >=
            rank("brokerInstanceType", less.brokers.instanceType),
        );
      }),
    );
  });
});
