/** What one broker's machine did during a measurement. Rates are means over its time: a burst is no reason to grow for good. */
export interface BrokerMeasurement {
  /** `kafka-3`. */
  readonly node: string;
  /** Of the data volume, at the end. */
  readonly usedBytes: number;
  /** What Kafka appends in a day, before retention deletes anything. */
  readonly writtenBytesPerDay: number;
  readonly receivedBytesPerSecond: number;
  readonly sentBytesPerSecond: number;
  /** Read and written, of the data volume. */
  readonly diskBytesPerSecond: number;
  /** What the page cache did not have. */
  readonly diskReadBytesPerSecond: number;
  readonly diskOperationsPerSecond: number;
  /** 1.5: one and a half CPUs' worth of work, what the hypervisor withheld among it. */
  readonly busyCpus: number;
  /**
   * 0 to 1, of Kafka's busiest network or request handler thread: the time in which it ran or waited for a CPU. Kafka's own
   * request handler idle is about 1 minus this; it is lower by the time in which a thread waits for the disk.
   */
  readonly busiestThread: number;
}

/** What a healthy cluster did for a while. */
export interface Measurements {
  /** How long it was looked at. */
  readonly seconds: number;
  readonly brokers: readonly BrokerMeasurement[];
  readonly zookeeper: readonly { readonly node: string; readonly usedBytes: number }[];
}
