/**
 * What one broker's machine did during a measurement. Rates are means over its time: a burst is no reason to grow for
 * good.
 */
export interface BrokerMeasurement {
  /** `kafka-3`. */
  readonly node: string;
  /** Bytes in use on the data volume at the end of the measurement. */
  readonly usedBytes: number;
  /** Bytes that Kafka appends in a day, before retention deletes anything. */
  readonly writtenBytesPerDay: number;
  readonly receivedBytesPerSecond: number;
  readonly sentBytesPerSecond: number;
  /** Bytes a second that the data volume read and wrote. */
  readonly diskBytesPerSecond: number;
  /** Bytes a second that the page cache did not have. */
  readonly diskReadBytesPerSecond: number;
  readonly diskOperationsPerSecond: number;
  /** CPUs' worth of work, what the hypervisor withheld included: 1.5 is one and a half. */
  readonly busyCpus: number;
  /**
   * The share of the time, 0 to 1, in which Kafka's busiest network or request handler thread ran or waited for a CPU.
   * Kafka's own request handler idle is about 1 minus this; it is lower by the time in which a thread waits for the
   * disk.
   */
  readonly busiestThread: number;
}

/** What a healthy cluster did for a while. */
export interface Measurements {
  /** The length of the measurement in seconds. */
  readonly seconds: number;
  readonly brokers: readonly BrokerMeasurement[];
  readonly zookeeper: readonly { readonly node: string; readonly usedBytes: number }[];
}
