import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Clients } from "./clients";
import { preloadLimitMs, type DrillParameters, type Preload } from "./parameters";
import { makeTopic } from "./topic";

const recordBytes = 10_000;
/**
 * Records a second, 30 MB/s: with four copies all the writing that brokers on one machine's disk can stand without
 * standing out.
 */
const recordsPerSecond = 3000;

const recordsOf = ({ gigabytes }: Preload) => Math.round((gigabytes * 1e9) / recordBytes);

/** Makes the topic and fills it, by Kafka's own tool for that. Rejects with the tool's words. */
export async function preload(
  clients: Clients,
  wanted: Preload,
  { brokers, kafkaLibraries }: Pick<DrillParameters, "brokers" | "kafkaLibraries">,
): Promise<void> {
  const { topic, gigabytes } = wanted;
  await makeTopic(clients, wanted, brokers);
  console.log(`filling topic ${topic} with ${gigabytes} GB`);
  const servers = brokers.map(({ address }) => address).join(",");
  const child = spawn(
    "java",
    [
      ...["-Xmx256m", "-XX:+UseSerialGC", "-cp", `${kafkaLibraries}/*`, "org.apache.kafka.tools.ProducerPerformance"],
      ...["--topic", topic, "--num-records", String(recordsOf(wanted))],
      ...["--record-size", String(recordBytes), "--throughput", String(recordsPerSecond)],
      ...["--producer-props", `bootstrap.servers=${servers}`, "acks=all", "batch.size=262144", "linger.ms=20"],
    ],
    { stdio: ["ignore", "pipe", "pipe"], timeout: preloadLimitMs, killSignal: "SIGKILL" },
  );
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2000)));
  createInterface({ input: child.stdout }).on("line", (line) => console.log(line));
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const why = `${signal ?? `exit code ${code}`} ${errors.trim().slice(-300)}`;
      if (code === 0) resolve();
      else reject(new Error(`topic ${topic} could not be filled: ${why}`));
    });
  });
}

/** The number of its records that are not there any more, by the partitions' offsets. */
export async function preloadLost(clients: Clients, wanted: Preload): Promise<number> {
  const admin = clients.managing().admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(wanted.topic);
    const there = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    return Math.max(0, recordsOf(wanted) - there);
  } finally {
    await admin.disconnect();
  }
}
