/**
 * What keeps that which clients send within a broker's heap: the size of a request, the bytes and the number of those
 * under way, and connections. Pure.
 */
import type { Settings } from "../../settings/settings";
import { brokerConfigMap } from "./brokerConfigMap";
import type { PlannedNode } from "./nodes";

const mebibyte = 1024 * 1024;
/** Kafka's default of `message.max.bytes`. */
const largestBatchBytes = 1_048_588;
/** Bytes that a partition takes in a request of the controller, which tells a broker of all of them, and some. */
const bytesForEachPartition = 256;
/** Partitions for which there is room at once, so that brokers need not be replaced for each topic that is added. */
const partitionsAtOnce = 1024;
/** The share of the heap that unfinished requests may hold. */
const heapShare = 1 / 4;
/** How many times its size a batch may always have once it is unpacked: ten is what compression makes of JSON. */
const unpackedRatio = 10;
/** The share of that which one address may hold: the rest is left for everybody else. */
const addressShare = 3 / 4;

/** A broker's limits on what clients send, by Kafka's names. */
export interface ClientLimits {
  readonly "socket.request.max.bytes": number;
  readonly "queued.max.request.bytes": number;
  readonly "queued.max.requests": number;
  readonly "max.connections": number;
  readonly "max.connections.per.ip": number;
  readonly "max.incremental.fetch.session.cache.slots": number;
}

/**
 * The limits on what clients send to a broker, from its heap; what `brokerConfig` gives of them counts in the others.
 *
 * Kafka sets memory aside for a request as soon as it has read the four bytes that say its length, and keeps it until
 * the rest has come. All of that memory comes out of one pool (`queued.max.request.bytes`); while the pool is empty no
 * connection of the broker is read, those of other brokers among them. So one address gets no more connections than
 * leave a quarter of the pool to the others, each with a request of the largest size.
 */
export function clientLimits(settings: Settings, { heapMiB }: Pick<PlannedNode, "heapMiB">): ClientLimits {
  const given = brokerConfigMap(settings);
  const number = (key: keyof ClientLimits, otherwise: number) => Number(given[key] ?? otherwise);
  const largest = largestBatch(settings);
  const partitions = settings.topics.reduce((sum, topic) => sum + topic.partitions, 0);
  const room = Math.max(1, Math.ceil(partitions / partitionsAtOnce)) * partitionsAtOnce;
  // Twice the largest batch: a client may send those of several partitions together.
  const requestBytes = number("socket.request.max.bytes", 2 * largest + bytesForEachPartition * room);
  const heapBytes = heapMiB * mebibyte;
  // Kafka does not start with a pool that is smaller than the largest request.
  const poolBytes = number("queued.max.request.bytes", Math.max(requestBytes, Math.floor(heapBytes * heapShare)));
  return {
    "socket.request.max.bytes": requestBytes,
    "queued.max.request.bytes": poolBytes,
    // Requests that have been read and are not produced events take up to thirty times their size, outside of the pool.
    "queued.max.requests": clamp(heapMiB / 16, 16, 500),
    // A connection takes some KiB. The brokers' own listener is exempt.
    "max.connections": clamp(heapMiB * 16, 1000, 100_000),
    "max.connections.per.ip": clamp((poolBytes * addressShare) / requestBytes, 16, 100_000),
    // What a client once asked for is kept, several MiB at most, so that it need not ask for it again.
    "max.incremental.fetch.session.cache.slots": clamp(heapMiB / 8, 64, 1000),
  };
}

/** The threads of a broker that answer requests, by default: Kafka's 8 up to 3 vCPUs, then with the machine. */
export const requestThreads = ({ vcpus }: Pick<PlannedNode, "vcpus">): number => Math.max(8, 2 * vcpus);

/**
 * Bytes that a batch which a client writes may take once it is unpacked; a larger one is refused as
 * `MESSAGE_TOO_LARGE` (node/java). All request threads together may have a quarter of the heap under way. Ten times the
 * largest batch is always taken, if a quarter of the heap has room for it: 16 MiB with 512 MiB of heap.
 */
export function unpackedBatchBytes(settings: Settings, node: Pick<PlannedNode, "heapMiB" | "vcpus">): number {
  const threads = Number(brokerConfigMap(settings)["num.io.threads"] ?? requestThreads(node));
  const share = node.heapMiB * mebibyte * heapShare;
  return clamp(share / threads, unpackedRatio * largestBatch(settings), share);
}

/** Bytes of the largest batch that some topic takes. */
function largestBatch(settings: Settings): number {
  return Math.max(
    Number(brokerConfigMap(settings)["message.max.bytes"] ?? largestBatchBytes),
    ...settings.topics.map(({ config }) => Number(config["max.message.bytes"] ?? 0)),
  );
}

function clamp(value: number, min: number, max: number): number {
  return Math.floor(Math.min(max, Math.max(min, value)));
}
