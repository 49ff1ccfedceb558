import assert from "node:assert/strict";
import { falseAlarms, notices, parseReading, watcherCosts } from "../../../trials/drills/watchers";

const printed = (changes: { kafka?: string; cpu?: number; fence?: number; line?: string; machine?: number } = {}) =>
  [
    `machine\t${changes.machine ?? 52303}`,
    `service\tkafka.service\t${changes.kafka ?? "201\t54023"}`,
    `watcher\tself-fence.service\t${changes.fence ?? 300}\t${changes.cpu ?? 1000}\t10240`,
    ...(changes.line === undefined ? [] : [`line\tself-fence.service\t${changes.line}`]),
    "gc\t3\t64.2\t37.1",
    "",
  ].join("\n");
const reading = (changes?: Parameters<typeof printed>[0]) => parseReading("kafka-2", printed(changes));

describe("the watchers in a run without a fault", () => {
  it("are read from what a node prints", () => {
    assert.deepEqual(reading({ line: "a\tb" }), {
      node: "kafka-2",
      machine: "52303",
      services: [{ unit: "kafka.service", pid: 201, started: "54023" }],
      watchers: [{ unit: "self-fence.service", pid: 300, cpuMs: 1000, memoryKiB: 10240 }],
      lines: [{ unit: "self-fence.service", text: "a\tb" }],
      gc: { count: 3, sumMs: 64.2, maxMs: 37.1 },
    });
  });

  it("raise no alarm when nothing happened but the routine", () => {
    assert.deepEqual(falseAlarms([reading()], [reading({ cpu: 2000, line: "8 of 8 nodes well" })]), []);
  });

  const alarms: readonly (readonly [string, Parameters<typeof printed>[0], RegExp])[] = [
    ["Kafka was restarted", { kafka: "202\t60000" }, /kafka.service was ended or restarted/],
    ["Kafka is down", { kafka: "0\t0" }, /kafka.service was ended/],
    ["the process id is the same by chance", { kafka: "201\t60000" }, /kafka.service was ended/],
    ["the machine was replaced", { machine: 99999 }, /another machine/],
    ["a watcher has died", { fence: 0 }, /self-fence.service does not run/],
    ["a watcher was restarted", { fence: 301 }, /self-fence.service was restarted/],
    [
      "a broker was fenced",
      { line: "FENCED: a write hangs; killed Kafka" },
      /self-fence.service said: FENCED: a write/,
    ],
    [
      "a broker was expelled",
      { line: "EXPELLED broker 5, which answers nobody: deleted /brokers/ids/5" },
      /self-fence.service said: EXPELLED broker 5/,
    ],
    [
      "a server of ZooKeeper's was taken for silent",
      { line: "10.20.0.101:2181 answers nothing: its connections are closed" },
      /self-fence.service said: 10.20.0.101:2181/,
    ],
    ["the guardian acted", { line: "kafka-4: out since 01:15:10Z (x): marking i-1 unhealthy" }, /marking i-1/],
  ];
  for (const [what, changes, why] of alarms) {
    it(`are found out when ${what}`, () => {
      const found = falseAlarms([reading()], [reading(changes)]);
      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", why);
    });
  }

  it("may notice something, as long as they do nothing", () => {
    const after = reading({ line: "the disk is slow; not fenced: broker 3 may be fenced, one at a time" });
    assert.deepEqual(falseAlarms([reading()], [after]), []);
    assert.match(notices([after])[0] ?? "", /^kafka-2: self-fence.service said: the disk is slow/);
    assert.deepEqual(notices([reading({ line: "watching the data disk and the peers of broker 2" })]), []);
  });

  it("cost what they used in between", () => {
    const [cost] = watcherCosts([reading({ cpu: 1000 })], [reading({ cpu: 7000 })], 600);
    assert.deepEqual(cost, { node: "kafka-2", unit: "self-fence.service", cpuPercent: 1, memoryMiB: 10 });
  });
});
