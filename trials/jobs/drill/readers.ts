import { Worker } from "node:worker_threads";
import type { ClientName, Gap } from "../../drills/loadReport";
import { NumberList, type Acknowledgements } from "./acknowledgements";
import { clientNames } from "./events";
import type { Committed, ReadBatch, ReaderMessage, ReaderTask } from "./reader";

const members = 2;
/** The time in ms without a sign of life after which a reader is replaced, as by a supervisor. */
const silentMs = 10_000;

/**
 * A consumer group of two members that reads all the time, and how long acknowledged events wait for it. Each member
 * has a thread of its own: a consumer of kafkajs 2.2.4 that stops while the set of brokers changes can spin without end
 * (its new fetchers ask a runner that has stopped, which answers at once), and would take the writers with it.
 */
export class Readers {
  private readonly readAt = perClient();
  private readonly partitionOf = perClient();
  /** Partition -> the highest offset that was committed. */
  readonly committed = new Map<number, number>();
  private readonly threads = new Map<Worker, number>();
  private readonly watch: NodeJS.Timeout;

  constructor(private readonly task: ReaderTask) {
    for (let member = 0; member < members; member++) this.start();
    this.watch = setInterval(() => this.replaceSilent(), 1000);
  }

  /** The number of acknowledged events that nobody has read yet. */
  unread(written: readonly Acknowledgements[]): number {
    let count = 0;
    for (const acknowledgements of written) {
      const read = this.readAt[acknowledgements.client];
      for (let number = 0; number < acknowledgements.numbers; number++) {
        if (acknowledgements.at(number) > 0 && read.at(number) === 0) count++;
      }
    }
    return count;
  }

  /**
   * The longest that an event of each partition, acknowledged after `from`, waited. One that was never read is not
   * counted here.
   */
  waits(written: readonly Acknowledgements[], partitions: number, from: number, to: number): Gap[] {
    const longest = Array.from({ length: partitions }, (_, partition): Gap => ({ partition, ms: 0, from: to, to }));
    for (const acknowledgements of written) {
      const read = this.readAt[acknowledgements.client];
      const where = this.partitionOf[acknowledgements.client];
      for (let number = 0; number < acknowledgements.numbers; number++) {
        const acknowledged = acknowledgements.at(number);
        if (acknowledged < from || read.at(number) === 0) continue;
        const partition = where.at(number);
        const ms = read.at(number) - acknowledged;
        if (ms > (longest[partition]?.ms ?? Infinity))
          longest[partition] = { partition, ms, from: acknowledged, to: read.at(number) };
      }
    }
    return longest;
  }

  async stop(): Promise<void> {
    clearInterval(this.watch);
    const threads = [...this.threads.keys()];
    this.threads.clear();
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  private start(): void {
    const thread = new Worker(__filename, { workerData: this.task });
    this.threads.set(thread, Date.now());
    thread.on("message", (message: ReaderMessage) => {
      if (this.threads.has(thread)) this.threads.set(thread, Date.now());
      if (message === "alive") return;
      if ("committed" in message) this.noteCommitted(message);
      else this.take(message);
    });
    thread.on("error", (error) => console.log(`a reader ended: ${error.message}`));
  }

  private replaceSilent(): void {
    for (const [thread, heard] of this.threads) {
      if (Date.now() - heard < silentMs) continue;
      console.log(`a reader hangs or has ended; a new one takes its place`);
      this.threads.delete(thread);
      void thread.terminate();
      this.start();
    }
  }

  private noteCommitted({ committed }: Committed): void {
    for (const { partition, offset } of committed) {
      this.committed.set(partition, Math.max(offset, this.committed.get(partition) ?? 0));
    }
  }

  private take({ partition, at, numbers }: ReadBatch): void {
    for (const client of clientNames) {
      for (const number of numbers[client]) {
        if (this.readAt[client].at(number) > 0) continue;
        this.readAt[client].set(number, at);
        this.partitionOf[client].set(number, partition);
      }
    }
  }
}

const perClient = (): Readonly<Record<ClientName, NumberList>> => ({
  kafkajs: new NumberList(),
  java: new NumberList(),
});
