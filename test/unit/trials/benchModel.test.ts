import assert from "node:assert/strict";
import type { BrokerMeasurement } from "../../../planning/autosize/measurements";
import { placeTopic } from "../../../planning/placement/topicPlacement";
import {
  isWithinTolerance,
  measuredBottleneck,
  modelCases,
  modelTable,
  predict,
} from "../../../trials/bench/modelCases";
import { sampleSettings } from "../settings/sampleSettings";

const settings = sampleSettings();
const brokers = [1, 2, 3, 4, 5].map((id) => ({ id, zone: `zone-${id % 3}` }));
const placement = (replicationFactor: number) =>
  placeTopic({ partitions: 15, replicationFactor, minInsyncReplicas: 2, brokers, topicIndex: 0 });
/** So long that what each event takes in a batch does not count. */
const long = 8_000_000;
const predicted = (one: Parameters<typeof predict>[1]) => predict(settings, one, placement(one.copies), long);

describe("the model that is held against limited brokers", () => {
  it("says what a broker's network and disk let through", () => {
    const figures = (one: Parameters<typeof predict>[1]) => {
      const { MBps, bottleneck } = predicted(one);
      return [Math.round(MBps * 10) / 10, bottleneck];
    };
    // Each of 5 brokers receives and writes 4/5 of what producers send, and sends 3/5, and 1/5 more for each group.
    assert.deepEqual(figures({ networkMBps: 10, copies: 4, groups: 0 }), [12.5, "network"]);
    assert.deepEqual(figures({ networkMBps: 10, copies: 4, groups: 3 }), [8.3, "network"]);
    // With 3 copies each zone holds one, so that the broker which is alone in its zone writes everything.
    assert.deepEqual(figures({ diskMBps: 10, copies: 3, groups: 1 }), [10, "disk"]);
    assert.deepEqual(figures({ networkMBps: 20, diskMBps: 5, copies: 4, groups: 1 }), [6.2, "disk"]);
    assert.deepEqual(figures({ networkMBps: 5, diskMBps: 20, copies: 4, groups: 2 }), [5, "network"]);
  });

  it("covers network and disk, 3 and 4 copies, and up to 3 groups", () => {
    assert.ok(modelCases.length >= 6);
    const all = modelCases.map((one) => ({ ...one, ...predicted(one) }));
    for (const bottleneck of ["network", "disk"])
      assert.ok(all.filter((one) => one.bottleneck === bottleneck).length >= 3);
    assert.deepEqual([...new Set(all.map(({ copies }) => copies))].sort(), [3, 4]);
    assert.deepEqual([...new Set(all.map(({ groups }) => groups))].sort(), [0, 1, 2, 3]);
  });

  it("is right within 15 %, and when it names the limit that the brokers came nearest to", () => {
    const modelCase = { networkMBps: 10, diskMBps: 20, copies: 4, groups: 0 };
    const broker = {
      receivedBytesPerSecond: 9.5e6,
      sentBytesPerSecond: 7e6,
      diskBytesPerSecond: 10e6,
    } as BrokerMeasurement;
    const measured = measuredBottleneck(modelCase, [broker, broker]);
    assert.deepEqual(measured, { bottleneck: "network", shares: { network: 0.95, disk: 0.5 } });
    const result = { modelCase, predicted: predicted(modelCase), measuredMBps: 11.5, measured };
    assert.ok(isWithinTolerance(result));
    assert.ok(!isWithinTolerance({ ...result, measuredMBps: 10.5 }));
    assert.ok(!isWithinTolerance({ ...result, measured: { ...measured, bottleneck: "disk" } }));
    assert.ok(!isWithinTolerance({ ...result, measured: undefined }));
    assert.match(
      modelTable([result]),
      /network 10, disk 20 +4 +0 +12\.5, network +11\.5 +network \(network 95 %, disk 50 %\) +-8 % +right/,
    );
  });
});
