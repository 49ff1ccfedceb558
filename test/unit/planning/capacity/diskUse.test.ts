import assert from "node:assert/strict";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../../../artifacts/repository";
import { defaultLimits, propose, type Measurements } from "../../../../planning/autosize/autosize";
import {
  brokerMBpsPerVcpu,
  meanTraffic,
  planCapacity,
  wireBytesPerSecond,
} from "../../../../planning/capacity/capacity";
import { overloadFaults, roomFaults } from "../../../../planning/capacity/overload";
import { mostUsed } from "../../../../planning/capacity/retention";
import { planRetention } from "../../../../planning/cluster/plan";
import { instanceFacts } from "../../../../planning/node/instanceTypes";
import { planTopics } from "../../../../planning/placement/topics";
import { parseSettings } from "../../../../settings/check";
import type { Settings } from "../../../../settings/settings";
import { readStackFile } from "../../../../settings/stackFile";
import { sampleSettings } from "../../settings/sampleSettings";

const gib = 1024 ** 3;
const local = { brokerVolumeGiB: 10, workloadDatabaseDownHours: 0 };
const topic = { name: "a", partitions: 15, retentionHours: 168 };

function faults(changes: Record<string, unknown>): string {
  return roomFaults(sampleSettings({ ...local, ...changes }))
    .map(({ path, message }) => `${path}: ${message}`)
    .join("\n");
}

/**
 * One partition as Kafka treats it, at a steady rate: segments are closed by size and age, closed ones are deleted by
 * what is kept and by age, a minute late, and stay on the disk for another. Compacted ones are cleaned when enough of
 * them is dirty. Gives the most bytes that it ever takes.
 */
function simulate(config: Readonly<Record<string, string>>, bytesPerSecond: number, keyBytes: number): number {
  const value = (key: string, otherwise: number) => Number(config[key] ?? otherwise);
  const step = 60;
  const [segmentSize, segmentSeconds] = [value("segment.bytes", gib), value("segment.ms", 0) / 1000];
  const seconds = value("retention.ms", 0) / 1000;
  const compacted = config["cleanup.policy"] === "compact";
  const limit = compacted ? Infinity : value("retention.bytes", -1);
  const ratio = value("min.cleanable.dirty.ratio", 0.5);
  let segments: { bytes: number; from: number; to: number }[] = [];
  let [deleted, most, clean] = [0, 0, compacted ? keyBytes : 0];
  for (let now = 0; now < seconds + 2 * segmentSeconds + 10 * step && now < 4_000_000; now += step) {
    let active = segments.at(-1);
    let left = bytesPerSecond * step;
    while (left > 0) {
      if (active === undefined || active.bytes >= segmentSize || now - active.from >= segmentSeconds) {
        active = { bytes: 0, from: now, to: now };
        segments.push(active);
      }
      const part = Math.min(left, segmentSize - active.bytes);
      active.bytes += part;
      active.to = now + step;
      left -= part;
    }
    const sum = segments.reduce((total, { bytes }) => total + bytes, clean);
    most = Math.max(most, (sum + deleted) * (1 + 20 / 4096));
    deleted = 0;
    if (compacted) {
      const old = segments.slice(0, -1).filter(({ to }) => to + seconds <= now);
      const dirty = old.reduce((total, { bytes }) => total + bytes, 0);
      if (dirty / (dirty + clean) > ratio) {
        deleted = dirty + clean;
        segments = segments.slice(old.length);
        clean = keyBytes;
      }
      continue;
    }
    let size = sum;
    for (let oldest = segments[0]; oldest !== undefined && segments.length > 1; oldest = segments[0]) {
      if (size - oldest.bytes < limit && oldest.to + seconds > now) break;
      size -= oldest.bytes;
      deleted += oldest.bytes;
      segments.shift();
    }
  }
  return most;
}

/** The fullest disk, 1 = full, when each topic has its part of the declared load. */
function fullestDisk(settings: Settings, parts: readonly number[]): number {
  const rate = wireBytesPerSecond(settings);
  const byBroker = new Map<number, number>();
  const whole = parts.reduce((sum, part) => sum + part, 0);
  for (const [index, planned] of planTopics(settings).entries()) {
    const { compactedGiB = 0, partitions } = settings.topics[index] ?? assert.fail();
    const each = (rate * (parts[index] ?? 0)) / whole / partitions;
    const bytes = simulate(planned.config, each, (compactedGiB * gib) / partitions);
    for (const id of planned.replicaAssignment.flat()) byBroker.set(id, (byBroker.get(id) ?? 0) + bytes);
  }
  return Math.max(...byBroker.values()) / settings.brokers.volumeGiB / gib;
}

