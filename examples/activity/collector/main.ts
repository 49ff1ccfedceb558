/** Takes events from browsers over HTTP and writes them to Kafka. */
import { connectProducer, isOutage } from "../cluster/producer";
import { readStackOutputs } from "../cluster/outputs";
import type { EventMessage } from "../events/message";
import { sayOnce } from "../service/sayOnce";
import { Ledger } from "./ledger";
import { makeMetrics } from "./metrics";
import { Outbox, type Kept } from "./outbox";
import { makeServer } from "./server";
import { readSettings } from "./settings";
import { Spool } from "./spool";

/** Ms for ending in good order: supervisors kill after 30 s. */
const endMs = 25_000;
const ledgerSyncMs = 1_000;

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const sayTrouble = () => {
    const say = sayOnce();
    return ({ message }: Error) => say(message);
  };
  const outputs = readStackOutputs(process.env);
  const spool = new Spool(settings.SPOOL_FOLDER, settings.SPOOL_MIB * 2 ** 20);
  const ledger = new Ledger(settings.SPOOL_FOLDER, sayTrouble());
  const reading = { bytes: 0 };
  const metrics = makeMetrics({
    inFlightBytes: () => reading.bytes + outbox.bytes,
    spoolBytes: () => spool.bytes,
    connected: () => outbox.isConnected,
  });
  const onKept = (messages: readonly EventMessage[], outcome: Kept, seconds: number) => {
    for (const [receivedMs, events] of countBy(messages, ({ timestamp }) => Number(timestamp))) {
      ledger.add(receivedMs, outcome, events);
    }
    metrics.events.inc({ outcome }, messages.length);
    metrics.batchEvents.observe(messages.length);
    metrics.batchSeconds.observe({ outcome }, seconds);
  };
  const outbox = new Outbox({
    connect: () => connectProducer(outputs, settings.TOPIC, settings.PATIENCE_MS),
    spool,
    patienceMs: settings.PATIENCE_MS,
    onKept,
    onSentAgain: (events) => metrics.sentAgain.inc(events),
    onTrouble: sayTrouble(),
  });
  try {
    await outbox.connect();
  } catch (error) {
    // A wrong topic is told at once; a cluster that is away is waited for, and the spool takes events meanwhile.
    if (!isOutage(error)) throw error;
    console.error(`Kafka can't be reached (${(error as Error).message}): events go to ${settings.SPOOL_FOLDER}`);
  }
  outbox.drain();

  const server = makeServer({ settings, outbox, spool, ledger, metrics, reading, onError: sayTrouble() });
  const address = await server.listen({ host: settings.HOST, port: settings.PORT });
  const ledgerSync = setInterval(() => void ledger.sync(), ledgerSyncMs);
  console.log(`collector ready on ${address}`);

  let ending = false;
  const end = async (signal: string): Promise<void> => {
    if (ending) return;
    ending = true;
    console.log(`${signal}: answering what has come, then ending`);
    setTimeout(() => {
      console.error(`not ended within ${endMs} ms; events that were not answered are for their senders to send again`);
      process.exit(1);
    }, endMs).unref();
    // A browser's connection that rests after its answer would be waited for.
    const idle = setInterval(() => server.server.closeIdleConnections(), 100);
    await server.close();
    clearInterval(idle);
    await outbox.end();
    clearInterval(ledgerSync);
    await ledger.sync();
    console.log(`ended; ${spool.bytes} bytes wait in ${settings.SPOOL_FOLDER}`);
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void end(signal));
}

function countBy<T>(items: readonly T[], key: (item: T) => number): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
