import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describeCluster, type ClusterNode } from "../../../../planning/cluster/clusterDescription";
import { parseMeasurements } from "../../../../stack/autosize/measureStack";
import { appendedBytesPerDay, type LogObservation } from "../../../../ops/measure/appended";
import { measure, type MeasuredWorld } from "../../../../ops/measure/measure";
import { countersScript, parseCounters, ratesBetween } from "../../../../ops/measure/nodeCounters";
import { sampleSettings } from "../../settings/sampleSettings";

const cluster = describeCluster(sampleSettings(), "bucket");

/** What a broker prints, `seconds` after the first look. */
const answer = (seconds: number, service = 900) => `uptime ${1000 + seconds}.50
service ${service}
used ${5_000_000_000 + seconds}
cpu  ${1000 + 100 * seconds} 0 ${500 + 40 * seconds} 90000 700 10 ${20 + 10 * seconds} ${5 * seconds} 0 0
disk ${10 * seconds} ${2000 * seconds} ${50 * seconds} ${40_000 * seconds}
network ${75_000_000 * seconds} ${80_000_000 * seconds}
thread 101 ${100_000_000 * seconds} 0, thread 102 ${300_000_000 * seconds} ${50_000_000 * seconds}, 
`;

describe("a node's counters", () => {
  it("are read by the script, from a real kernel and a process with Kafka's thread names", () => {
    const folder = mkdtempSync(join(tmpdir(), "counters-"));
    const program = (name: string, text: string) => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(folder, name), 0o755);
    };
    copyFileSync("/bin/sleep", join(folder, "data-plane-kafka-request-handler-0"));
    const kafka = spawn(join(folder, "data-plane-kafka-request-handler-0"), ["60"], { stdio: "ignore" });
    try {
      const device = readFileSync("/proc/diskstats", "utf8").trim().split(/\s+/)[2] ?? "";
      program("mountpoint", `test "$2" = /var/lib/kafka`);
      program("findmnt", `echo /dev/${device}`);
      program("systemctl", `echo ${kafka.pid}`);
      program("sudo", 'shift; exec "$@"');
      program("df", "echo Used; echo 123456789012");
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
      const counters = parseCounters("kafka-1", execFileSync("sh", ["-c", countersScript], { env, encoding: "utf8" }));
      assert.equal(counters.usedBytes, 123_456_789_012);
      assert.equal(counters.service, kafka.pid);
      assert.deepEqual([...counters.threads.keys()], [kafka.pid]);
      assert.ok(counters.busySeconds > 0 && counters.uptimeSeconds > 0);
    } finally {
      kafka.kill();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("give rates: disk in sectors of 512, CPU with what was stolen, the busiest thread with its waiting", () => {
    const rates = ratesBetween("kafka-1", parseCounters("kafka-1", answer(0)), parseCounters("kafka-1", answer(60)));
    assert.deepEqual(
      Object.fromEntries(Object.entries(rates).map(([key, value]) => [key, Math.round(value * 1000) / 1000])),
      {
        receivedBytesPerSecond: 75_000_000,
        sentBytesPerSecond: 80_000_000,
        diskBytesPerSecond: 42_000 * 512,
        diskReadBytesPerSecond: 2000 * 512,
        diskOperationsPerSecond: 60,
        busyCpus: 1.55,
        busiestThread: 0.35,
      },
    );
  });

  it("that can't be read are shown with what came instead", () => {
    assert.throws(
      () => parseCounters("kafka-3", "\n(ssh to 10.20.0.13 ended with 255)"),
      /kafka-3 does not say its "uptime".*\n\(ssh to 10\.20\.0\.13 ended with 255\)/,
    );
    assert.throws(() => parseCounters("kafka-3", answer(1).replace(/^disk.*$/m, "")), /"disk"/);
  });
});

const observation = (atSeconds: number, ...bytes: number[]): LogObservation => ({
  atMs: atSeconds * 1000,
  logDirs: new Map([
    [
      1,
      [
        {
          path: "/var/lib/kafka",
          partitions: bytes.map((one, partition) => ({ topic: "t", partition, bytes: one, isFuture: false })),
        },
      ],
    ],
  ]),
});

describe("what a broker appends", () => {
  it("is counted although segments are deleted meanwhile", () => {
    const observations = [
      observation(0, 5000, 100),
      observation(10, 6000, 100),
      observation(20, 3000, 100),
      observation(30, 4000, 200),
    ];
    // 100 bytes a second while it can be seen, and 100 once in 30 s.
    assert.equal(Math.round(appendedBytesPerDay(1, observations)), 86_400 * 100 + 2880 * 100);
    assert.equal(appendedBytesPerDay(2, observations), 0);
  });

  it("is exact for steady writers, whenever old segments go", () => {
    const interval = fc.record({ seconds: fc.integer({ min: 1, max: 60 }), deleted: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(interval, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 0, max: 1e8 }),
        (all, rate) => {
          const [first, ...rest] = all;
          assert.ok(first);
          const observations = [observation(0, 1e12)];
          let [at, bytes] = [0, 1e12];
          for (const { seconds, deleted } of [{ ...first, deleted: false }, ...rest]) {
            at += seconds;
            bytes += rate * seconds - (deleted ? rate * seconds + 1e9 : 0);
            observations.push(observation(at, bytes));
          }
          const found = appendedBytesPerDay(1, observations);
          assert.ok(Math.abs(found - rate * 86_400) <= 1e-6 * rate * 86_400, String(found));
        },
      ),
    );
  });
});

