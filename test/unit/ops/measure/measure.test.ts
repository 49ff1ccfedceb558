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
const answer = (seconds: number, service = 900) => {
  const ticks = (each: number) => each * seconds;
  return `uptime ${1000 + seconds}.50
service ${service}
used ${5_000_000_000 + seconds}
cpu  ${ticks(100)} ${ticks(3)} ${500 + ticks(40)} 90000 700 ${ticks(7)} ${20 + ticks(10)} ${ticks(5)} 0 0
disk ${10 * seconds} ${2000 * seconds} ${50 * seconds} ${40_000 * seconds}
network ${75_000_000 * seconds} ${80_000_000 * seconds}
thread 101 ${100_000_000 * seconds} 0, thread 102 ${300_000_000 * seconds} ${50_000_000 * seconds}, 
`;
};

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
        busyCpus: 1.65,
        busiestThread: 0.35,
      },
    );
  });

  it("that can't be read are shown with what came instead", () => {
    assert.throws(
      () => parseCounters("kafka-3", "\n(ssh to 10.20.0.13 ended with 255)"),
      /kafka-3 does not say its "uptime".*\n\(ssh to 10\.20\.0\.13 ended with 255\)/,
    );
    for (const [label, line] of [
      ["disk", ""],
      ["disk", "disk 1 2 3"],
      ["network", "network 5 -"],
      ["cpu", "cpu 1 2 3 4 5 6 7"],
      ["used", "used"],
    ] as const)
      assert.throws(
        () => parseCounters("kafka-3", answer(1).replace(new RegExp(`^${label}.*$`, "m"), line)),
        new RegExp(`kafka-3 does not say its "${label}"`),
      );
    assert.equal(parseCounters("kafka-3", answer(1).replace(/^network.*$/m, "network 5 0")).sentBytes, 0);
  });

  it("tell of no rates of a node that has started anew, nor between two looks at the same moment", () => {
    const at = (seconds: number, service?: number) => parseCounters("kafka-1", answer(seconds, service));
    for (const [before, after] of [
      [at(60), at(60)],
      [at(60), at(30)],
      [at(0), at(60, 901)],
    ] as const)
      assert.throws(() => ratesBetween("kafka-1", before, after), /kafka-1 has started anew/);
  });

  it("tell how busy the busiest thread is: all the time at most, and not one that was not there before", () => {
    const between = (before: string, after: string) => {
      const [first, second] = [before, after].map((threads, index) =>
        parseCounters("kafka-1", answer(60 * index).replace(/^thread.*$/m, threads)),
      ) as [ReturnType<typeof parseCounters>, ReturnType<typeof parseCounters>];
      return ratesBetween("kafka-1", first, second).busiestThread;
    };
    assert.equal(between("thread 1 0 0,", "thread 1 50000000000 20000000000,"), 1);
    assert.equal(between("thread 1 0 0,", "thread 1 6000000000 0, thread 2 30000000000 0,"), 0.1);
    assert.equal(between("", ""), 0);
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

  it("does not count a copy that was not there before, one that moves between directories, nor no time at all", () => {
    const future = (bytes: number): LogObservation => ({
      ...observation(0, 1000),
      logDirs: new Map([[1, [{ path: "/d", partitions: [{ topic: "t", partition: 0, bytes, isFuture: true }] }]]]),
    });
    assert.equal(appendedBytesPerDay(1, [future(0), { ...future(5000), atMs: 10_000 }]), 0);
    assert.equal(appendedBytesPerDay(1, [observation(0, 1000), observation(10, 1000, 5000)]), 0);
    assert.equal(appendedBytesPerDay(1, [observation(0, 1000), observation(0, 2000)]), 0);
    assert.equal(appendedBytesPerDay(1, [observation(0, 1000)]), 0);
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
    const here = world();
    const looks: number[] = [];
    const logDirs = () => {
      looks.push(here.now());
      return here.admin.logDirs();
    };
    const admin = { ...here.admin, logDirs };
    const measured = await measure(cluster, 60, (line) => lines.push(line), { ...here, admin });
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
    assert.equal(lines[0], "measuring kafka-test (60 s left)");
    const left = lines.map((line) => Number(/\((\d+) s left\)$/.exec(line)?.[1]));
    assert.ok(left.slice(1).every((seconds, index) => left[index]! - seconds >= 1 && left[index]! - seconds <= 6));
    // The logs at the start, at the end, and every ten seconds or so in between.
    assert.equal(looks[0], 0);
    assert.ok(looks.at(-1)! >= 59_000 && looks.length >= 5, looks.join());
    assert.ok(looks.slice(1, -1).every((at, index) => at - looks[index]! >= 10_000 && at - looks[index]! <= 16_000));
    assert.ok(here.now() >= 60_000 && here.now() <= 63_000, `it took ${here.now()} ms`);
    // The volumes as they are at the end.
    for (const { usedBytes } of [...measured.brokers, ...measured.zookeeper])
      assert.ok(usedBytes >= 5_000_000_060, `${usedBytes}`);
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

  it("asks the cluster itself, at the addresses of its nodes", async () => {
    // Nobody listens there.
    const nowhere = <T extends object>(node: T) => ({ ...node, privateIp: "127.0.0.77" });
    const here = { ...cluster, brokers: cluster.brokers.map(nowhere), zookeeper: cluster.zookeeper.map(nowhere) };
    await assert.rejects(
      measure(here, 5, () => undefined),
      /not whole.*zookeeper-1: connection refused by 127\.0\.0\.77:2181.*kafka-5: connection refused on port 9092/,
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
