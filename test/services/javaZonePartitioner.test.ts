import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { Partitioners } from "kafkajs";

import { javaExample } from "./javaExample";

const zoneOf = (id: number) => [..."abcab"][id - 1];

describe("the partitioner for Java that knows its zone", function () {
  this.timeout(420_000);
  let classpath: string;
  before(async () => (classpath = await javaExample()));

  /** The partitions that it writes for these lines (PartitionChoices). */
  const choices = (...lines: readonly string[]): number[][] =>
    execFileSync("java", ["-XX:TieredStopAtLevel=1", "-cp", classpath, "PartitionChoices"], {
      input: `${lines.join("\n")}\n`,
      encoding: "utf8",
    })
      .trimEnd()
      .split("\n")
      .map((line) => line.split(",").map(Number));

  it("sends events without a key to leaders in its zone; where there are none to any leader", () => {
    const scenes = [
      ["a", [1, 2, 3, 4, 5, -1]],
      ["c", [1, 2, 3, 4, 5, -1]],
      ["c", [1, 2, -1, 4, 5]],
      ["d", [1, -1, 2]],
      ["-", [1, 2, 3]],
      ["a", [-1, -1]],
    ] as const;
    const all = choices(
      ...scenes.flatMap(([zone, leaders]) => [`zone ${zone} 4096`, `leaders ${leaders.join()}`, "send 3000 365"]),
    );
    for (const [index, [zone, leaders]] of scenes.entries()) {
      const near = leaders.filter((id) => id > 0 && zoneOf(id) === zone);
      const led = leaders.filter((id) => id > 0);
      const allowed = near.length > 0 ? near : led.length > 0 ? led : leaders;
      const expected = leaders.flatMap((id, partition) => ((allowed as number[]).includes(id) ? [partition] : []));
      assert.deepEqual([...new Set(all[index])].sort(), expected, `${zone}: ${leaders.join()}`);
    }
  });

  it("stays with a partition for a batch, then takes another, and all of its zone in turn", () => {
    const [chosen = []] = choices("zone a 3650", "leaders 1,2,3,4,5,1,4,3", "send 4000 365");
    for (let at = 0; at < chosen.length; at += 10) {
      assert.equal(new Set(chosen.slice(at, at + 10)).size, 1);
      if (at > 0) assert.notEqual(chosen[at], chosen[at - 1]);
    }
    for (const partition of [0, 3, 5, 6]) {
      const count = chosen.filter((one) => one === partition).length;
      assert.ok(count > 700 && count < 1300, `partition ${partition}: ${count}`);
    }
    // By Kafka's own default, where the producer has no batch.size.
    const [byDefault = []] = choices("zone a", "leaders 1,1", "send 128 256");
    assert.equal(new Set(byDefault.slice(0, 64)).size, 1);
    assert.equal(new Set(byDefault.slice(64)).size, 1);
    assert.notEqual(byDefault[0], byDefault[64]);
  });

  it("leaves a partition at once when its leader is elsewhere, and comes back", () => {
    const [first, second, third, fourth] = choices(
      "zone c 1000000",
      ...["leaders 1,3,2", "send 1 365", "leaders 3,1,2", "send 1 365", "leaders 1,1,2", "send 1 365"],
      ...["leaders 1,1,3", "send 1 365"],
    );
    assert.deepEqual([first, second, fourth], [[1], [0], [2]]);
    assert.ok([0, 1, 2].includes(third?.[0] ?? -1));
  });

  it("sends events with a key where kafkajs and every other client send them", () => {
    const keys = ["user-1", "user-2", "ü", "a much longer key", "x"];
    const partitionMetadata = [1, 2, 3, 4, 5, 1, 2].map((leader, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader,
      replicas: [],
      isr: [],
    }));
    const always = Partitioners.DefaultPartitioner();
    const expected = keys.map((key) => [always({ topic: "t", partitionMetadata, message: { key, value: "" } })]);
    assert.deepEqual(choices("zone c", "leaders 1,2,3,4,5,1,2", ...keys.map((key) => `key ${key}`)), expected);
  });
});
