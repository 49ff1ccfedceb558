/** Kafka's Metadata request, version 1, over a connection of its own: kafkajs would wait and try again where we want to know. */
import { connect } from "node:net";

export interface Partition {
  readonly partition: number;
  /** -1: none. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

export interface Metadata {
  /** -1: none. */
  readonly controllerId: number;
  readonly brokers: readonly number[];
  readonly topics: ReadonlyMap<string, readonly Partition[]>;
}

const apiKey = 3;
const apiVersion = 1;
const clientId = "kafka-on-ec2-observer";

/** Asks about all topics. */
export function metadataRequest(): Buffer {
  const name = Buffer.from(clientId);
  const body = Buffer.alloc(4 + 2 + 2 + 4 + 2 + name.length + 4);
  let at = body.writeInt32BE(body.length - 4, 0);
  at = body.writeInt16BE(apiKey, at);
  at = body.writeInt16BE(apiVersion, at);
  at = body.writeInt32BE(0, at);
  at = body.writeInt16BE(name.length, at);
  at += name.copy(body, at);
  body.writeInt32BE(-1, at);
  return body;
}

/** @param response with its length in front */
export function parseMetadata(response: Buffer): Metadata {
  let at = 8;
  const int8 = () => response.readInt8(at++);
  const int16 = () => response.readInt16BE((at += 2) - 2);
  const int32 = () => response.readInt32BE((at += 4) - 4);
  const string = () => {
    const length = int16();
    if (length < 0) return "";
    return response.toString("utf8", at, (at += length));
  };
  const array = <T>(item: () => T): T[] => Array.from({ length: Math.max(0, int32()) }, item);
  const brokers = array(() => {
    const id = int32();
    string();
    int32();
    string();
    return id;
  }).sort((a, b) => a - b);
  const controllerId = int32();
  const topics = array(() => {
    int16();
    const name = string();
    int8();
    const partitions = array((): Partition => {
      int16();
      return { partition: int32(), leader: int32(), replicas: array(int32), isr: array(int32) };
    });
    return [name, partitions] as const;
  });
  return { controllerId, brokers, topics: new Map(topics) };
}

/** What one broker knows; undefined when it does not say so in time. */
export function askMetadata(address: string, timeoutMs: number): Promise<Metadata | undefined> {
  const colon = address.lastIndexOf(":");
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) }, () =>
      socket.write(metadataRequest()),
    );
    const end = (answer: Metadata | undefined) => {
      clearTimeout(alarm);
      socket.destroy();
      resolve(answer);
    };
    const alarm = setTimeout(() => end(undefined), timeoutMs);
    let received: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) end(parseMetadata(received));
    });
    socket.on("error", () => end(undefined));
    socket.on("close", () => end(undefined));
  });
}

/**
 * Of several brokers' answers the one to go by. A broker that is cut off still tells of the past, so: the controller that
 * most name, and of those who name it itself, if it answers.
 * @param answers by the broker that gave it
 */
export function mostTrusted(answers: ReadonlyMap<number, Metadata>): Metadata | undefined {
  const votes = new Map<number, number>();
  for (const { controllerId } of answers.values()) votes.set(controllerId, (votes.get(controllerId) ?? 0) + 1);
  const [winner] = [...votes].sort(([idA, a], [idB, b]) => b - a || idB - idA)[0] ?? [];
  if (winner === undefined) return undefined;
  const own = answers.get(winner);
  if (own?.controllerId === winner) return own;
  return [...answers.values()].find(({ controllerId }) => controllerId === winner);
}

/** Asks every broker at once, and gives the answer to go by; undefined when none comes. @param addresses `host:port` by broker id */
export async function askAll(addresses: ReadonlyMap<number, string>, timeoutMs: number): Promise<Metadata | undefined> {
  const answers = new Map<number, Metadata>();
  await Promise.all(
    [...addresses].map(async ([id, address]) => {
      const answer = await askMetadata(address, timeoutMs);
      if (answer !== undefined) answers.set(id, answer);
    }),
  );
  return mostTrusted(answers);
}
