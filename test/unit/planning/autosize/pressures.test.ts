import assert from "node:assert/strict";
import { defaultLimits, propose, type Measurements } from "../../../../planning/autosize/autosize";
import { pressures } from "../../../../planning/autosize/pressures";
import { machineCost } from "../../../../planning/cluster/cost";
import { rounded } from "../../../../planning/cluster/figures";
import type { Settings } from "../../../../settings/settings";
import { sampleSettings } from "../../settings/sampleSettings";
import { assertSnapshot } from "../snapshot";

const gib = 1024 ** 3;
const config = {
  brokerInstanceType: "m7g.xlarge",
  brokerVolumeGiB: 1000,
  workloadIngestMBps: 20,
  workloadDatabaseDownHours: 10,
  topics: [
    { name: "events", partitions: 30, retentionHours: 168 },
    { name: "audit", partitions: 5, retentionHours: 72, retentionGiB: 50 },
  ],
};

/** A cluster at work, each broker a little more than the one before. */
function atWork(settings: Settings): Measurements {
  return {
    seconds: 180,
    brokers: Array.from({ length: settings.brokers.count }, (_, index) => {
      const part = 1 + index / 10;
      return {
        node: `kafka-${index + 1}`,
        usedBytes: 400 * gib * part,
        writtenBytesPerDay: 300 * gib * part,
        receivedBytesPerSecond: 30e6 * part,
        sentBytesPerSecond: 45e6 * part,
        diskBytesPerSecond: 40e6 * part,
        diskReadBytesPerSecond: 10e6 * part,
        diskOperationsPerSecond: 900 * part,
        busyCpus: 1.2 * part,
        busiestThread: 0.4 * part,
      };
    }),
    zookeeper: [
      { node: "zookeeper-1", usedBytes: gib },
      { node: "zookeeper-2", usedBytes: 2 * gib },
    ],
  };
}

const shown = (value: unknown) => `${JSON.stringify(rounded(value), null, 1)}\n`;

describe("what presses on a cluster", () => {
  it("is each resource of the busiest node, with what would relieve it", () => {
    const deployed = sampleSettings(config);
    assertSnapshot("pressures", shown(pressures(deployed, atWork(deployed), deployed)));
  });

  it("is the same load, shared out, on the larger cluster that is being considered", () => {
    const deployed = sampleSettings(config);
    const larger = sampleSettings({
      ...config,
      brokerCount: 8,
      brokerInstanceType: "m7g.2xlarge",
      brokerVolumeGiB: 2000,
      brokerVolumeThroughputMiBps: 250,
      brokerVolumeIops: 4000,
    });
    assertSnapshot("pressures-larger", shown(pressures(larger, atWork(deployed), deployed)));
  });

  it("is what fills the disks where they hold more than the topics explain, and no share of a load above the plan's", () => {
    // Small topics, and a declared load that the machines don't carry.
    const deployed = sampleSettings({
      ...config,
      brokerVolumeGiB: 600,
      workloadIngestMBps: 400,
      workloadConsumerGroups: 0,
      topics: [{ name: "audit", partitions: 5, retentionHours: 72, retentionGiB: 50 }],
    });
    assertSnapshot("pressures-filling", shown(pressures(deployed, atWork(deployed), deployed)));
  });

  it("is none of a disk where nothing was measured of it", () => {
    const deployed = sampleSettings(config);
    const measured = atWork(deployed);
    const resources = (part: Partial<Measurements>) =>
      pressures(deployed, { ...measured, ...part }, deployed).map(({ resource }) => resource);
    assert.ok(!resources({ zookeeper: [] }).includes("zookeeper disk"));
    const idle = measured.brokers.map((broker) => ({ ...broker, writtenBytesPerDay: 0, usedBytes: 900 * gib }));
    assert.ok(!resources({ brokers: idle }).includes("days to full"));
    const still = measured.brokers.map((broker) => ({ ...broker, writtenBytesPerDay: 0 }));
    assert.ok(!resources({ brokers: still }).includes("hours kept"));
  });
});

describe("autosize by itself", () => {
  it("may double the cost in one run, and has room for 15 brokers and 16 TiB", () => {
    const settings = sampleSettings(config);
    assert.deepEqual(defaultLimits(settings), {
      maxVolumeGiB: 16_384,
      maxCount: 15,
      maxCostUsd: Math.ceil(2 * machineCost(settings).total),
    });
  });

  it("shows all pressures, the tightest first, and what is left for a later run", () => {
    const settings = sampleSettings(config);
    const measured = atWork(settings);
    const busy = measured.brokers.map((broker) => ({ ...broker, usedBytes: 950 * gib, busyCpus: 3.8 }));
    const proposal = propose(
      settings,
      { ...measured, brokers: busy },
      { maxVolumeGiB: 65_536, maxCount: 90, maxCostUsd: 1e6 },
    );
    const tightness = proposal.pressures.map(({ share, actAt }) => share / actAt);
    assert.deepEqual(
      tightness,
      tightness.toSorted((a, b) => b - a),
    );
    assertSnapshot("autosize", shown({ ...proposal, pressures: proposal.pressures.map(({ text }) => text) }));
  });

  it("grows each volume by a tenth or more, in steps of its own, and ends at the limit", () => {
    const to = (used: number, maxVolumeGiB: number) => {
      const settings = sampleSettings({ ...config, topics: [] });
      const measured = atWork(settings);
      const brokers = measured.brokers.map((broker) => ({ ...broker, usedBytes: used * gib, writtenBytesPerDay: 0 }));
      const { changes } = propose(settings, { ...measured, brokers }, { maxVolumeGiB, maxCount: 5, maxCostUsd: 1e6 });
      return changes.map(({ key, to: size }) => `${key} ${size}`).join();
    };
    assert.equal(to(699, 65_536), "");
    assert.equal(to(701, 65_536), "brokerVolumeGiB 1480");
    assert.equal(to(701, 1205), "brokerVolumeGiB 1205");
    assert.equal(to(701, 1100), "brokerVolumeGiB 1100");
    assert.equal(to(701, 1099), "");
  });
});