const whole = (min: number, max: number) => fc.integer({ min, max });
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

/** Configurations of which about half have room for what they ask. */
const configuration = fc
  .record({
    brokerCount: whole(3, 7),
    copies: whole(2, 4),
    brokerVolumeGiB: whole(10, 200),
    workloadIngestMBps: fc.constantFrom(0.01, 0.1, 1, 3),
    workloadPeakFactor: whole(1, 3),
    topics: fc.array(
      fc.record({
        partitions: whole(1, 60),
        retentionHours: fc.constantFrom(1, 4, 24, 72),
        retentionGiB: maybe(whole(1, 60)),
        cleanupPolicy: fc.constantFrom("delete", "delete", "delete", "compact,delete", "compact"),
        compactedGiB: whole(1, 10),
        config: fc.record(
          {
            "segment.bytes": fc.constantFrom(2 ** 20, 2 ** 25, 2 ** 28, 2 ** 30),
            "segment.ms": fc.constantFrom(600_000, 86_400_000),
            "min.cleanable.dirty.ratio": fc.constantFrom(0.1, 0.8),
          },
          { requiredKeys: [] },
        ),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ copies, topics, ...rest }) => ({
    ...rest,
    ...local,
    brokerVolumeGiB: rest.brokerVolumeGiB,
    replicationFactor: Math.min(copies, rest.brokerCount),
    minInsyncReplicas: 1,
    brokerMinimumRunning: 1,
    brokerInstanceType: "m7g.xlarge",
    topics: topics.map(({ retentionGiB, compactedGiB, ...one }, index) => ({
      name: `t${index}`,
      ...one,
      ...(one.cleanupPolicy === "compact" ? { compactedGiB } : retentionGiB === undefined ? {} : { retentionGiB }),
    })),
  }));

/** Partitions of one compacted topic that fill alike, are cleaned one after the other, and filled a disk by that. */
const cleanedAtOnce = [
  { brokerVolumeGiB: 16, replicationFactor: 2, partitions: 13, compactedGiB: 8, retentionHours: 1 },
  { brokerVolumeGiB: 24, replicationFactor: 3, partitions: 9, compactedGiB: 4, retentionHours: 4 },
].map(({ brokerVolumeGiB, replicationFactor, ...compacted }) => ({
  ...local,
  brokerCount: 3,
  brokerVolumeGiB,
  workloadIngestMBps: 1,
  workloadPeakFactor: 1,
  replicationFactor,
  minInsyncReplicas: 1,
  brokerMinimumRunning: 1,
  brokerInstanceType: "m7g.xlarge",
  topics: [
    {
      name: "t0",
      ...compacted,
      cleanupPolicy: "compact",
      config: { "segment.bytes": 2 ** 20, "min.cleanable.dirty.ratio": 0.1 },
    },
  ],
}));

describe("disks", () => {
  it("of the examples that filled although the plan was content are refused, with what mends it", () => {
    for (const [changes, says] of [
      [{ topics: [{ ...topic, retentionGiB: 11 }] }, /^topics: .* fills \d+ % of .*, 12\d % with one broker gone/],
      [{ topics: [{ ...topic, partitions: 1000, retentionGiB: 1 }] }, /^topics: .* fills \d\d\d % of/],
      [
        { topics: [{ ...topic, partitions: 200, config: { "segment.bytes": 2 ** 30 } }] },
        /^topics\[0\]\.retentionGiB: not given, and the disks leave 0 MiB/,
      ],
      [
        { topics: [topic, { ...topic, name: "s", cleanupPolicy: "compact", compactedGiB: 1 }] },
        /^topics\[0\]\.retentionGiB: not given, and the disks leave 0 MiB/,
      ],
      ...cleanedAtOnce.map((changes) => [changes, /^topics: .* fills \d\d+ % of/] as const),
    ] as const) {
      const message = faults(changes);
      assert.match(message, says);
      const [, volumeGiB = ""] = /give brokerVolumeGiB (\d+)/.exec(message) ?? [];
      assert.ok(Number(volumeGiB) > local.brokerVolumeGiB, message);
      assert.equal(faults({ ...changes, brokerVolumeGiB: Number(volumeGiB) }), "");
    }
  });

  it(
    "of a broker that is alone in its zone, and so holds a copy of everything, are planned as " + "full as they get",
    () => {
      const settings = sampleSettings({ ...local, replicationFactor: 3, minInsyncReplicas: 2 });
      const most = mostUsed(settings);
      assert.ok(most.allBrokers <= 0.85 * 10 * gib && most.oneBrokerLost <= 0.85 * 10 * gib);
      assert.ok(fullestDisk(settings, [1]) > 0.75);
    },
  );

  /** Whether the settings pass the checks; their disks then stay below the limit, with a broker gone too. */
  function staysBelowLimit(config: Record<string, unknown>, parts: readonly number[]): boolean {
    const settings = sampleSettings(config);
    if (roomFaults(settings).length > 0) return false;
    // What is compacted has no limit by size: its part is that of its partitions.
    const even = settings.topics.some(({ cleanupPolicy }) => cleanupPolicy === "compact");
    const share = even ? settings.topics.map(({ partitions }) => partitions) : parts;
    const full = fullestDisk(settings, share.slice(0, settings.topics.length));
    assert.ok(full <= 0.86, `${full}`);
    if (settings.brokers.count > settings.brokers.replicationFactor) {
      // The topics keep what they kept.
      const gone = mostUsed(settings).oneBrokerLost;
      assert.ok(gone <= settings.brokers.volumeGiB * gib * 0.85, `${gone}`);
    }
    return true;
  }

  it("never fill at the declared load when the checks have passed, whatever topic gets most of it", function () {
    this.timeout(120_000);
    for (const filled of cleanedAtOnce) assert.ok(staysBelowLimit({ ...filled, brokerVolumeGiB: 50 }, [1]));
    let passed = 0;
    fc.assert(
      fc.property(configuration, fc.array(whole(1, 100), { minLength: 3, maxLength: 3 }), (config, parts) => {
        if (staysBelowLimit(config, parts)) passed++;
      }),
      { numRuns: 150 },
    );
    assert.ok(passed > 40, `${passed} passed the checks`);
  });
});

/** What would be measured at the declared load, with disks as full as retention makes them. */
function atPlan(settings: Settings): Measurements {
  const { vcpus } = instanceFacts(settings.brokers.instanceType, settings);
  const full = planRetention(settings).diskFill.allBrokers * settings.brokers.volumeGiB * gib;
  return {
    seconds: 180,
    brokers: meanTraffic(settings).map((load, index) => ({
      node: `kafka-${index + 1}`,
      usedBytes: full,
      writtenBytesPerDay: load.diskWriteMBps * 1e6 * 86_400,
      receivedBytesPerSecond: load.networkInMBps * 1e6,
      sentBytesPerSecond: load.networkOutMBps * 1e6,
      diskBytesPerSecond: (load.diskWriteMBps + load.diskReadMBps) * 1e6,
      diskReadBytesPerSecond: load.diskReadMBps * 1e6,
      diskOperationsPerSecond: ((load.diskWriteMBps + load.diskReadMBps) * 1e6) / 2 ** 19,
      busyCpus: (load.networkInMBps + load.networkOutMBps) / brokerMBpsPerVcpu(vcpus),
      busiestThread: 0.3,
    })),
    zookeeper: [{ node: "zookeeper-1", usedBytes: gib / 2 }],
  };
}

describe("autosize at the plan", () => {
  const proposed = (settings: Settings) => {
    const { changes, beyondLimits } = propose(settings, atPlan(settings), defaultLimits(settings));
    return [...changes.map(({ key, to, reason }) => `${key} ${to}: ${reason}`), ...beyondLimits];
  };

  for (const stack of ["prod", "local", "dev"]) {
    it(`proposes nothing for the shipped Pulumi.${stack}.yaml`, () => {
      const text = readFileSync(join(repository, `Pulumi.${stack}.yaml`), "utf8");
      const { raw, context } = readStackFile(text, { project: "kafka-on-ec2", stack });
      assert.deepEqual(proposed(parseSettings(raw, context)), []);
    });
  }

  it("proposes nothing for any configuration that is accepted", function () {
    this.timeout(120_000);
    let accepted = 0;
    fc.assert(
      fc.property(
        configuration,
        fc.constantFrom("t3.micro", "m7g.large", "m7g.4xlarge"),
        fc.constantFrom(0.01, 1, 10, 40, 100, 200),
        fc.constantFrom(0, 1, 3),
        (config, brokerInstanceType, workloadIngestMBps, workloadConsumerGroups) => {
          const settings = sampleSettings({
            ...config,
            brokerInstanceType,
            workloadIngestMBps,
            workloadConsumerGroups,
            workloadDatabaseDownHours: 1,
            brokerVolumeGiB: config.brokerVolumeGiB * 10,
          });
          if (roomFaults(settings).length > 0 || overloadFaults(settings).length > 0) return;
          accepted++;
          assert.deepEqual(proposed(settings), [], JSON.stringify(planCapacity(settings).tightest));
        },
      ),
      { numRuns: 300 },
    );
    assert.ok(accepted > 60, `${accepted} accepted`);
  });
});
