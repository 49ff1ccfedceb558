import assert from "node:assert/strict";
import { describeCluster } from "../../../planning/cluster/clusterDescription";
import type { ConfigSource, ConfigValue } from "../../../ops/kafka/configs";
import { freshMemory, type Memory } from "../../../ops/guardian/memory";
import { Upkeep, type UpkeepAdmin } from "../../../ops/guardian/upkeep";
import type { ConfigChange } from "../../../ops/kafka/admin";
import { foreignSettings, undoing } from "../../../ops/promises";
import { sampleSettings } from "../settings/sampleSettings";
import { FakeKafka } from "./fakeKafkaAdmin";

const cluster = describeCluster(
  sampleSettings({ topics: [{ name: "clicks", partitions: 2, retentionHours: 24 }] }),
  "bucket",
);

/** A cluster in which brokers and topics have these settings, by source. */
function world(given: Readonly<Record<string, Readonly<Record<string, readonly [ConfigSource, string]>>>> = {}) {
  const changes: ConfigChange[] = [];
  const [clicks] = cluster.topics;
  const topic = (name: string, replicas: readonly (readonly number[])[]) => ({
    name,
    partitions: replicas.map((some, partition) => ({ partition, leader: some[0] ?? -1, replicas: some, isr: some })),
  });
  let copies = clicks?.replicaAssignment ?? [];
  const asked = { times: 0 };
  const admin: UpkeepAdmin = {
    metadata: () => {
      asked.times++;
      return Promise.resolve({
        brokers: cluster.brokers.map(({ id, dnsName }) => ({ id, host: dnsName, port: 9092 })),
        controllerId: 1,
        topics: [topic("clicks", copies), topic("__consumer_offsets", [[1, 2]]), topic("theirs", [[1, 2]])],
      });
    },
    configs: (type, names) =>
      Promise.resolve(
        new Map(
          names.map((name): [string, Record<string, ConfigValue>] => {
            const own = Object.entries(given[`${type} ${name}`] ?? {}).map(
              ([key, [source, value]]) => [key, { source, value }] as const,
            );
            const settings = name === "clicks" ? Object.entries(clicks?.config ?? {}) : [];
            const all = settings.map(([key, value]) => [key, { source: "topic", value }] as const);
            return [name, Object.fromEntries([...all, ...own])];
          }),
        ),
      ),
    setConfigs: (some) => {
      changes.push(...some);
      return Promise.resolve();
    },
  };
  return { admin, changes, asked, withCopies: (some: readonly (readonly number[])[]) => void (copies = some) };
}

const found = async (...args: Parameters<typeof world>) => {
  const foreign = await foreignSettings(cluster, world(...args).admin);
  return { what: foreign.map(({ what }) => what), undo: undoing(foreign) };
};

