import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { inWords, isKept, Reading, type Stretch } from "../../../trials/jobs/clientFault/catchUp";
import { misdeedsOf, vastEvent } from "../../../trials/jobs/clientFault/misdeeds";
import { perform } from "../../../trials/jobs/clientFault/perform";

describe("what a bad client sends", () => {
  const all = misdeedsOf("bad-client", "drill", [0, 1, 2]);
  const bytesOf = (name: string) => all.find((one) => one.name === name)?.bytes?.() ?? Buffer.alloc(0);

  it("is known by its name, once, and comes to 5,000 connections and more at five brokers", () => {
    assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
    assert.ok(5 * all.reduce((sum, { connections }) => sum + connections, 0) > 5000);
  });

  it("is the length of a request that never comes: one that no broker takes, and one that all do", () => {
    assert.equal(bytesOf("05 f5 e0 ff").toString("hex"), "05f5e0ff");
    assert.equal(bytesOf("1 MiB announced").readInt32BE(), 1024 ** 2);
  });

  it("is a whole request, with its length, where an answer is wanted", () => {
    const requests = { "fetch of everything": 1, "metadata storm": 3, "unknown topics": 3 };
    for (const [name, key] of Object.entries(requests)) {
      const bytes = bytesOf(name);
      assert.deepEqual([bytes.readInt32BE(), bytes.readInt16BE(4)], [bytes.length - 4, key], name);
    }
    const fetched = bytesOf("fetch of everything").toString("hex");
    assert.equal(fetched.split("7fffffff").length - 1, 4, "the most bytes, of the whole and of each partition");
  });

  it("is an event that unpacks to one that says it has 2 GB, for each partition", () => {
    const bytes = vastEvent("drill", [0, 1]);
    assert.deepEqual([bytes.readInt32BE(), bytes.readInt16BE(4)], [bytes.length - 4, 0], "a whole request, to write");
    const packed = bytes.indexOf(Buffer.from([0x1f, 0x8b]));
    assert.equal(gunzipSync(bytes.subarray(packed, packed + bytes.readInt32BE(packed - 4))).readInt32BE(8), 0x7ffffff0);
    assert.equal(bytes.toString("latin1").split("\x1f\x8b").length - 1, 2);
  });
});

