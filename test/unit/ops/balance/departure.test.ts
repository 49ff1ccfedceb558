import assert from "node:assert/strict";
import { departureOf } from "../../../../ops/balance/departure";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../../settings/sampleSettings";

const cluster = describeCluster(sampleSettings({ dnsDomain: "events.internal" }), "bucket");

describe("a broker that goes", () => {
  const calls: string[][] = [];
  const answering = (answer: string) =>
    departureOf(cluster, (_cluster, host, script) => {
      calls.push([host, script]);
      return Promise.resolve(answer);
    });
  beforeEach(() => void (calls.length = 0));

  it("is found by its name, and stopped and started there", async () => {
    const { stop, start } = answering("done");
    await stop(12);
    await start(12);
    assert.deepEqual(calls, [
      ["kafka-12.events.internal", "sudo -n systemctl stop kafka.service && echo done"],
      ["kafka-12.events.internal", "sudo -n systemctl start --no-block kafka.service && echo done"],
    ]);
  });

  it("is not said to have stopped when its machine does not say so", async () => {
    for (const answer of ["", "(ssh to kafka-12.events.internal ended with 255)", "undone"])
      await assert.rejects(answering(answer).stop(12), /systemctl stop kafka\.service on kafka-12\.events\.internal: /);
  });
});