describe("settings that are not the program's", () => {
  it("are none on a cluster that has only the program's", async () => {
    const settings = { "broker 1": { "num.io.threads": ["static", "8"], "log.roll.ms": ["default", "1"] } } as const;
    assert.deepEqual(await found(settings), { what: [], undo: [] });
  });

  it("of all brokers and of one are told, and taken back where they break a promise; throttles are not", async () => {
    const all = {
      "unclean.leader.election.enable": ["default-broker", "true"],
      "log.retention.ms": ["default-broker", "1000"],
      "num.io.threads": ["default-broker", "20"],
    } as const;
    const given = Object.fromEntries(cluster.brokers.map(({ id }) => [`broker ${id}`, all]));
    const one = {
      "max.connections.per.ip": ["broker", "1000000"],
      "follower.replication.throttled.rate": ["broker", "9"],
    } as const;
    assert.deepEqual(await found({ ...given, "broker 2": { ...all, ...one } }), {
      what: [
        "all brokers: unclean.leader.election.enable=true",
        "all brokers: log.retention.ms=1000",
        "all brokers: num.io.threads=20",
        "broker 2: max.connections.per.ip=1000000",
      ],
      undo: [
        { type: "broker", name: "", set: {}, remove: ["unclean.leader.election.enable", "log.retention.ms"] },
        { type: "broker", name: "2", set: {}, remove: ["max.connections.per.ip"] },
      ],
    });
  });

  it("that give topics made by hand their limit are set on all brokers, and by none of them otherwise", async () => {
    const limits = cluster.handMadeLimits;
    const brokers = (all: Readonly<Record<string, readonly [ConfigSource, string]>>) =>
      found(Object.fromEntries(cluster.brokers.map(({ id }) => [`broker ${id}`, all])));
    const { what, undo } = await brokers({
      "log.retention.bytes": ["default", "-1"],
      "log.segment.bytes": ["static", "1073741824"],
    });
    assert.match(what[0] ?? "", /^all brokers: log.retention.bytes=-1, and not \d+ for topics without a limit/);
    assert.deepEqual(undo, [{ type: "broker", name: "", set: limits, remove: [] }]);
    const asWanted = Object.fromEntries(
      Object.entries(limits).map(([key, value]) => [key, ["default-broker", value] as const]),
    );
    assert.deepEqual(await brokers(asWanted), { what: [], undo: [] });
    const own = await brokers({ ...asWanted, "log.retention.bytes": ["broker", "-1"] });
    assert.deepEqual(own.undo[0], { type: "broker", name: "1", set: {}, remove: ["log.retention.bytes"] });
    const other = await brokers({ ...asWanted, "log.segment.bytes": ["default-broker", "1"] });
    assert.deepEqual(other.undo, [
      { type: "broker", name: "", set: { "log.segment.bytes": limits["log.segment.bytes"] }, remove: [] },
    ]);
  });

  it("by which a topic may fill the disks are told, but for Kafka's own that are compacted", async () => {
    const topic = (policy: string, bytes: string, of: ConfigSource = "topic") =>
      ({ "cleanup.policy": ["topic", policy], "retention.bytes": [of, bytes] }) as const;
    const unlimited = ["topic theirs: it has no limit by size"];
    assert.deepEqual((await found({ "topic theirs": topic("delete", "-1", "default") })).what, unlimited);
    assert.deepEqual((await found({ "topic theirs": topic("compact,delete", "-1") })).what, unlimited);
    assert.deepEqual(await found({ "topic theirs": topic("compact", "-1") }), { what: unlimited, undo: [] });
    assert.deepEqual((await found({ "topic theirs": topic("delete", "5", "default-broker") })).what, []);
    assert.deepEqual((await found({ "topic __consumer_offsets": topic("compact", "-1", "default") })).what, []);
  });

  it("of a topic of the settings are put back where they break a promise", async () => {
    const given = {
      "topic clicks": {
        "retention.ms": ["topic", "1"],
        "unclean.leader.election.enable": ["topic", "true"],
        "flush.ms": ["topic", "7"],
        "leader.replication.throttled.replicas": ["topic", "*"],
      },
    } as const;
    assert.deepEqual(await found(given), {
      what: [
        "not as the settings say: clicks: retention.ms 1 -> 86400000",
        "not as the settings say: clicks: unclean.leader.election.enable true -> (not set)",
        "not as the settings say: clicks: flush.ms 7 -> (not set)",
      ],
      undo: [
        {
          type: "topic",
          name: "clicks",
          set: { "retention.ms": "86400000" },
          remove: ["unclean.leader.election.enable"],
        },
      ],
    });
  });

  it("of a topic whose copies are still being made are left to the update that makes them", async () => {
    const { admin, withCopies } = world({ "topic clicks": { "min.insync.replicas": ["topic", "1"] } });
    assert.equal(undoing(await foreignSettings(cluster, admin)).length, 1);
    withCopies([
      [1, 2, 3, 4],
      [1, 2, 3],
    ]);
    const foreign = await foreignSettings(cluster, admin);
    assert.deepEqual([foreign.length, undoing(foreign)], [1, []]);
  });

  it("of Kafka's own topics are taken back where acknowledged events could be lost; of others' they are told", async () => {
    const unsafe = {
      "unclean.leader.election.enable": ["topic", "true"],
      "min.insync.replicas": ["topic", "1"],
    } as const;
    const given = {
      "topic __consumer_offsets": { ...unsafe, "cleanup.policy": ["topic", "compact"] },
      "topic theirs": unsafe,
    } as const;
    assert.deepEqual(await found(given), {
      what: ["__consumer_offsets", "theirs"].flatMap((name) => [
        `topic ${name}: unclean.leader.election.enable=true`,
        `topic ${name}: min.insync.replicas=1`,
      ]),
      undo: [
        {
          type: "topic",
          name: "__consumer_offsets",
          set: {},
          remove: ["unclean.leader.election.enable", "min.insync.replicas"],
        },
      ],
    });
  });
});

