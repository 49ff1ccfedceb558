import assert from "node:assert/strict";
import fc from "fast-check";
import { wireFactor } from "../../../../planning/capacity/capacity";
import { overloadFaults } from "../../../../planning/capacity/overload";
import { partitionShares } from "../../../../planning/capacity/partitionShares";
import { planCost, standingCost } from "../../../../planning/cluster/cost";
import { planCluster } from "../../../../planning/cluster/plan";
import { planTable } from "../../../../planning/cluster/planText";
import { parseSettings } from "../../../../settings/check";
import { instanceFacts } from "../../../../settings/instanceTypes";
import type { Settings } from "../../../../settings/settings";
import { sampleConfig, sampleContext, sampleSettings } from "../../settings/sampleSettings";

const production = {
  workloadIngestMBps: 100,
  workloadCompressionRatio: 4,
  workloadDatabaseDownHours: 24,
  brokerInstanceType: "m7g.xlarge",
  brokerVolumeGiB: 4096,
  brokerVolumeThroughputMiBps: 250,
  topics: [{ name: "user-activity", partitions: 60, retentionHours: 48 }],
};

describe("the plan's figures", () => {
  it("are rounded where they are made", () => {
    const long = /\d\.\d*?(0{6}|9{6})\d|\d{7,}\.\d{4}|\.\d{10}/;
    for (const config of [{}, production, { ...production, workloadEventBytes: 137, workloadIngestMBps: 0.3 }]) {
      const text = JSON.stringify(planCluster(sampleSettings(config)));
      assert.doesNotMatch(text, long, long.exec(text)?.[0]);
    }
  });
});

