import assert from "node:assert/strict";
import { copyingAhead } from "../../../../planning/cluster/copying";
import { planCluster } from "../../../../planning/cluster/plan";
import { sampleSettings } from "../../settings/sampleSettings";

const brokers = (count: number) => Array.from({ length: count }, (_, index) => `kafka-${index + 1}`);

function ahead(count: number, existing: readonly string[]): string | undefined {
  const settings = sampleSettings({
    brokerCount: count,
    brokerInstanceType: "m7g.xlarge",
    brokerVolumeGiB: 4096,
    workloadIngestMBps: 100,
    workloadCompressionRatio: 4,
    topics: [{ name: "events", partitions: 30, retentionHours: 168 }],
  });
  return copyingAhead(settings, planCluster(settings), existing);
}

describe("copies that an update will move", () => {
  it("none in a new cluster, and none when the brokers stay the same", () => {
    assert.equal(ahead(5, []), undefined);
    assert.equal(ahead(5, ["zookeeper-1", ...brokers(5)]), undefined);
  });

  it("onto new brokers, a share of all for each, and how long it takes", () => {
    const text = ahead(7, brokers(5)) ?? "";
    const [, percent, gigabytes, hours] =
      /onto kafka-6, kafka-7: .*\((\d+) %\) about (\d+) GB to a broker, ([\d.]+) h\./.exec(text) ?? [];
    const bytes = (Number(percent) / 100) * 4096 * 2 ** 30;
    assert.ok(Math.abs(Number(gigabytes) * 1e9 - bytes) < 0.02 * bytes, text);
    // gp3's 125 MiB/s, less 4 copies of 25 MB/s on 7 brokers.
    const rate = (125 * 2 ** 20 - (100e6 * 1) / 7) / 3;
    assert.ok(Math.abs(Number(hours) - bytes / rate / 3600) < 1, text);
    assert.match(text, /waits for 30 minutes of it/);
  });

  it("off brokers that leave, onto all that stay", () => {
    const text = ahead(5, brokers(7)) ?? "";
    const [, percent, gigabytes] =
      /^copies move off kafka-6, kafka-7: .*\((\d+) %\) about (\d+) GB to a broker, [\d.]+ h\./.exec(text) ?? [];
    const bytes = ((Number(percent) / 100) * 4096 * 2 ** 30 * 2) / 7;
    assert.ok(Math.abs(Number(gigabytes) * 1e9 - bytes) < 0.02 * bytes, text);
  });

  it("onto and off at once, where one takes the place of another", () => {
    assert.match(ahead(5, [...brokers(4), "kafka-9"]) ?? "", /^copies move onto kafka-5: /);
  });

  it("in MB and minutes where that says more", () => {
    const text = (brokerVolumeGiB: number, workloadIngestMBps: number) => {
      const settings = sampleSettings({
        brokerVolumeGiB,
        workloadIngestMBps,
        workloadEventBytes: 1_000_000,
        workloadDatabaseDownHours: 0,
        topics: [{ name: "hour", partitions: 5, retentionHours: 1 }],
      });
      return copyingAhead(settings, planCluster(settings), brokers(4)) ?? "";
    };
    // 4 of 5 partitions an hour, and as much again until the segment ends; 10 MB/s at least.
    assert.match(text(10, 0.01), /about (\d\d) MB to a broker, 1 min\./);
    assert.match(text(1000, 10), /about 35 GB to a broker, 60 min\./);
    assert.match(text(1000, 40), /about \d{3} GB to a broker, [34]\.\d h\./);
  });
});
