import assert from "node:assert/strict";
import fc from "fast-check";
import { clientLimits, unpackedBatchBytes } from "../../../../planning/node/clientLimits";
import { sampleSettings } from "../../settings/sampleSettings";

const mebibyte = 1024 ** 2;

describe("a broker's limits on what clients send", () => {
  const limits = (heapMiB: number, brokerConfig: readonly string[] = [], changes: Record<string, unknown> = {}) =>
    clientLimits(sampleSettings({ brokerConfig, ...changes }), { heapMiB });

  it("are those of the smallest and of the largest heap", () => {
    assert.deepEqual(limits(512), {
      "socket.request.max.bytes": 2_359_320,
      "queued.max.request.bytes": 128 * mebibyte,
      "queued.max.requests": 32,
      "max.connections": 8192,
      "max.connections.per.ip": 42,
      "max.incremental.fetch.session.cache.slots": 64,
    });
    assert.deepEqual(limits(6144), {
      "socket.request.max.bytes": 2_359_320,
      "queued.max.request.bytes": 1536 * mebibyte,
      "queued.max.requests": 384,
      "max.connections": 98_304,
      "max.connections.per.ip": 511,
      "max.incremental.fetch.session.cache.slots": 768,
    });
  });

  it("have no address hold the whole pool, be the heap and the events as they may", () => {
    const heap = fc.integer({ min: 512, max: 16_384 });
    fc.assert(
      fc.property(heap, fc.integer({ min: 65_536, max: 4 * mebibyte }), (heapMiB, message) => {
        const found = limits(heapMiB, [`message.max.bytes=${message}`]);
        const request = found["socket.request.max.bytes"];
        const pool = found["queued.max.request.bytes"];
        assert.ok(request >= 2 * message);
        assert.ok(pool <= (heapMiB * mebibyte) / 4);
        // The broker's own connections, of which each has a few to every other one, are always possible.
        const connections = found["max.connections.per.ip"];
        assert.ok(connections === 16 || (connections * request <= 0.75 * pool && connections > 16));
        assert.ok(found["max.connections"] > connections);
      }),
    );
  });

  it("have room for the largest event of any topic, and start with a small heap", () => {
    const topic = { name: "large", partitions: 3, retentionHours: 1, config: { "max.message.bytes": "104857600" } };
    const found = limits(512, [], { topics: [topic] });
    assert.equal(found["socket.request.max.bytes"], 2 * 104_857_600 + 1024 * 256);
    assert.equal(found["queued.max.request.bytes"], found["socket.request.max.bytes"]);
    assert.equal(found["max.connections.per.ip"], 16);
  });

  it("follow what brokerConfig gives of them", () => {
    const found = limits(512, ["socket.request.max.bytes=4194304", "queued.max.request.bytes=268435456"]);
    assert.equal(found["socket.request.max.bytes"], 4 * mebibyte);
    assert.equal(found["queued.max.request.bytes"], 256 * mebibyte);
    assert.equal(found["max.connections.per.ip"], 48);
  });

  it("grow with every 1,024 partitions, of all of which the controller tells in one request", () => {
    const request = (partitions: number) =>
      limits(6144, [], { topics: [{ name: "many", partitions, retentionHours: 1 }] })["socket.request.max.bytes"];
    assert.deepEqual(
      [1, 1024, 1025, 4000].map(request),
      [1, 1, 2, 4].map((step) => 2 * 1_048_588 + step * 1024 * 256),
    );
  });

  it("have batches unpack to a share of the heap for each request thread, and to ten times their size at least", () => {
    const unpacked = (heapMiB: number, vcpus: number, brokerConfig: readonly string[] = []) =>
      unpackedBatchBytes(sampleSettings({ brokerConfig }), { heapMiB, vcpus });
    assert.equal(unpacked(512, 2), 16 * mebibyte);
    assert.equal(unpacked(6144, 8), 96 * mebibyte);
    assert.equal(unpacked(512, 2, ["num.io.threads=4"]), 32 * mebibyte);
    assert.equal(unpacked(512, 2, ["num.io.threads=64"]), 10_485_880);
    assert.equal(unpacked(512, 2, [`message.max.bytes=${4 * mebibyte}`]), 40 * mebibyte);
    // Never more than all of them together may have.
    assert.equal(unpacked(512, 2, [`message.max.bytes=${20 * mebibyte}`]), 128 * mebibyte);
  });
});
