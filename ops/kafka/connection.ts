import { connect } from "node:net";
import { decodeAnswer, encodeRequest, type Request } from "./protocol";

/** The address of a broker. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The error of a Kafka that did not answer, so that it may or may not have done what it was asked. */
export class NoAnswer extends Error {}

/** The time in ms for a connection: a broker of the same network that is there accepts in milliseconds. */
const connectMs = 2000;
/**
 * The largest answer in bytes: far more than any has, far less than the first four letters of another protocol mean as
 * a length.
 */
const largestAnswer = 64 << 20;

/**
 * Asks one broker over a connection of its own. Rejects with NoAnswer in the words of the status, and with what the
 * request's `read` throws.
 * @param timeoutMs for all of it; at most 2000 of them to connect
 */
export function ask<A>({ host, port }: Address, request: Request<A>, timeoutMs: number): Promise<A> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const end = (settle: () => void) => {
      clearTimeout(connectAlarm);
      clearTimeout(alarm);
      socket.destroy();
      settle();
    };
    const fail = (problem: string) => end(() => reject(new NoAnswer(problem)));
    const limitMs = Math.min(connectMs, timeoutMs);
    const connectAlarm = setTimeout(() => fail(`no connection within ${limitMs / 1000} s`), limitMs);
    const alarm = setTimeout(() => fail(`no answer within ${timeoutMs / 1000} s`), timeoutMs);
    let received: Buffer = Buffer.alloc(0);
    socket.on("connect", () => {
      clearTimeout(connectAlarm);
      socket.write(encodeRequest(request));
    });
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4) return;
      const size = received.readInt32BE();
      if (size < 0 || size > largestAnswer) return fail("answers, but not as Kafka does");
      if (received.length < 4 + size) return;
      try {
        const answer = decodeAnswer(request, received.subarray(4, 4 + size));
        end(() => resolve(answer));
      } catch (error) {
        if (error instanceof RangeError) fail("answers, but not as Kafka does");
        else if (error instanceof Error) end(() => reject(error));
      }
    });
    socket.on("close", () => fail("closes the connection without an answer"));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      fail(error.code === "ECONNREFUSED" ? `connection refused on port ${port}` : error.message),
    );
  });
}
