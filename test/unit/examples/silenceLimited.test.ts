import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";
import { silenceLimited } from "../../../examples/consumer/silenceLimited";

const limitMs = 500;
const produce = 0;
const metadata = 3;
const joinGroup = 11;

/** A request as kafkajs writes it: length, key, and whatever follows. */
function request(key: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeInt32BE(12, 0);
  bytes.writeInt16BE(key, 4);
  return bytes;
}

function answer(length: number): Buffer {
  const bytes = Buffer.alloc(4 + length);
  bytes.writeInt32BE(length, 0);
  return bytes;
}

/** Waits so long, and until what was due by then has been done, however late this process is. */
async function pause(ms: number): Promise<void> {
  await delay(ms);
  await turn();
}

describe("a connection for kafkajs that is given up when its broker is silent", () => {
  let server: Server;
  let broker: Socket;
  let socket: Socket;
  let timeouts: number;
  let connect: (onConnect: () => void) => Socket;
  let others: Socket[];

  beforeEach(async () => {
    server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const accepted = once(server, "connection") as Promise<[Socket]>;
    const make = silenceLimited(limitMs);
    connect = (onConnect) => make({ host: "127.0.0.1", port, onConnect });
    const connected = new Promise<void>((resolve) => (socket = connect(resolve)));
    timeouts = 0;
    others = [];
    socket.on("timeout", () => timeouts++);
    [broker] = await accepted;
    await connected;
  });

  afterEach(async () => {
    for (const one of [socket, broker, ...others]) one.destroy();
    server.close();
    await once(server, "close");
  });

  const send = (key: number) => socket.write(request(key), "binary");

  it("times out when an answer is owed and nothing comes", async () => {
    send(metadata);
    await pause(2 * limitMs);
    assert.equal(timeouts, 1);
  });

  it("stays when nothing is owed", async () => {
    await pause(2 * limitMs);
    send(metadata);
    broker.write(answer(20));
    await pause(2 * limitMs);
    assert.equal(timeouts, 0);
  });

  it("stays while an answer comes slowly, in pieces that end anywhere, and goes when it stops", async () => {
    send(metadata);
    const slow = answer(7);
    for (const byte of slow.subarray(0, -1)) {
      broker.write(Buffer.of(byte));
      await delay(limitMs / 5);
    }
    assert.equal(timeouts, 0);
    await pause(2 * limitMs);
    assert.equal(timeouts, 1);
  });

  it("goes when the second of two answers does not come, also while more is asked", async () => {
    send(metadata);
    send(metadata);
    broker.write(answer(20));
    await pause(limitMs / 2);
    send(metadata);
    await pause(limitMs);
    assert.equal(timeouts, 1);
  });

  it("knows two answers that come in one piece", async () => {
    send(metadata);
    send(metadata);
    broker.write(Buffer.concat([answer(20), answer(3)]));
    await pause(2 * limitMs);
    assert.equal(timeouts, 0);
  });

  it("gives kafkajs whole answers: of one that was cut off nothing is left", async () => {
    const given: Buffer[] = [];
    socket.on("data", (data) => given.push(data));
    const answers = [answer(20), answer(0), answer(70_000)];
    const bytes = Buffer.concat([...answers, answer(20).subarray(0, -1)]);
    for (let at = 0; at < bytes.length; at += 69_999) {
      broker.write(bytes.subarray(at, at + 69_999));
      await delay(limitMs / 5);
    }
    assert.deepEqual(given, answers);
  });

  it("stays when it is this process that stood still", async () => {
    send(metadata);
    broker.write(answer(20));
    for (const end = Date.now() + 2 * limitMs; Date.now() < end;);
    await pause(2 * limitMs);
    assert.equal(timeouts, 0);
  });

  it("is not made again for two seconds, or while none comes about, so that kafkajs asks others", async () => {
    const made = () =>
      new Promise((resolve) => {
        const one = connect(() => resolve("made"));
        one.on("error", ({ message }) => resolve(message));
        others.push(one);
      });
    // As kafkajs does when its time for a connection is over.
    const late = () => once(connect(() => assert.fail("it was ended before")).end(), "close");
    // To a broker that was not silent that says nothing: a link may be full.
    await late();
    assert.equal(await made(), "made");
    // Its followers may be the silent ones.
    send(produce);
    await once(socket, "timeout");
    assert.equal(await made(), "made");
    broker.write(answer(20));
    send(metadata);
    await once(socket, "timeout");
    assert.match(String(await made()), /^127\.0\.0\.1:\d+ was silent a moment ago$/);
    await pause(2000);
    await late();
    assert.match(String(await made()), /was silent/);
    await pause(2000);
    assert.equal(await made(), "made");
    assert.equal(await made(), "made");
  });

  it("waits for a group as long as that takes", async () => {
    send(joinGroup);
    await pause(3 * limitMs);
    assert.equal(timeouts, 0);
    broker.write(answer(20));
    await pause(2 * limitMs);
    assert.equal(timeouts, 0);
    send(metadata);
    await pause(2 * limitMs);
    assert.equal(timeouts, 1);
  });
});
