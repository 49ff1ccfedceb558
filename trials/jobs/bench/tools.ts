/** Producers and consumer groups at work, each a process of Kafka's performance tools. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JavaTool } from "./javaTool";
import { KafkajsProducer } from "./kafkajsProducer";
import type { BenchParameters } from "./parameters";
import { makePayload } from "./payload";
import { isConsumerHeader, readConsumerLine, readProducerLine, type ProducerTotal } from "./perfTools";
import type { Point } from "./rates";

/** A producer, with what it has said so far. */
export interface Producer {
  /** The sums of acknowledged events. */
  readonly points: readonly Point[];
  readonly total?: ProducerTotal;
  readonly compressionRate?: number;
  /** Resolves when it has ended; rejects when it fails. */
  readonly ended: Promise<void>;
  /** Kills it; what is on its way is lost. */
  kill(): Promise<void>;
}

/** A consumer group of one. */
export interface Group {
  /** The sums of bytes that were read; the first one when its process is on its feet. */
  readonly points: readonly Point[];
}

/** The properties of an application's producer: our settings or the client's own, and what is changed of them. */
export function producerProperties({
  against,
  clientProperties,
  producerSettings,
}: Pick<BenchParameters, "against" | "clientProperties" | "producerSettings">): string {
  const { java, kafkajs } = clientProperties;
  // The client's own default is "all" as well; said, as it is what both sides promise.
  const base = against === "ours" ? java.producer : `bootstrap.servers=${kafkajs.client.brokers.join(",")}\nacks=all\n`;
  // In such a file the last one of a name counts.
  return base + propertyLines(producerSettings);
}

const propertyLines = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Kills it, and waits until it has gone. */
async function ended(tool: JavaTool | KafkajsProducer): Promise<void> {
  await tool.kill();
  await tool.ended.catch(() => undefined);
}

/** The tools of one job. */
export class Tools {
  /** Mean length of an event, bytes. */
  readonly meanBytes: number;
  private readonly files: { readonly payload: string; readonly producer: string; readonly consumer: string };
  private readonly classpath: string;
  private readonly lines: readonly string[];
  private readonly running = new Set<JavaTool | KafkajsProducer>();

  constructor(private readonly parameters: BenchParameters) {
    const { against, clientProperties, consumerSettings = {}, javaClasses = {}, kafkaLibraries, payload } = parameters;
    const { text, meanBytes } = makePayload(payload);
    this.meanBytes = meanBytes;
    this.lines = text.trimEnd().split("\n");
    const folder = mkdtempSync(join(tmpdir(), "bench-"));
    const file = (name: string, content: string | Buffer) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    };
    this.files = {
      payload: file("payload", text),
      producer: file("producer.properties", producerProperties(parameters)),
      consumer: file(
        "consumer.properties",
        (against === "ours" ? clientProperties.java.consumer : "") + propertyLines(consumerSettings),
      ),
    };
    for (const [name, content] of Object.entries(javaClasses)) file(name, Buffer.from(content, "base64"));
    this.classpath = `${kafkaLibraries}/*:${folder}`;
  }

  /**
   * Starts a producer.
   * @param eventsPerSecond of this producer; absent: as fast as it goes
   */
  produce(topic: string, events: number, eventsPerSecond?: number): Producer {
    if (this.parameters.kafkajsZone !== undefined) {
      return this.remember(new KafkajsProducer(this.parameters, this.lines, { topic, events, eventsPerSecond }));
    }
    const points: Point[] = [];
    let sum = 0;
    const args = [
      ...["--topic", topic, "--num-records", String(events), "--throughput", String(eventsPerSecond ?? -1)],
      ...["--payload-file", this.files.payload, "--producer.config", this.files.producer, "--print-metrics"],
    ];
    const tool = this.start("ProducerPerformance", args, (text, at) => {
      const line = readProducerLine(text);
      if (line?.kind === "compression") producer.compressionRate = line.rate;
      if (line?.kind === "interval") points.push({ at, sum: (sum += line.events) });
      if (line?.kind === "total") {
        producer.total = line;
        points.push({ at, sum: line.events });
      }
    });
    const producer: Writable<Producer> = { points, ended: tool.ended, kill: () => ended(tool) };
    return producer;
  }

  /** Starts a group that reads the topic from its beginning until it is killed. */
  consume(topic: string, id: string): Group {
    const points: Point[] = [];
    const servers = this.parameters.clientProperties.kafkajs.client.brokers.join(",");
    const args = [
      ...["--bootstrap-server", servers, "--topic", topic, "--group", id, "--consumer.config", this.files.consumer],
      // It ends by neither: the producers' end is the end of the measurement.
      ...["--messages", String(Number.MAX_SAFE_INTEGER), "--timeout", "3600000"],
      ...["--show-detailed-stats", "--reporting-interval", "1000"],
    ];
    this.start("ConsumerPerformance", args, (line, at) => {
      const sum = isConsumerHeader(line) ? 0 : readConsumerLine(line);
      if (sum !== undefined) points.push({ at, sum });
    });
    return { points };
  }

  /** Ends every process that still runs. */
  async kill(): Promise<void> {
    await Promise.all([...this.running].map(ended));
  }

  private start(name: string, args: readonly string[], onLine: (line: string, at: number) => void): JavaTool {
    return this.remember(new JavaTool(name, this.classpath, args, onLine));
  }

  private remember<Tool extends JavaTool | KafkajsProducer>(tool: Tool): Tool {
    this.running.add(tool);
    const gone = () => this.running.delete(tool);
    tool.ended.then(gone, gone);
    return tool;
  }
}
