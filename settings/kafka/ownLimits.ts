/** Limits of the program's own on one of Kafka's settings. */
interface OwnLimits {
  readonly min?: number;
  readonly max?: number;
  /** A value outside the range that Kafka gives a meaning of its own. */
  readonly or?: number;
  /** The only values, where it takes words. */
  readonly words?: readonly string[];
  /** What would happen with a value outside the limits. */
  readonly reason?: string;
}

const mebibyte = 1024 ** 2;
const threads = { min: 1, max: 256, reason: "each takes memory, and more than the machine's CPUs can feed are no use" };
const socketBuffer = { min: 1024, or: -1, reason: "no connection could be made" };
const timeout = { min: 1000, reason: "brokers would give one another up while nothing is wrong" };
const retention = { min: 1, or: -1, reason: "events would be gone at once" };
const manySegments = "a broker would have more files than it may open";
const index = { min: 1024, max: 1_048_576, reason: "the index would be as large as the events, or of no use" };

/**
 * The limits, by setting, where Kafka itself takes a value and then does not start, stands still, or fills its disk. A
 * broker's and a topic's setting of one name are alike.
 */
const limits: Readonly<Record<string, OwnLimits>> = {
  "num.replica.fetchers": { min: 1, max: 64, reason: "with none nothing would ever be copied" },
  "num.io.threads": threads,
  "num.network.threads": threads,
  "num.recovery.threads.per.data.dir": threads,
  "background.threads": threads,
  "log.cleaner.threads": { min: 1, max: 16, reason: "with none Kafka's own topics would grow for ever" },
  "log.cleaner.io.max.bytes.per.second": { min: mebibyte, reason: "Kafka's own topics would grow for ever" },
  "log.cleaner.io.buffer.size": { min: 65_536, reason: "the cleaner would stop" },
  "log.cleaner.io.buffer.load.factor": { min: 0.1, max: 1, reason: "the cleaner would stop" },
  // Kafka wants more than 1 MiB for each of the cleaner's threads, of which there may be 16.
  "log.cleaner.dedupe.buffer.size": {
    min: 17 * mebibyte,
    reason: "Kafka would not start with several cleaner threads",
  },
  "log.retention.check.interval.ms": {
    max: 3_600_000,
    reason: "what comes in meanwhile is kept beyond every limit",
  },
  "log.segment.delete.delay.ms": { max: 3_600_000, reason: "what was deleted would go on filling the disk" },
  "file.delete.delay.ms": { max: 3_600_000, reason: "what was deleted would go on filling the disk" },
  "log.retention.ms": retention,
  "log.retention.minutes": retention,
  "log.retention.hours": retention,
  "log.retention.bytes": retention,
  "segment.bytes": { min: mebibyte, reason: manySegments },
  "log.segment.bytes": { min: mebibyte, reason: manySegments },
  "segment.ms": { min: 60_000, reason: manySegments },
  "log.roll.ms": { min: 60_000, reason: manySegments },
  "log.roll.jitter.ms": { min: 0 },
  "segment.index.bytes": { min: mebibyte, reason: manySegments },
  "log.index.size.max.bytes": { min: mebibyte, reason: manySegments },
  "index.interval.bytes": index,
  "log.index.interval.bytes": index,
  // Kafka doesn't start when the wait is above replica.lag.time.max.ms or replica.socket.timeout.ms.
  "replica.fetch.wait.max.ms": { min: 1, max: 5000, reason: "copies would fall behind" },
  "replica.fetch.min.bytes": { min: 1, max: mebibyte, reason: "copies would fall behind" },
  "replica.socket.timeout.ms": { min: 5000, reason: "brokers would give one another up while nothing is wrong" },
  "controller.socket.timeout.ms": timeout,
  "request.timeout.ms": timeout,
  "socket.connection.setup.timeout.ms": timeout,
  "socket.connection.setup.timeout.max.ms": timeout,
  "connections.max.idle.ms": { min: 10_000, reason: "clients would connect again and again" },
  "max.connections": { min: 100, reason: "the brokers themselves need some" },
  "max.connections.per.ip": { min: 16, reason: "the brokers themselves need some" },
  "max.connection.creation.rate": { min: 10, reason: "clients of a lost broker could not come back" },
  "socket.send.buffer.bytes": socketBuffer,
  "socket.receive.buffer.bytes": socketBuffer,
  "replica.socket.receive.buffer.bytes": socketBuffer,
  "socket.request.max.bytes": { min: 2 * mebibyte, reason: "a batch of events would not fit into a request" },
  "queued.max.request.bytes": { min: 16 * mebibyte, reason: "few clients that send slowly would hold up all others" },
  "message.max.bytes": { min: 65_536, max: 104_857_600, reason: "a request may have 100 MiB" },
  "max.message.bytes": { min: 1024, max: 104_857_600, reason: "a request may have 100 MiB" },
  "leader.imbalance.per.broker.percentage": { min: 0, max: 100 },
  "group.min.session.timeout.ms": {
    min: 1,
    max: 45_000,
    reason: "consumers ask for 45 s unless they are told otherwise",
  },
  "group.max.session.timeout.ms": { min: 45_000, reason: "consumers ask for 45 s unless they are told otherwise" },
  "group.initial.rebalance.delay.ms": { min: 0, max: 60_000, reason: "every new group would wait so long" },
  "offsets.retention.minutes": { min: 1440, reason: "a group that is away for a day would lose its place" },
  "socket.listen.backlog.size": { min: 50, reason: "clients that connect at the same moment would have to wait" },
  "offsets.topic.compression.codec": { min: 0, max: 4, reason: "Kafka does not start" },
  "offset.metadata.max.bytes": { min: 0 },
  "metrics.recording.level": { words: ["INFO", "DEBUG", "TRACE"] },
};

/** The program's own limits on a setting of Kafka; undefined when it has none. */
export function ownLimits(key: string): OwnLimits | undefined {
  return limits[key];
}