describe("cost", () => {
  const byItem = (settings: Settings) => new Map(planCost(settings).items.map(({ item, usd }) => [item, usd]));
  /** 100 MB/s of which nothing is compressed and nothing is overhead. */
  const plain = { ...production, workloadCompressionRatio: 1, workloadEventBytes: 1_000_000 };

  it("is the sum of its items", () => {
    const { items, total } = planCost(sampleSettings(production));
    assert.ok(Math.abs(items.reduce((sum, { usd }) => sum + usd, 0) - total) < 0.01);
    assert.ok(items.every(({ usd }) => usd >= 0));
  });

  it("a copy in another zone costs $5,256 a month at 100 MB/s uncompressed", () => {
    const copies = byItem(sampleSettings(plain)).get("copies between zones") ?? 0;
    // One of the three other copies may be in the leader's own zone.
    assert.ok(copies > 2 * 5250 && copies < 3 * 5260, String(copies));
    assert.ok(Math.abs((byItem(sampleSettings(plain)).get("producers between zones") ?? 0) - (5256 * 2) / 3) < 10);
  });

  it("each saving is the difference of two bills, and is taken or not by the settings alone", () => {
    const settings = [
      ["compression", { workloadCompressionRatio: 1 }, { workloadCompressionRatio: 4 }],
      ["nearest copy", { workloadReadNearestCopy: false }, { workloadReadNearestCopy: true }],
      ["partitions near by", { workloadProduceInZone: false }, { workloadProduceInZone: true }],
    ] as const;
    const others = fc.record({
      brokerCount: fc.integer({ min: 5, max: 9 }),
      workloadConsumerGroups: fc.integer({ min: 1, max: 3 }),
      workloadCompressionRatio: fc.constantFrom(2, 4),
      workloadReadNearestCopy: fc.boolean(),
      workloadProduceInZone: fc.boolean(),
    });
    fc.assert(
      fc.property(others, fc.constantFrom(...settings), (changed, [by, without, with_]) => {
        const cost = (more: object) => planCost(sampleSettings({ ...production, ...changed, ...more }));
        const [dearer, cheaper] = [cost(without), cost(with_)];
        const [would, does] = [dearer, cheaper].map(({ savings }) => savings.find((saving) => saving.by === by));
        assert.deepEqual([would?.isTaken, does?.isTaken], [false, true]);
        const difference = dearer.total - cheaper.total;
        assert.ok(difference > 0);
        for (const saving of [would, does]) assert.ok(Math.abs((saving?.usd ?? 0) - difference) < 0.05, by);
      }),
      { numRuns: 30 },
    );
  });

  it("settings that are said to save do save what is said, with the same promises", () => {
    const { savings, total } = planCost(sampleSettings(production));
    const [even, smaller] = ["even zones", "smaller volumes"].map((by) => savings.find((saving) => saving.by === by));
    const parts = /brokerCount (\d+), brokerVolumeGiB (\d+)/.exec(even?.asks ?? "");
    const wide = { ...production, brokerCount: Number(parts?.[1]), brokerVolumeGiB: Number(parts?.[2]) };
    assert.equal(wide.brokerCount, 6);
    assert.ok(Math.abs(total - planCost(sampleSettings(wide)).total - (even?.usd ?? 0)) < 0.05);
    const volumeGiB = Number(/brokerVolumeGiB (\d+)/.exec(smaller?.asks ?? "")?.[1]);
    const tight = sampleSettings({ ...production, brokerVolumeGiB: volumeGiB });
    assert.ok(Math.abs(total - planCost(tight).total - (smaller?.usd ?? 0)) < 0.05);
    assert.deepEqual(overloadFaults(tight), []);
    assert.ok(!planCost(tight).savings.some(({ by }) => by === "smaller volumes"));
    assert.ok(!planCost(sampleSettings(wide)).savings.some(({ by }) => by === "even zones"));
  });

  it("producers of a zone use the partitions led there, and share them evenly", () => {
    const some = fc.array(fc.constantFrom<string | undefined>("a", "b", "c", undefined), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(some, fc.boolean(), (leaderZones, produceInZone) => {
        const shares = partitionShares(leaderZones, ["a", "b", "c"], { produceInZone });
        const of = (chosen: readonly number[]) => chosen.reduce((sum, share) => sum + share, 0);
        assert.ok(Math.abs(of(shares) - 1) < 1e-9);
        if (!produceInZone) assert.equal(new Set(shares).size, 1);
        else if (["a", "b", "c"].every((zone) => leaderZones.includes(zone)))
          for (const zone of ["a", "b", "c"])
            assert.ok(Math.abs(of(shares.filter((_, index) => leaderZones[index] === zone)) - 1 / 3) < 1e-9);
      }),
    );
  });

  it("events sent to a zone with one broker of five fill its partitions sooner, and the broker sends more", () => {
    const plan = (workloadProduceInZone: boolean) =>
      planCluster(sampleSettings({ ...production, workloadProduceInZone }));
    assert.ok((plan(true).retention.hours ?? 0) < (plan(false).retention.hours ?? 0));
    const [all] = plan(true).capacity.scenarios;
    assert.equal(all?.busiest.broker, "kafka-3");
  });

  it("holds MSK against it: as many brokers in each zone, no charge for copies; and says which is cheaper", () => {
    const large = planCluster(sampleSettings(production));
    const { msk, total } = large.cost;
    assert.ok(msk);
    assert.equal(msk.of, "6 × kafka.m7g.xlarge");
    // Four fifths of 5 × 4096 GiB: a broker that fails gets its volume back.
    assert.deepEqual([msk.brokers, msk.storage], [1787.04, 1638.4]);
    assert.ok(msk.total < total);
    assert.match(
      planTable([{ title: "", plan: large }]),
      /on Amazon MSK +\$[\d,]+ \(6 × kafka\.m7g\.xlarge, 4 copies, the same clients\): MSK is \$[\d,]+ cheaper/,
    );
    assert.match(planTable([{ title: "", plan: planCluster(sampleSettings()) }]), /on Amazon MSK .* more/);
  });

  it("at the load that it names both bills are the same", () => {
    for (const changed of [{}, { workloadReadNearestCopy: true }, { workloadProduceInZone: true }]) {
      const { msk } = planCost(sampleSettings({ ...production, ...changed }));
      const same = planCost(
        sampleSettings({ ...production, ...changed, workloadIngestMBps: msk?.dearerUpToMBps, workloadPeakFactor: 1 }),
      );
      assert.ok(Math.abs(same.total - (same.msk?.total ?? 0)) < 3, `${same.total} ${same.msk?.total}`);
    }
  });

  it("clients save on MSK what they save here, where they do", () => {
    const traffic = (changed: object) => planCost(sampleSettings({ ...production, ...changed })).msk?.traffic ?? 0;
    assert.ok(traffic({}) > traffic({ workloadReadNearestCopy: true }));
    assert.equal(traffic({ workloadReadNearestCopy: true, workloadProduceInZone: true }), 0);
  });

  it("MSK Express takes the peak with a zone lost, by its limits, and is billed what is written and kept", () => {
    const load = fc.record({
      workloadIngestMBps: fc.integer({ min: 1, max: 2000 }),
      workloadConsumerGroups: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(load, (changed) => {
        const settings = sampleSettings({ ...production, ...changed, allowOverload: true });
        const express = planCost(settings).mskExpress;
        const [, count, size] = /^(\d+) × express\.m7g\.(\d*)x?large$/.exec(express?.of ?? "") ?? [];
        const multiple = express?.of.endsWith(".large") ? 1 : 2 * Number(size || 1);
        const left = (Number(count) * 2 * multiple) / 3;
        const peak = 2 * changed.workloadIngestMBps * wireFactor(settings);
        assert.ok(left * 15.6 >= peak && left * 31.2 >= peak * changed.workloadConsumerGroups);
        const parts =
          (express?.brokers ?? 0) + (express?.storage ?? 0) + (express?.traffic ?? 0) + (express?.written ?? 0);
        assert.ok(Math.abs((express?.total ?? 0) - parts) < 0.05);
      }),
      { numRuns: 30 },
    );
    const { mskExpress } = planCost(sampleSettings(production));
    assert.equal(mskExpress?.of, "3 × express.m7g.xlarge");
    // 25.5 MB/s for 730 hours, at a cent a GB.
    assert.equal(mskExpress.written, 670.14);
  });

  it("by the hour is what stands there, without traffic; the DNS zone is billed by the month", () => {
    const settings = sampleSettings(production);
    const { hourly, monthly } = standingCost(settings);
    const items = planCost(settings).items.filter(({ item }) => !item.endsWith("between zones"));
    const standing = items.reduce((sum, { usd }) => sum + usd, 0);
    assert.ok(Math.abs(hourly * 730 + monthly - standing) < 0.05, `${hourly} ${monthly} ${standing}`);
    assert.deepEqual([monthly, byItem(settings).get("private DNS zone")], [0.5, 0.5]);
  });

  it("says where a price is not known, and takes the largest of MSK's where no type is as large", () => {
    const learned = { ...instanceFacts("m7g.16xlarge", sampleSettings()), type: "x8.huge", vcpus: 512, usdPerHour: 0 };
    const context = { ...sampleContext, learnedTypes: [learned] };
    const { items, msk } = planCost(parseSettings({ ...sampleConfig, brokerInstanceType: "x8.huge" }, context));
    assert.ok(msk);
    assert.deepEqual(
      items.slice(0, 2).map(({ of, usd }) => [of, usd > 0]),
      [
        ["5 × x8.huge, whose price is not known", false],
        ["3 × t3.micro", true],
      ],
    );
    assert.match(msk.of, /^6 × kafka\.m7g\.16xlarge$/);
  });

  it("on MSK is that of the smallest type with as many CPUs and as much memory", () => {
    const type = (brokerInstanceType: string) => planCost(sampleSettings({ brokerInstanceType })).msk?.of;
    assert.deepEqual(
      ["t3.micro", "m7g.large", "m7g.xlarge", "r7g.large", "c7g.2xlarge"].map(type),
      ["large", "large", "xlarge", "xlarge", "2xlarge"].map((size) => `6 × kafka.m7g.${size}`),
    );
  });

  it("is by the prices of the region; of MSK and of types without a source it says so", () => {
    const inRegion = (region: string, brokerInstanceType = "m7g.xlarge") => {
      const availabilityZones = [..."abc"].map((zone) => region + zone);
      return parseSettings(
        { ...sampleConfig, ...production, availabilityZones, brokerInstanceType },
        { ...sampleContext, region },
      );
    };
    const bills = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1"].map((region) => {
      const { items, prices, msk, mskExpress } = planCost(inRegion(region));
      assert.equal(prices.region, region);
      return [
        ...["broker instances", "broker volumes", "EC2 endpoint"].map(
          (name) => Math.round((items.find(({ item }) => item === name)?.usd ?? 0) * 10) / 10,
        ),
        msk?.of,
        mskExpress?.of,
      ];
    });
    assert.deepEqual(bills, [
      [595.7, 1638.4, 21.9, "6 × kafka.m7g.xlarge", "3 × express.m7g.xlarge"],
      [595.7, 1638.4, 21.9, undefined, undefined],
      [664.3, 1802.2, 24.1, undefined, undefined],
      [713.9, 1949.7, 26.3, undefined, undefined],
      [744.6, 1966.1, 28.5, "6 × kafka.m7g.xlarge", undefined],
    ]);
    assert.equal(planCost(inRegion("eu-north-1")).prices.region, "us-east-1");
    const [compute] = planCost(inRegion("eu-west-1", "c7g.2xlarge")).items;
    assert.equal(compute?.of, "5 × c7g.2xlarge, at the price of us-east-1");
    assert.match(
      planTable([{ title: "", plan: planCluster(inRegion("eu-west-1")) }]),
      /on Amazon MSK +not known: no source has all of its prices in eu-west-1/,
    );
  });
});
