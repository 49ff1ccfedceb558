import assert from "node:assert/strict";
import fc from "fast-check";
import {
  brokerLimits,
  planCapacity,
  wireFactor,
  type Capacity,
  type Scenario,
} from "../../../../planning/capacity/capacity";
import { placementOf } from "../../../../planning/placement/placement";
import { sampleSettings } from "../../settings/sampleSettings";

/** Events without overhead or compression, so that the figures are round: 100 MB/s at any time. */
const load = {
  workloadIngestMBps: 100,
  workloadEventBytes: 1_000_000,
  workloadPeakFactor: 1,
  workloadDatabaseDownHours: 0,
  brokerInstanceType: "m7g.xlarge",
  brokerVolumeThroughputMiBps: 250,
};

function scenarioOf({ scenarios }: Capacity, name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  assert.ok(found, `${name} is among ${scenarios.map((one) => one.name).join(", ")}`);
  return found;
}

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) <= 0.001 * Math.max(1, expected), `${actual} is not ${expected}`);

describe("capacity", () => {
  it("4 copies on 5 brokers: each receives and writes 80 of 100 MB/s, and sends as much", () => {
    const plan = planCapacity(sampleSettings(load));
    const { busiest, limitedBy, headroom, maxIngestMBps } = scenarioOf(plan, "all brokers");
    near(busiest.networkInMBps, 80);
    near(busiest.networkOutMBps, 80);
    near(busiest.diskWriteMBps, 80);
    near(busiest.diskReadMBps, 0);
    // 1250 Mbps are 156 MB/s, less than the volume's 262 and the network's 234.
    assert.equal(limitedBy, "instance EBS bandwidth");
    near(headroom, 1 - 80 / 156.25);
    near(maxIngestMBps, 100 * (156.25 / 80));
  });

  it("each group that reads adds a fifth of the load to what a broker sends", () => {
    const out = (groups: number) =>
      scenarioOf(planCapacity(sampleSettings({ ...load, workloadConsumerGroups: groups })), "all brokers").busiest
        .networkOutMBps;
    near(out(0), 60);
    near(out(3), 120);
    near(out(8), 220);
  });

  it("counts what producers send compressed, at the peak, with what an event takes in a batch", () => {
    const settings = sampleSettings({
      ...load,
      workloadEventBytes: 80,
      workloadCompressionRatio: 4,
      workloadPeakFactor: 2,
    });
    near(wireFactor(settings), 1.1 / 4);
    near(scenarioOf(planCapacity(settings), "all brokers").busiest.networkInMBps, 80 * 2 * (1.1 / 4));
  });

  it("brokers that are lost give their leaders to the others, whose disks have no more to do", () => {
    const plan = planCapacity(sampleSettings({ ...load, workloadConsumerGroups: 6 }));
    const all = scenarioOf(plan, "all brokers").busiest;
    for (const name of ["one broker away", "any 2 brokers away", "a zone away"]) {
      const { busiest, away } = scenarioOf(plan, name);
      assert.ok(!away.includes(busiest.broker));
      assert.ok(busiest.networkOutMBps > all.networkOutMBps, name);
      near(busiest.diskWriteMBps, all.diskWriteMBps);
    }
    assert.deepEqual(scenarioOf(plan, "a zone away").away.length, 2);
  });

  it("a broker that catches up takes half as much again, and has others read it from their disks", () => {
    const plan = planCapacity(sampleSettings({ ...load, brokerVolumeThroughputMiBps: 125 }));
    const { away, busiest, limitedBy } = scenarioOf(plan, "one broker catches up");
    assert.equal(limitedBy, "volume throughput");
    near(busiest.diskWriteMBps + busiest.diskReadMBps, 120);
    assert.equal(away.length, 1);
    // Its leader sends all of it, to two followers in sync too.
    const tests = { ...load, replicationFactor: 4, workloadConsumerGroups: 0 };
    const { busiest: leader } = scenarioOf(
      planCapacity(sampleSettings(tests), [[1, 2, 3, 4]]),
      "one broker catches up",
    );
    near(leader.networkOutMBps, 200 + 150);
    near(leader.diskReadMBps, 150);
    near(leader.diskWriteMBps, 100);
    // It takes in what four leaders share.
    const pairs = { ...load, replicationFactor: 2, minInsyncReplicas: 1, workloadConsumerGroups: 0 };
    const placement = [2, 3, 4, 5].map((other) => [1, other]);
    const { away: back, busiest: returning } = scenarioOf(
      planCapacity(sampleSettings(pairs), placement),
      "one broker catches up",
    );
    assert.deepEqual([back, returning.broker], [["kafka-1"], "kafka-1"]);
    near(returning.networkInMBps, 150);
    near(returning.diskWriteMBps, 150);
    const { afterTenMinutes, withEmptyDisk } = plan.catchUpMinutes;
    assert.ok(afterTenMinutes !== null && withEmptyDisk !== null && afterTenMinutes > 10);
    const tight = planCapacity(sampleSettings({ ...load, workloadIngestMBps: 180 }));
    assert.equal(tight.catchUpMinutes.afterTenMinutes, null);
  });

  it("a small machine has no page cache: its consumers are counted as reading from the disk", () => {
    const small = planCapacity(sampleSettings());
    assert.equal(small.pageCache.MiB, 0);
    assert.ok(scenarioOf(small, "all brokers").busiest.diskReadMBps > 0);
  });

  it("takes baselines, a burstable CPU's too", () => {
    const limits = brokerLimits(sampleSettings());
    near(limits.network, 8);
    near(limits["instance EBS bandwidth"], 10.875);
    assert.ok(
      brokerLimits(sampleSettings({ brokerInstanceType: "t3.small" })).CPU <
        brokerLimits(sampleSettings({ brokerInstanceType: "c6i.large" })).CPU / 4,
    );
  });

  it("without topics it reckons with evenly placed partitions", () => {
    near(scenarioOf(planCapacity(sampleSettings({ ...load, topics: [] })), "all brokers").busiest.networkInMBps, 80);
  });

  const situations = fc
    .record({
      count: fc.integer({ min: 3, max: 12 }),
      partitions: fc.integer({ min: 1, max: 40 }),
      ingest: fc.integer({ min: 1, max: 500 }),
      groups: fc.integer({ min: 0, max: 4 }),
      nearest: fc.boolean(),
    })
    .chain((situation) =>
      fc.integer({ min: 2, max: Math.min(5, situation.count) }).map((copies) => ({ ...situation, copies })),
    )
    .map(({ count, partitions, ingest, groups, nearest, copies }) =>
      sampleSettings({
        ...load,
        brokerCount: count,
        replicationFactor: copies,
        minInsyncReplicas: 1,
        brokerVolumeGiB: 4000,
        workloadIngestMBps: ingest,
        workloadConsumerGroups: groups,
        workloadReadNearestCopy: nearest,
        topics: [{ name: "t", partitions, retentionHours: 1 }],
      }),
    );

  it("neither makes up nor loses a byte: what a leader receives and sends follows from the copies and groups", () => {
    fc.assert(
      fc.property(situations, (settings) => {
        const { brokers, workload } = settings;
        const wire = workload.ingestMBps * wireFactor(settings);
        // The leader of a partition does most, if anybody reads it.
        fc.pre(workload.consumerGroups > 0 && !workload.readNearestCopy);
        const [first = []] = placementOf(settings);
        const alone = planCapacity(settings, [first]);
        const { busiest } = scenarioOf(alone, "all brokers");
        near(busiest.networkInMBps, wire);
        if (!workload.readNearestCopy)
          near(busiest.networkOutMBps, wire * (brokers.replicationFactor - 1 + workload.consumerGroups));
        else
          assert.ok(busiest.networkOutMBps <= wire * (brokers.replicationFactor - 1 + workload.consumerGroups) + 1e-6);
      }),
    );
  });

  it("twice the load is twice the share of every limit, and holds the same", () => {
    fc.assert(
      fc.property(situations, (settings) => {
        const twice = { ...settings, workload: { ...settings.workload, ingestMBps: 2 * settings.workload.ingestMBps } };
        const [once, double] = [planCapacity(settings), planCapacity(twice)];
        for (const [index, { headroom, maxIngestMBps, name }] of once.scenarios.entries()) {
          const other = double.scenarios[index];
          assert.ok(other);
          // The page cache may be too small for the one and not for the other.
          if (once.pageCache.seconds >= 30 !== double.pageCache.seconds >= 30) continue;
          near(1 - other.headroom, 2 * (1 - headroom));
          near(other.maxIngestMBps, maxIngestMBps);
          assert.equal(other.name, name);
        }
      }),
    );
  });

  it("the demand is what the tightest state needs, and a larger machine leaves at least as much room", () => {
    fc.assert(
      fc.property(situations, (settings) => {
        const plan = planCapacity(settings);
        for (const { busiest } of plan.scenarios) {
          assert.ok(busiest.networkOutMBps <= plan.demand.networkMBps + 1e-9);
          assert.ok(busiest.diskWriteMBps + busiest.diskReadMBps <= plan.demand.diskMBps + 1e-9);
        }
        const larger = { ...settings, brokers: { ...settings.brokers, instanceType: "m7g.2xlarge" } };
        assert.ok(planCapacity(larger).tightest.headroom >= plan.tightest.headroom - 1e-9);
      }),
    );
  });
});
