/** The smoke test's job on the client host; bundled into one file. Reads PARAMETERS_FILE, writes RESULT_FILE. */
import { readFileSync, writeFileSync } from "node:fs";
import { exchanged, readExchanged, writeExchanged } from "./exchange";
import { endOfTopic, readBack } from "./readBack";
import { findSecondClient } from "./secondClient";
import { SmokeClient } from "./smokeClient";
import type { SecondClientReport, SmokeParameters, SmokeReport } from "./smokeReport";
import { percentiles } from "./statistics";
import { eventsPerBatch, writeEvents } from "./writeEvents";
import { variable } from "./variable";

/**
 * Runs the smoke test.
 * @param enter told what begins, for the message when time is up
 */
async function smoke(parameters: SmokeParameters, enter: (step: string) => void): Promise<SmokeReport> {
  const { topic, runId, count } = parameters;
  const client = new SmokeClient(parameters);
  enter("asking where the topic ends");
  const start = await endOfTopic(client);
  enter("writing events");
  console.log(`topic ${topic} has ${start.length} partitions; writing ${count} events`);
  const { latencies, bytes, seconds } = await writeEvents(client);
  console.log(`written in ${seconds.toFixed(1)} s`);

  enter("writing events by a second client");
  const found = findSecondClient(parameters);
  const second = typeof found === "string" ? undefined : { client: found, from: await writeExchanged(client, found) };
  enter("reading the events back");
  const read = await readBack(client, start, second === undefined ? 0 : 2 * exchanged);
  console.log(`read ${read.tally.distinct} of ${count} events in ${read.seconds.toFixed(1)} s`);
  enter("reading events by a second client");
  const secondClient: SecondClientReport | undefined = second && {
    client: second.client.name,
    written: exchanged,
    expected: 2 * exchanged,
    read: await readExchanged(client, second.client, second.from),
    readByKafkajs: [...read.exchangedNumbers].filter((number) => number >= exchanged).length,
  };

  const { tally } = read;
  return {
    runId,
    topic,
    written: { events: count, bytes, seconds },
    ackLatencyMs: percentiles(latencies),
    eventsPerBatch,
    read: { events: tally.distinct, seconds: read.seconds },
    missing: tally.expected - tally.distinct,
    missingExamples: tally.missingExamples(),
    duplicates: tally.duplicates,
    outOfOrder: tally.outOfOrder,
    secondClient,
    secondClientNote: typeof found === "string" ? found : undefined,
  };
}

async function main(): Promise<void> {
  const parameters = JSON.parse(readFileSync(variable("PARAMETERS_FILE"), "utf8")) as SmokeParameters;
  const resultFile = variable("RESULT_FILE");
  let step = "starting";
  // The client settings retry without end, as they should; so the end is here.
  const alarm = setTimeout(() => {
    console.error(`smoke test: not done within ${parameters.deadlineSeconds} s: it hung while ${step}`);
    process.exit(1);
  }, parameters.deadlineSeconds * 1000);
  const report = await smoke(parameters, (begun) => (step = begun));
  clearTimeout(alarm);
  writeFileSync(resultFile, JSON.stringify(report));
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(`smoke test: ${error.message}`);
    process.exit(1);
  },
);
