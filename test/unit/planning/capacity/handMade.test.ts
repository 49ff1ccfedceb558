import assert from "node:assert/strict";
import { handMadeLimits } from "../../../../planning/capacity/handMade";
import { sampleSettings } from "../../settings/sampleSettings";

describe("the limit of topics made by hand", () => {
  it("grows with the volumes: one topic of 15 partitions takes 4 % of them, by segments of a tenth", () => {
    const small = handMadeLimits(sampleSettings({ brokerVolumeGiB: 100 }));
    const bytes = Number(small["log.retention.bytes"]);
    // Of 5 brokers with 4 copies of each of 15 partitions, 12 are on each.
    assert.equal(bytes, Math.floor((4 * 1024 ** 3) / 12));
    assert.equal(Number(small["log.segment.bytes"]), Math.floor(bytes / 10));
    const large = handMadeLimits(sampleSettings({ brokerVolumeGiB: 4096 }));
    assert.ok(Math.abs(Number(large["log.retention.bytes"]) / bytes - 40.96) < 0.001);
    assert.equal(large["log.segment.bytes"], String(1024 ** 3));
  });

  it("is that of brokerConfig where it gives one, and segments go by it", () => {
    const given = (...brokerConfig: string[]) => handMadeLimits(sampleSettings({ brokerConfig }));
    assert.deepEqual(given("log.retention.bytes=400000000"), { "log.segment.bytes": "40000000" });
    assert.deepEqual(given("log.retention.bytes=-1", "log.segment.bytes=5000000"), {});
  });
});