describe("the guardian's upkeep", () => {
  const bad = {
    "broker 1": { "unclean.leader.election.enable": ["default-broker", "true"], "num.io.threads": ["broker", "9"] },
  } as const;
  const well: Memory = freshMemory("test");
  const out: Memory = { ...well, nodes: { "kafka-2": { outSince: 1, attempts: 0, next: "" } } };

  function upkeep(...args: Parameters<typeof world>) {
    const made = world(...args);
    const kafka = new FakeKafka({ brokers: [1], partitions: [] });
    const lines: string[] = [];
    const keeper = new Upkeep(cluster, made.admin, {
      direct: kafka,
      throughBroker: () => Promise.reject(new Error("no way")),
    });
    const keep = (now: number, memory = well, dryRun = false) =>
      keeper.keep(memory, dryRun, now, (line) => lines.push(line));
    return { ...made, kafka, lines, keep };
  }

  it("takes back what breaks a promise, names the rest once, and gives rights, once a minute", async () => {
    const { changes, kafka, lines, keep, asked } = upkeep(bad);
    const { decisions, foreignSettings } = await keep(1_000_000);
    assert.equal(foreignSettings, 1, "the one that is left");
    assert.deepEqual(changes, [{ type: "broker", name: "", set: {}, remove: ["unclean.leader.election.enable"] }]);
    assert.deepEqual(
      lines.map((line) => line.replace(/\d+ rights given/, "N rights given")),
      [
        "cluster: put right: all brokers: unclean.leader.election.enable=true",
        "cluster: is not of the settings, and left as it is: broker 1: num.io.threads=9",
        "cluster: rights on the brokers were not as the settings say: N rights given, 0 taken away",
      ],
    );
    assert.deepEqual(
      decisions.map(({ node }) => node),
      ["cluster", "cluster", "cluster"],
    );
    assert.ok(kafka.calls.includes("giveRights"));
    await keep(1_030_000);
    assert.deepEqual([lines.length, asked.times > 0], [3, true]);
    const times = asked.times;
    // The same again, as the stand-in forgets nothing: what is left alone is not said twice.
    await keep(1_060_000);
    assert.ok(asked.times > times);
    assert.deepEqual(lines.slice(3), ["cluster: put right: all brokers: unclean.leader.election.enable=true"]);
  });

  it("looks at nothing while a broker is out", async () => {
    const { changes, lines, keep, asked } = upkeep(bad);
    assert.equal(await keep(1_000_000, out), out);
    assert.deepEqual([changes, lines, asked.times], [[], [], 0]);
  });

  it("only says so in a dry run, once", async () => {
    const { changes, kafka, lines, keep } = upkeep(bad);
    await keep(1_000_000, well, true);
    assert.equal((await keep(1_060_000, well, true)).foreignSettings, 2);
    assert.deepEqual(lines, [
      "cluster: would put right: all brokers: unclean.leader.election.enable=true",
      "cluster: is not of the settings, and left as it is: broker 1: num.io.threads=9",
    ]);
    assert.deepEqual([changes, kafka.calls], [[], []]);
  });
});
