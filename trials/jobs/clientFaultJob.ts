/**
 * What a client does to a cluster in a drill, on a client host; bundled into one file. Reads PARAMETERS_FILE, listens
 * at CONTROL_URL, writes RESULT_FILE.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { brokerAddress } from "../../ops/kafka/metadata";
import { misdeedsOf } from "./clientFault/misdeeds";
import { perform } from "./clientFault/perform";
import { begunLine, type ClientFaultParameters } from "./clientFault/parameters";
import { oldEvents } from "./clientFault/oldEvents";
import { slowConsumer, slowReader } from "./clientFault/slowConsumer";
import { Operator } from "./drill/operator";
import { variable } from "./variable";

async function run(parameters: ClientFaultParameters, operator: Operator): Promise<unknown> {
  const begin = () => console.log(`${begunLine} ${Date.now()}`);
  if (parameters.kind === "old-events") return oldEvents(parameters, begin);
  if (parameters.kind === "slow-consumer") return slowConsumer(parameters, operator, begin);
  const ending = new AbortController();
  operator.onStop = () => ending.abort();
  const { kind, topic, partitions, seconds, brokers } = parameters;
  const all = misdeedsOf(kind, topic, [...Array(partitions).keys()]);
  begin();
  // Each by itself, then all at once.
  const share = (1000 * seconds) / (all.length + 1);
  const outcomes = await perform(brokers.map(brokerAddress), all, share, ending.signal);
  for (const { name, ...counts } of outcomes) console.log(`${name}: ${JSON.stringify(counts)}`);
  return outcomes;
}

async function main(): Promise<void> {
  const parameters = JSON.parse(readFileSync(variable("PARAMETERS_FILE"), "utf8")) as ClientFaultParameters;
  // A consumer of its own, in another process.
  const [topic, groupId] = process.argv.slice(2);
  if (parameters.kind === "slow-consumer" && topic !== undefined && groupId !== undefined)
    await slowReader(parameters, topic, groupId);
  const resultFile = variable("RESULT_FILE");
  writeFileSync(resultFile, JSON.stringify(await run(parameters, new Operator(variable("CONTROL_URL")))));
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(`the client of the drill: ${error.message}`);
    process.exit(1);
  },
);
