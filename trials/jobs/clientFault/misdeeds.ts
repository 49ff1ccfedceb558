/** What a client can send to a broker to harm it: a mistake, another protocol, or ill will. Bytes only; pure. */
import { randomBytes } from "node:crypto";
import { crc32, gzipSync } from "node:zlib";
import { encodeRequest, type Request, type Writer } from "../../../ops/kafka/protocol";
import { metadata } from "../../../ops/kafka/metadata";
import type { Harm } from "./parameters";

/** One kind of harm, as every connection that does it does. */
export interface Misdeed {
  readonly name: string;
  /** The number of connections to each broker. */
  readonly connections: number;
  /** The bytes that a connection sends, if any, once it is open. */
  readonly bytes?: () => Buffer;
  /** Whether the answer is read; a connection whose answer is not read holds up whoever writes it. */
  readonly reads: boolean;
  /** Whether a connection that got its answer, or was closed, begins again. */
  readonly again: boolean;
  /** The time in ms from one broker to the next; default 0, all at once. */
  readonly apartMs?: number;
}

const mebibyte = 1024 * 1024;

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A request whose answer nobody here reads. */
function unread(apiKey: number, apiVersion: number, write: (writer: Writer) => void): Request<void> {
  return { apiKey, apiVersion, flexible: false, write, read: () => undefined };
}

/**
 * The request for all that partitions of a topic have, in one answer as large as Kafka's protocol allows. Version 4 is
 * the first that every client of the last years speaks.
 */
function fetchAll(topic: string, partitions: readonly number[]): Request<void> {
  return unread(1, 4, (writer) => {
    writer.int32(-1); // no replica
    writer.int32(500); // wait, ms
    writer.int32(1); // least bytes
    writer.int32(0x7fffffff); // most bytes
    writer.int8(0); // read uncommitted
    writer.structures([topic], (name) => {
      writer.text(name);
      writer.structures(partitions, (partition) => {
        writer.int32(partition);
        writer.int32(0); // from offset 0, of 64 bits
        writer.int32(0);
        writer.int32(0x7fffffff);
      });
    });
  });
}

/** The request for so many topics that nobody has, as a client makes that has its names from somewhere else. */
function unknownTopics(count: number): Request<void> {
  const names = Array.from({ length: count }, () => randomBytes(8).toString("hex"));
  return unread(3, 1, (writer) => writer.structures(names, (name) => writer.text(name)));
}

/**
 * The request to write one event that says, once it is unpacked, that it has 2 GB; in the format that clients before
 * 2017 write, and Kafka 3.9 still takes. A broker looks at it for the partitions that it leads.
 */
export function vastEvent(topic: string, partitions: readonly number[]): Buffer {
  const int64 = (value: number) => Buffer.concat([int32(0), int32(value)]);
  const vast = gzipSync(Buffer.concat([int64(0), int32(0x7ffffff0), Buffer.alloc(100)]));
  // Format 1, packed by gzip, at no time, without a key.
  const message = Buffer.concat([Buffer.from([1, 1]), int64(0), int32(-1), int32(vast.length), vast]);
  const checked = Buffer.concat([int32(crc32(message) | 0), message]);
  const records = Buffer.concat([int64(0), int32(checked.length), checked]);
  const text = (value: string) => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
  const body = Buffer.concat([
    Buffer.from([0, 0, 0, 2]), // to produce, version 2
    int32(1),
    text("kafka-on-ec2"),
    Buffer.from([0, 1]), // acknowledged by the leader
    int32(5000),
    int32(1),
    text(topic),
    int32(partitions.length),
    ...partitions.flatMap((partition) => [int32(partition), int32(records.length), records]),
  ]);
  return Buffer.concat([int32(body.length), body]);
}

/**
 * The misdeeds that a drill has by the name of its fault.
 * @param topic with something in it, that every broker leads some partition of
 */
export function misdeedsOf(kind: Harm, topic: string, partitions: readonly number[]): Misdeed[] {
  if (kind === "bad-client") return misdeeds(topic, partitions);
  const bytes = () => vastEvent(topic, partitions);
  return [{ name: "an event of 2 GB", connections: 16, bytes, reads: true, again: false }];
}

/** All that a broker bears without a pause. */
function misdeeds(topic: string, partitions: readonly number[]): Misdeed[] {
  const quiet = { reads: true, again: false } as const;
  const busy = { reads: true, again: true } as const;
  return [
    // The length of Kafka's own largest request: 99,999,999 bytes. What follows never comes.
    { name: "05 f5 e0 ff", connections: 16, bytes: () => Buffer.from("05f5e0ff", "hex"), ...busy },
    // A length that is taken.
    { name: "1 MiB announced", connections: 200, bytes: () => int32(mebibyte), ...quiet },
    { name: "opened and silent", connections: 50, ...quiet },
    { name: "garbage", connections: 20, bytes: () => randomBytes(4096), ...busy },
    {
      name: "another protocol",
      connections: 4,
      bytes: () => Buffer.from("GET / HTTP/1.1\r\nHost: kafka\r\n\r\n"),
      ...busy,
    },
    { name: "1,000 connections to each", connections: 1000, ...quiet },
    { name: "fetch of everything", connections: 10, bytes: () => encodeRequest(fetchAll(topic, partitions)), ...busy },
    {
      name: "slow readers",
      connections: 20,
      bytes: () => encodeRequest(fetchAll(topic, partitions)),
      reads: false,
      again: false,
    },
    { name: "metadata storm", connections: 10, bytes: () => encodeRequest(metadata("all")), ...busy },
    // Each request costs 20 to 100 ms of a processor: at brokers that share two, as 10 where each has its own.
    { name: "unknown topics", connections: 4, bytes: () => encodeRequest(unknownTopics(500)), ...busy },
    {
      name: "unknown topics, unread",
      connections: 20,
      bytes: () => encodeRequest(unknownTopics(500)),
      apartMs: 500,
      reads: false,
      again: false,
    },
  ];
}