/** A cluster with time of its own, in which every look takes a second. */
function world(changes: Partial<MeasuredWorld> = {}): MeasuredWorld {
  let now = 0;
  return {
    admin: {
      logDirs: () => {
        now += 1000;
        return Promise.resolve(observation(0, 1000 * now).logDirs);
      },
      reassignments: () => Promise.resolve([]),
    },
    missing: () => Promise.resolve([]),
    counters: () => Promise.resolve(answer(Math.round(now / 1000))),
    pause: (ms) => {
      now += ms;
      return Promise.resolve();
    },
    now: () => now,
    ...changes,
  };
}

describe("kafka-ops measure", () => {
  it("gives what autosize reads, and says every few seconds that it is at work", async () => {
    const lines: string[] = [];
    const measured = await measure(cluster, 60, (line) => lines.push(line), world());
    assert.deepEqual(parseMeasurements(JSON.stringify(measured)), measured);
    assert.deepEqual(
      measured.brokers.map(({ node }) => node),
      ["kafka-1", "kafka-2", "kafka-3", "kafka-4", "kafka-5"],
    );
    const [broker] = measured.brokers;
    assert.equal(Math.round(broker?.busyCpus ?? 0), 2);
    assert.equal(Math.round((broker?.writtenBytesPerDay ?? 0) / 86_400), 1_000_000);
    assert.equal(measured.zookeeper.length, 3);
    assert.ok(lines.length >= 10 && lines.length <= 13, String(lines.length));
  });

  it("does not measure a cluster that is not whole, or whose copies move: at the start or by the end", async () => {
    const moves = [{ topic: "t", partition: 0, replicas: [1, 2], adding: [2], removing: [] }];
    const { admin } = world();
    const moving = { ...admin, reassignments: () => Promise.resolve(moves) };
    await assert.rejects(
      measure(cluster, 5, () => undefined, world({ admin: moving })),
      /copies of 1 partitions/,
    );
    let observations = 0;
    const missing = () => Promise.resolve(++observations < 2 ? [] : [{ node: "kafka-2", what: "not registered" }]);
    await assert.rejects(
      measure(cluster, 5, () => undefined, world({ missing })),
      /not whole.*kafka-2: not registered.*measure again/,
    );
  });

  it("does not count across a restart", async () => {
    const asked = new Map<string, number>();
    const counters = ({ name }: ClusterNode) => {
      const times = (asked.get(name) ?? 0) + 1;
      asked.set(name, times);
      return Promise.resolve(answer(10 * times, name === "kafka-4" ? times : 900));
    };
    await assert.rejects(
      measure(cluster, 5, () => undefined, world({ counters })),
      /kafka-4 has started anew/,
    );
  });

  it("is not mistaken for something else", () => {
    assert.throws(() => parseMeasurements("hello"), /something else than a measurement: hello/);
    assert.throws(() => parseMeasurements('{"seconds": 3, "zookeeper": []}'), /brokers/);
  });
});