describe("what a bad client does", () => {
  let server: Server;
  let sockets: Socket[];
  let serve: (socket: Socket) => void;
  const broker = () => ({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });

  beforeEach(async () => {
    sockets = [];
    serve = () => undefined;
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      serve(socket);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  const run = (...args: Parameters<typeof perform>[1]) => perform([broker()], args, 300, new AbortController().signal);
  const misdeed = { name: "m", connections: 3, reads: true, again: false };

  it("holds connections open, as many as it says, alone and with all others, and leaves none", async () => {
    const outcomes = await run(misdeed);
    assert.deepEqual(outcomes, [
      { name: "m", opened: 3, closed: 0, refused: 0, received: 0 },
      { name: "m, with all others", opened: 3, closed: 0, refused: 0, received: 0 },
    ]);
    await once(sockets.at(-1)!, "close").catch(() => undefined);
    assert.equal(sockets.length, 6);
  });

  it("comes again where it is sent away", async () => {
    serve = (socket) => void socket.end();
    const [outcome] = await run({ ...misdeed, connections: 1, again: true });
    assert.ok((outcome?.opened ?? 0) > 2 && outcome!.closed >= outcome!.opened - 1, JSON.stringify(outcome));
  });

  it("asks again when it has its answer, however that is cut up", async () => {
    serve = (socket) =>
      void socket.on("data", () => {
        socket.write(Buffer.from([0, 0, 0]));
        setTimeout(() => socket.write(Buffer.from([2, 7])), 5);
        setTimeout(() => socket.write(Buffer.from([7])), 10);
      });
    const bytes = () => Buffer.from([1]);
    const [outcome] = await run({ ...misdeed, connections: 1, again: true, bytes });
    assert.equal(outcome?.opened, 1);
    assert.ok(outcome.received >= 12 && outcome.received % 3 === 0, JSON.stringify(outcome));
  });

  it("does not read what it asked for, if that is the harm", async () => {
    serve = (socket) => void socket.once("data", () => socket.write(Buffer.alloc(100)));
    const [outcome] = await run({ ...misdeed, reads: false, bytes: () => Buffer.from([1]) });
    assert.deepEqual([outcome?.opened, outcome?.received], [3, 0]);
  });

  it("ends at once when it is told to", async () => {
    const ending = new AbortController();
    const begun = Date.now();
    setTimeout(() => ending.abort(), 50);
    const outcomes = await perform([broker()], [misdeed, misdeed], 60_000, ending.signal);
    assert.ok(Date.now() - begun < 5000);
    assert.equal(outcomes.length, 1);
  });
});

describe("a consumer that is behind", () => {
  const link = { megabytesPerSecond: 5, backlogMegabytes: 240 };
  const stretch = (partition: number, minOffset: number, maxOffset: number): Stretch => ({
    partition,
    count: maxOffset - minOffset + 1,
    minOffset,
    maxOffset,
  });
  /** Two partitions of 10 events each. */
  const reading = (...stretches: readonly Stretch[]) => {
    const followed = new Reading(2, 10);
    followed.take({ name: "partitions_assigned" }, 1_000);
    for (const one of stretches) followed.take({ name: "records_consumed", partitions: [one] }, 51_000);
    return followed;
  };
  const resultOf = (followed: Reading) => followed.result("java", link, 200, 61_000);

  it("has read all when each event came once, in the order of its partition, and its leaving is no fault", () => {
    const followed = reading(stretch(0, 0, 4), stretch(1, 0, 9), stretch(0, 5, 9));
    followed.take({ name: "partitions_revoked" }, 52_000);
    const result = resultOf(followed);
    assert.deepEqual([followed.complete, result.seconds, result.faults], [true, 50, []]);
    assert.ok(isKept(result));
    assert.equal(inWords(result), "java over 5 MB/s: 240 MB in 50.0 s, 96 % of the link, in 200 MiB");
  });

  it("has not when one is missing, came twice, or another one's place", () => {
    for (const wrong of [stretch(0, 4, 9), stretch(0, 6, 9), { ...stretch(0, 5, 9), count: 4 }]) {
      const { faults } = resultOf(reading(stretch(0, 0, 4), stretch(1, 0, 9), wrong));
      assert.match(faults.join(), new RegExp(`partition 0: .* ${wrong.minOffset} to 9, came where 5 was next`));
    }
    assert.match(resultOf(reading(stretch(1, 0, 9))).faults.join(), /read 10 of 20 events/);
  });

  it("has not when it crashed or its partitions were taken away, if only for a moment", () => {
    for (const name of ["partitions_assigned", "partitions_revoked", "crash"]) {
      const followed = reading(stretch(0, 0, 9));
      followed.take({ name, message: "out of memory" }, 2_000);
      followed.take({ name: "records_consumed", partitions: [stretch(1, 0, 9)] }, 51_000);
      assert.equal(isKept(resultOf(followed)), false, name);
    }
    const first = new Reading(1, 1);
    first.take({ name: "partitions_revoked" }, 1_000);
    assert.deepEqual(first.faults, [], "before it had any");
  });

  it("has not when it is slower than the link, or needs too much memory", () => {
    const good = resultOf(reading(stretch(0, 0, 9), stretch(1, 0, 9)));
    assert.equal(isKept({ ...good, seconds: 53.2 }), true);
    assert.equal(isKept({ ...good, seconds: 53.5 }), false);
    assert.equal(isKept({ ...good, memoryMebibytes: 256 }), true);
    assert.equal(isKept({ ...good, memoryMebibytes: 257 }), false);
  });
});
