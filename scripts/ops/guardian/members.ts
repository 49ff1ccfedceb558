import { connect } from "node:net";
import type { ClusterNode } from "../../../planning/cluster";
import { ports } from "../../../planning/names";

/** One look through one broker: the ids of the brokers that it knows, or why it says nothing. */
export type MembersObservation =
  { readonly node: string; readonly members: readonly number[] } | { readonly node: string; readonly problem: string };

const connectMs = 2000;
const answerMs = 5000;
/** A hundred brokers take some KiB. */
const largestAnswer = 1 << 20;

/*
 * A Metadata request of no topic at all, written by hand: kafkajs always asks for every topic, and fails when a single
 * partition of any of them has no leader. Then all brokers would seem to be out because of the one that is.
 */
const clientId = Buffer.from("kafka-guardian");
const request = (() => {
  const header = Buffer.alloc(10);
  header.writeInt16BE(3, 0); // Metadata
  header.writeInt16BE(1, 2); // the first version in which an empty list means no topic
  header.writeInt32BE(1, 4); // correlation id
  header.writeInt16BE(clientId.length, 8);
  const noTopics = Buffer.alloc(4);
  const size = Buffer.alloc(4);
  size.writeInt32BE(header.length + clientId.length + noTopics.length);
  return Buffer.concat([size, header, clientId, noTopics]);
})();

/** The broker ids of an answer (Metadata, version 1), without the size in front of it. Throws when it is something else. */
export function parseMembers(answer: Buffer): number[] {
  let at = 4; // correlation id
  const int32 = () => answer.readInt32BE((at += 4) - 4);
  const skipText = () => {
    const length = answer.readInt16BE(at);
    at += 2 + Math.max(length, 0);
  };
  const ids: number[] = [];
  for (let left = int32(); left > 0; left--) {
    ids.push(int32());
    skipText(); // host
    int32(); // port
    skipText(); // rack
  }
  return ids;
}

/** Asks the broker at this address which brokers there are. Rejects in the words of the status, after 7 s at the latest. */
export function membersThrough(host: string, port: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const fail = (problem: string) => {
      clearTimeout(alarm);
      socket.destroy();
      reject(new Error(problem));
    };
    let alarm = setTimeout(() => fail(`no connection within ${connectMs / 1000} s`), connectMs);
    let received = Buffer.alloc(0);
    socket.on("connect", () => {
      clearTimeout(alarm);
      alarm = setTimeout(() => fail(`no answer within ${answerMs / 1000} s`), answerMs);
      socket.write(request);
    });
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4) return;
      const size = received.readInt32BE();
      if (size < 0 || size > largestAnswer) return fail("answers, but not as Kafka does");
      if (received.length < 4 + size) return;
      try {
        const ids = parseMembers(received.subarray(4, 4 + size));
        clearTimeout(alarm);
        socket.destroy();
        resolve(ids);
      } catch {
        fail("answers, but not as Kafka does");
      }
    });
    socket.on("close", () => fail("closes the connection without an answer"));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      fail(error.code === "ECONNREFUSED" ? `connection refused on port ${port}` : error.message),
    );
  });
}

/** One look through every broker at once. Never rejects. */
export function observeMembers(brokers: readonly ClusterNode[]): Promise<MembersObservation[]> {
  return Promise.all(
    brokers.map(({ name, privateIp }) =>
      membersThrough(privateIp, ports.kafka).then(
        (members): MembersObservation => ({ node: name, members }),
        (error: Error): MembersObservation => ({ node: name, problem: error.message }),
      ),
    ),
  );
}
