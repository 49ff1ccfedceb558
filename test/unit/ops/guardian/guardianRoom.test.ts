import assert from "node:assert/strict";
import { freshMemory, parseMemory, type Memory } from "../../../../ops/guardian/memory";
import { nextActions } from "../../../../ops/guardian/nextActions";
import { nearlyFull, Room } from "../../../../ops/guardian/room";
import { guardianStatus, guardianText } from "../../../../ops/guardian/status";
import { stopsWriting } from "../../../../ops/access";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../../settings/sampleSettings";
import { FakeKafka } from "../fakeKafkaAdmin";
import { lookAt, rules, start } from "./guardianFixtures";

const cluster = describeCluster(sampleSettings(), "bucket");
const brokers = cluster.brokers.map(({ name }) => name);
const totalBytes = 1000;
type Left = Readonly<Record<string, number | undefined>>;

/** A cluster whose brokers say how much is left; one that says nothing does not answer. */
function scene() {
  const kafka = new FakeKafka({ brokers: [1, 2, 3, 4, 5], partitions: [] });
  const said: string[] = [];
  let answers: Left = {};
  const make = () =>
    new Room(cluster, { direct: kafka, throughBroker: () => Promise.reject(new Error("no way")) }, () =>
      Promise.resolve(
        new Map(
          brokers.flatMap((name) => {
            const usableBytes = name in answers ? answers[name] : 400;
            return usableBytes === undefined ? [] : [[name, { totalBytes, usableBytes }] as const];
          }),
        ),
      ),
    );
  const state = { dryRun: false, memory: freshMemory("test"), now: start, room: make() };
  const look = async (left: Left) => {
    answers = left;
    state.now += 5000;
    state.memory = await state.room.keep(state.memory, state.dryRun, state.now, (line) => said.push(line));
    return state.memory.room;
  };
  const stopped = async () => (await kafka.rights()).some(stopsWriting);
  const anew = (memory: Memory = freshMemory("test")) => {
    state.memory = parseMemory(JSON.stringify(memory));
    state.room = make();
  };
  return { kafka, said, state, look, stopped, anew };
}

const three = { "kafka-1": 40, "kafka-2": 0, "kafka-5": 49 };

describe("the guardian and full disks", () => {
  it("stops all writing when too few brokers would be left that have room, and lets it go on when there is", async () => {
    const { said, state, look, stopped } = scene();
    await look({});
    assert.deepEqual((await look({ ...three, "kafka-5": 50 })).full, ["kafka-1", "kafka-2"]);
    assert.equal(await stopped(), false, "two may be lost");
    assert.deepEqual(await look(three), { full: Object.keys(three), stoppedSince: state.now });
    assert.equal(await stopped(), true);
    const since = state.now;
    const text = guardianText(guardianStatus(cluster, state.memory, state.now), state.now);
    assert.match(
      text,
      /\nATTENTION: WRITING IS STOPPED since 2026-11-24T01:00:15Z, as the data volumes of kafka-1, kaf/,
    );
    // A little room is none: writing would be stopped again at once.
    assert.deepEqual(await look({ ...three, "kafka-5": 64 }), { full: Object.keys(three), stoppedSince: since });
    assert.deepEqual(await look({ ...three, "kafka-5": 65 }), {
      full: ["kafka-1", "kafka-2"],
      stoppedSince: undefined,
    });
    assert.equal(await stopped(), false);
    assert.deepEqual(said, [
      "cluster: stops all writing: the data volumes of kafka-1, kafka-2, kafka-5 are nearly full",
      "cluster: lets clients write again: there is room",
    ]);
    assert.match(
      guardianText(guardianStatus(cluster, state.memory, state.now), state.now),
      /\nATTENTION: the data volumes of kafka-1, kafka-2 are nearly full: raise brokerVolumeGiB/,
    );
  });

  it("counts a broker that has ended on a full disk as full until it answers", async () => {
    const { look, stopped } = scene();
    await look({ "kafka-1": 0, "kafka-2": 0 });
    await look({ "kafka-1": undefined, "kafka-2": undefined, "kafka-3": 10 });
    assert.equal(await stopped(), true);
    const silent = Object.fromEntries(brokers.map((name) => [name, undefined]));
    assert.equal((await look(silent)).full.length, 3);
    assert.equal(await stopped(), true);
    await look({ "kafka-1": 10, "kafka-2": 10 });
    assert.equal(await stopped(), false);
  });

  it("does not take silence for a full disk", async () => {
    const { kafka, look, stopped } = scene();
    await look({ "kafka-1": 0, "kafka-2": undefined, "kafka-3": undefined, "kafka-4": undefined });
    assert.equal(await stopped(), false);
    assert.ok(!kafka.calls.includes("giveRights"));
  });

  it("goes on where a guardian before it was killed", async () => {
    const { state, look, stopped, anew } = scene();
    await look(three);
    // By its memory, which the loop writes down.
    anew(state.memory);
    await look(three);
    assert.equal(await stopped(), true);
    // On a new ops host, which remembers nothing, while too few brokers answer to know.
    anew();
    await look({ ...three, "kafka-3": undefined });
    assert.equal(await stopped(), true);
    anew();
    await look(Object.fromEntries(brokers.map((name) => [name, undefined])));
    assert.equal(await stopped(), true);
    await look({});
    assert.equal(await stopped(), false);
  });

  it("stops the writing again when somebody else lets clients write, and asks nothing while all have room", async () => {
    const { kafka, state, look, stopped } = scene();
    await look(three);
    await kafka.takeRights((await kafka.rights()).filter(stopsWriting));
    await look(three);
    assert.equal(await stopped(), true);
    await look({});
    kafka.calls.length = 0;
    await look({});
    await look({ "kafka-1": 0 });
    assert.deepEqual(kafka.calls, []);
    // The rest of the guardian's memory goes with it.
    assert.deepEqual(nextActions(state.memory, lookAt(), rules, state.now).memory.room, state.memory.room);
  });

  it("says once that it can't, and only says so in a dry run", async () => {
    const { kafka, said, state, look, stopped } = scene();
    state.dryRun = true;
    await look(three);
    await look(three);
    assert.equal(await stopped(), false);
    state.dryRun = false;
    kafka.silent = true;
    await look(three);
    await look(three);
    assert.equal(said.length, 2);
    assert.match(
      said[0] ?? "",
      /would stop all writing: the data volumes of kafka-1, kafka-2, kafka-5 are nearly full/,
    );
    assert.match(said[1] ?? "", /could not stop the writing, tried again at the next look: no broker answers/);
    kafka.silent = false;
    await look(three);
    assert.equal(await stopped(), true);
  });

  it("holds a volume to a share of it, the same for every size", () => {
    const of = (usableBytes: number) => new Map([["a", { totalBytes: 4 << 20, usableBytes }]]);
    assert.deepEqual(nearlyFull([{ name: "a" }], [], of((4 << 20) / 20)), []);
    assert.deepEqual(nearlyFull([{ name: "a" }], [], of((4 << 20) / 20 - 1)), ["a"]);
  });
});
