import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { makeCollector, sentEvent } from "./collectorParts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Ms within which each connection has to end. */
const endMs = 40_000;
const post = "POST /events HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\n";
const good = () => JSON.stringify([sentEvent()]);
const whole = (body: string | Buffer, more = "") =>
  Buffer.concat([
    Buffer.from(`${post}${more}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`),
    Buffer.from(body),
  ]);
const chunked = (...chunks: readonly Buffer[]) =>
  Buffer.concat([
    Buffer.from(`${post}transfer-encoding: chunked\r\nconnection: close\r\n\r\n`),
    ...chunks.map((chunk) =>
      Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n")]),
    ),
    Buffer.from("0\r\n\r\n"),
  ]);
const halfBody = `${post}content-length: 100\r\n\r\nhalf`;
const bomb = gzipSync(Buffer.alloc(100_000_000));

describe("the collector's server, under attack", function () {
  this.timeout(90_000);
  let collector: ReturnType<typeof makeCollector>;
  let port: number;

  before(async () => {
    collector = makeCollector();
    await collector.outbox.connect();
    const { server } = collector.server;
    port = Number(new URL(await collector.server.listen({ host: "127.0.0.1", port: 0 })).port);
    // A tenth of what it has: Node looks each second for what is late.
    server.headersTimeout = 1_000;
    server.requestTimeout = 3_000;
  });
  after(() => collector.close());

  /** The statuses of all answers on a connection, once it has ended. `send` has it for as long as it likes. */
  const statuses = async (send: (socket: Socket) => void | Promise<void>): Promise<number[]> => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let answer = "";
    socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
    socket.on("error", () => undefined).on("end", () => socket.end());
    const closed = once(socket, "close", { signal: AbortSignal.timeout(endMs) });
    await Promise.all([closed, send(socket)]);
    return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  };
  const bytes = (text: string | Buffer) => statuses((socket) => void socket.write(text));
  const resetting = async (socket: Socket) => {
    socket.write(halfBody);
    await pause(200);
    socket.resetAndDestroy();
  };
  const slowly = (first: string, rest: string) =>
    statuses(async (socket) => {
      socket.write(first);
      for (const letter of rest.repeat(50)) {
        if (socket.destroyed || socket.writableEnded) return;
        socket.write(letter);
        await pause(100);
      }
    });

  it("gives each bad request its end in seconds, and keeps nothing of it", async () => {
    collectGarbage();
    const heap = process.memoryUsage().heapUsed;
    const attacks: readonly (readonly [what: string, expected: readonly number[], Promise<number[]>])[] = [
      ["a body that says it has a terabyte", [413], bytes(`${post}content-length: 1000000000000\r\n\r\nx`)],
      ["a length that is no number", [400], bytes(`${post}content-length: 1e3\r\n\r\n`)],
      ["two lengths", [400], bytes(`${post}content-length: 2\r\ncontent-length: 3\r\n\r\n[]`)],
      [
        "a length beside chunks",
        [400],
        bytes(`${post}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
      ],
      ["a chunk without a length", [400], bytes(`${post}transfer-encoding: chunked\r\n\r\nxyz\r\n\r\n`)],
      ["a header of a megabyte", [431], bytes(`${post}a: ${"a".repeat(2 ** 20)}\r\n\r\n`)],
      ["ten thousand headers", [431], bytes(`${post}${"a: b\r\n".repeat(10_000)}\r\n`)],
      ["a path of a megabyte", [431], bytes(`GET /${"a".repeat(2 ** 20)} HTTP/1.1\r\nhost: a\r\n\r\n`)],
      ["no HTTP", [400], bytes("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")],
      ["chunks without an end", [413], bytes(chunked(...Array<Buffer>(100).fill(Buffer.alloc(16_384, "["))))],
      ["a bomb", [415], bytes(whole(bomb.subarray(0, 90_000), "content-encoding: gzip\r\n"))],
      ["a bomb that says it is text", [400], bytes(whole(bomb.subarray(0, 90_000)))],
      ["a bomb as a transfer encoding", [400], bytes(whole(bomb.subarray(0, 90_000), "transfer-encoding: gzip\r\n"))],
      ["UTF-16", [400], bytes(whole(Buffer.from(good(), "utf16le")))],
      ["Latin-1", [400], bytes(whole(Buffer.from(JSON.stringify(sentEvent({ page: "/é" })), "latin1")))],
      ["a byte order mark", [202], bytes(whole(`\ufeff${good()}`))],
      ["brackets without an end", [400], bytes(whole("[".repeat(200_000)))],
      ["brackets within one another", [400], bytes(whole("[".repeat(100_000) + "]".repeat(100_000)))],
      ["a thousand bad events", [400], bytes(whole(`[${Array(1000).fill('{"at":1}').join()}]`))],
      ["half a body, then the end", [400], statuses((socket) => void socket.end(halfBody))],
      ["half a body, then a reset", [], statuses(resetting)],
      ["half a body, then nothing", [408], bytes(halfBody)],
      ["half a header, then nothing", [408], bytes(post)],
      ["a slow header", [408], slowly(post, "a")],
      ["a slow body", [408], slowly(`${post}content-length: 1000\r\n\r\n`, "[")],
      ["slow chunks", [408], slowly(`${post}transfer-encoding: chunked\r\n\r\n`, "1\r\n[\r\n")],
      ["a hundred requests at once", Array<number>(100).fill(202), bytes(manyRequests(100))],
    ];
    for (const [what, expected, answers] of attacks) assert.deepEqual(await answers, expected, what);
    await leavesNothing(heap);
  });

  it("takes or refuses whatever a good body becomes when its bytes are changed", async () => {
    const change = fc.record({ at: fc.nat(), cut: fc.nat({ max: 20 }), bytes: fc.uint8Array({ maxLength: 4 }) });
    const before = collector.producer.kept.length;
    const headers = { "content-type": "text/plain" };
    let taken = 0;
    const property = fc.asyncProperty(fc.array(change, { maxLength: 3 }), async (changes) => {
      let body = Buffer.from(JSON.stringify([sentEvent({ more: { a: [1, "é"] } }), sentEvent()]));
      for (const { at, cut, bytes } of changes) {
        const place = at % (body.length + 1);
        body = Buffer.concat([body.subarray(0, place), bytes, body.subarray(place + cut)]);
      }
      const response = await fetch(`http://127.0.0.1:${port}/events`, { method: "POST", body, headers });
      const answer = (await response.json()) as { accepted?: number };
      assert.ok([202, 400].includes(response.status), String(response.status));
      taken += answer.accepted ?? 0;
    });
    await fc.assert(property, { numRuns: 100 });
    assert.equal(collector.producer.kept.length - before, taken);
    assert.ok(taken > 0);
  });

  /** It takes events as before, has no connection and no bytes of anybody, and no more memory. */
  const leavesNothing = async (heapBefore: number) => {
    assert.deepEqual(await bytes(whole(good())), [202]);
    const connections = () =>
      new Promise<number>((resolve) => collector.server.server.getConnections((_, count) => resolve(count)));
    for (let wait = 0; wait < 50 && (await connections()) > 0; wait++) await pause(20);
    assert.deepEqual([await connections(), collector.reading.bytes, collector.outbox.bytes], [0, 0, 0]);
    assert.deepEqual(collector.troubles, []);
    collectGarbage();
    const grown = process.memoryUsage().heapUsed - heapBefore;
    assert.ok(grown < 16 * 2 ** 20, `${grown} bytes more`);
  };
});

/** Requests that do not wait for their answers. */
function manyRequests(count: number): string {
  const body = good();
  const one = (last: boolean) =>
    `${post}content-length: ${body.length}\r\n${last ? "connection: close\r\n" : ""}\r\n${body}`;
  return Array.from({ length: count }, (_, index) => one(index === count - 1)).join("");
}
