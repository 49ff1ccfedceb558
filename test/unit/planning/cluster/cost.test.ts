import assert from "node:assert/strict";
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

  it("says what compression and reading the nearest copy save", () => {
    const { saved, total, nearestCopyWouldSave } = planCost(sampleSettings(production));
    const uncompressed = planCost(sampleSettings({ ...production, workloadCompressionRatio: 1 })).total;
    assert.ok(Math.abs(uncompressed - total - saved.byCompression) < 0.02);
    const nearest = planCost(sampleSettings({ ...production, workloadReadNearestCopy: true }));
    assert.ok(Math.abs(total - nearest.total - nearestCopyWouldSave) < 0.02 && nearestCopyWouldSave > 0);
    assert.equal(nearest.saved.byNearestCopy, nearestCopyWouldSave);
  });

  it("holds MSK against it: as many brokers in each zone, no charge for copies; and says which is cheaper", () => {
    const large = planCluster(sampleSettings(production));
    assert.equal(large.cost.msk.of, "6 × kafka.m7g.xlarge");
    assert.ok(large.cost.msk.total < large.cost.total);
    assert.match(
      planTable([{ title: "", plan: large }]),
      /on Amazon MSK +\$[\d,]+ \(6 × kafka\.m7g\.xlarge\): MSK is \$[\d,]+ cheaper/,
    );
    assert.match(planTable([{ title: "", plan: planCluster(sampleSettings()) }]), /on Amazon MSK .* more/);
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
    const type = (brokerInstanceType: string) => planCost(sampleSettings({ brokerInstanceType })).msk.of;
    assert.deepEqual(
      ["t3.micro", "m7g.large", "m7g.xlarge", "r7g.large", "c7g.2xlarge"].map(type),
      ["large", "large", "xlarge", "xlarge", "2xlarge"].map((size) => `6 × kafka.m7g.${size}`),
    );
  });
});
