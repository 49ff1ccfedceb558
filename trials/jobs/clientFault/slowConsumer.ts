import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientName } from "../../drills/loadReport";
import { clientNames } from "../drill/events";
import { Clients } from "../drill/clients";
import type { Operator } from "../drill/operator";
import { makeTopic, removeTopics } from "../drill/topic";
import { within } from "../drill/within";
import { eventsOfPartition, fillBacklog } from "./backlog";
import { inWords, Reading } from "./catchUp";
import { ConsumerProcess } from "./consumerProcess";
import { readAndSay } from "./kafkajsReader";
import { linkLine, type CatchUp, type ClientFaultParameters, type Link } from "./parameters";

type Parameters = Extract<ClientFaultParameters, { readonly kind: "slow-consumer" }>;

/** Time in ms for the operator to limit the host's network, for a consumer to start, and for it to leave its group. */
const linkLimitMs = 30_000;
const startLimitMs = 20_000;
const leaveLimitMs = 5_000;
const sayEveryMs = 10_000;
/** The link in MB/s when all is measured: as good as none. */
const wideMegabytesPerSecond = 1000;
/** A consumer that takes so many times as long as the link needs is given up. */
const patience = 1.7;

/**
 * Fills a topic for each link; then consumers of both kinds, one after the other, read it behind that link.
 * @param begun called when the first link is about to be narrowed
 */
export async function slowConsumer(
  parameters: Parameters,
  operator: Operator,
  begun: () => void,
): Promise<readonly CatchUp[]> {
  const { brokers, replicaAssignment, config, topic, links } = parameters;
  const clients = clientsOf(parameters);
  const partitions = replicaAssignment.length;
  const backlogs = links.map((link) => ({ link, topic: `${topic}-behind-${link.megabytesPerSecond}` }));
  const groups: string[] = [];
  const stopped = new Promise<never>((_, reject) => {
    operator.onStop = () => reject(new Error("the operator gave up"));
  });
  const linkOf = (megabytesPerSecond: number) => {
    console.log(`${linkLine} ${megabytesPerSecond} MB/s`);
    return operator.hears("link", linkLimitMs, megabytesPerSecond);
  };
  const measure = async (): Promise<readonly CatchUp[]> => {
    for (const { link, topic: name } of backlogs) {
      await makeTopic(clients, { topic: name, replicaAssignment, config }, brokers);
      const events = eventsOfPartition(link.backlogMegabytes, partitions);
      console.log(`filling ${name} with ${partitions * events} events`);
      await fillBacklog(clients, name, partitions, events);
    }
    begun();
    const results: CatchUp[] = [];
    for (const { link, topic: name } of backlogs) {
      await linkOf(link.megabytesPerSecond);
      for (const client of clientNames) {
        const group = `${name}-${client}`;
        groups.push(group);
        const result = await catchUp(parameters, client, link, name, group);
        console.log(inWords(result));
        results.push(result);
      }
    }
    return results;
  };
  try {
    return await Promise.race([measure(), stopped]);
  } finally {
    // Requests of over 2 s are given up, and a slow link takes longer with what the consumers still get.
    const wide = linkOf(wideMegabytesPerSecond).catch(() => undefined);
    await within(5_000, wide);
    const topics = backlogs.map((one) => one.topic);
    await within(15_000, removeTopics(clients, topics, groups));
  }
}

/** The part of the kafkajs consumer, which runs in a process of its own. */
export function slowReader(parameters: Parameters, topic: string, groupId: string): Promise<never> {
  return readAndSay(clientsOf(parameters), parameters.clientProperties, topic, groupId);
}

const clientsOf = ({ clientProperties }: Parameters) => new Clients({ against: "ours", clientProperties });

async function catchUp(
  parameters: Parameters,
  client: ClientName,
  link: Link,
  topic: string,
  groupId: string,
): Promise<CatchUp> {
  const partitions = parameters.replicaAssignment.length;
  const reading = new Reading(partitions, eventsOfPartition(link.backlogMegabytes, partitions));
  let done: () => void = () => undefined;
  const complete = new Promise<void>((resolve) => (done = resolve));
  const [command, ...args] = consumerCommand(parameters, client, topic, groupId);
  const consumer = new ConsumerProcess(command, args, (line, at) => {
    const before = reading.faults.length;
    reading.take(line, at);
    for (const fault of reading.faults.slice(before)) console.log(`${client}: ${fault}`);
    if (reading.complete) done();
  });
  const endedEarly = consumer.ended.then((words) => {
    if (!reading.complete) reading.faults.push(`it ended: ${words}`);
  });
  const saying = setInterval(() => console.log(`${client} has read ${reading.progress}`), sayEveryMs);
  const limitMs = startLimitMs + (patience * 1000 * link.backlogMegabytes) / link.megabytesPerSecond;
  await within(limitMs, Promise.race([complete, endedEarly]));
  clearInterval(saying);
  const result = reading.result(client, link, consumer.memoryMebibytes, Date.now());
  await consumer.stop(leaveLimitMs);
  return result;
}

/** Half of what they may have in all is heap. */
const heapMebibytes = 128;

function consumerCommand(
  { clientProperties, kafkaLibraries }: Parameters,
  client: ClientName,
  topic: string,
  groupId: string,
): readonly [string, ...string[]] {
  if (client === "kafkajs")
    return [process.execPath, `--max-old-space-size=${heapMebibytes}`, __filename, topic, groupId];
  const { java } = clientProperties;
  const config = join(mkdtempSync(join(tmpdir(), "slow-consumer-")), "consumer.properties");
  writeFileSync(config, java.consumer);
  // What the tool would set to its own defaults.
  const property = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(java.consumer)?.[1] ?? "";
  return [
    "java",
    ...[`-Xmx${heapMebibytes}m`, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", `${kafkaLibraries}/*`],
    "org.apache.kafka.tools.VerifiableConsumer",
    ...["--bootstrap-server", property("bootstrap.servers"), "--topic", topic, "--group-id", groupId],
    ...["--consumer.config", config, "--session-timeout", property("session.timeout.ms")],
    ...["--assignment-strategy", property("partition.assignment.strategy")],
    ...["--reset-policy", property("auto.offset.reset")],
  ];
}
