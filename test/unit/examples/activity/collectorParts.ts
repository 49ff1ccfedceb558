import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ledger } from "../../../../examples/activity/collector/ledger";
import { makeMetrics } from "../../../../examples/activity/collector/metrics";
import { Outbox } from "../../../../examples/activity/collector/outbox";
import { makeServer } from "../../../../examples/activity/collector/server";
import { readSettings } from "../../../../examples/activity/collector/settings";
import { Spool } from "../../../../examples/activity/collector/spool";
import type { EventMessage } from "../../../../examples/activity/events/message";

/** A producer's edge that keeps what it is sent, in place of a cluster; `send` can be another. */
class KeepingProducer {
  readonly kept: EventMessage[] = [];
  send = (messages: readonly EventMessage[]): Promise<void> => Promise.resolve(void this.kept.push(...messages));
  close = (): Promise<void> => Promise.resolve();
}

/** A collector in this process, with its spool in a folder of its own. */
export function makeCollector(variables: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "collector-"));
  const settings = readSettings({ PATIENCE_MS: "200", SPOOL_FOLDER: folder, ...variables });
  const producer = new KeepingProducer();
  const cluster = { connect: () => Promise.resolve(producer) };
  const spool = new Spool(folder, settings.SPOOL_MIB * 2 ** 20);
  const troubles: string[] = [];
  const ledger = new Ledger(folder, ({ message }) => troubles.push(message));
  const outbox = new Outbox({
    connect: () => cluster.connect(),
    spool,
    patienceMs: settings.PATIENCE_MS,
    onKept: (messages, kept) => ledger.add(Date.now(), kept, messages.length),
    onSentAgain: () => undefined,
    onTrouble: ({ message }) => troubles.push(message),
  });
  const reading = { bytes: 0 };
  const metrics = makeMetrics({
    inFlightBytes: () => reading.bytes,
    spoolBytes: () => spool.bytes,
    connected: () => outbox.isConnected,
  });
  const onError = ({ message }: Error) => troubles.push(message);
  const server = makeServer({ settings, outbox, spool, ledger, metrics, reading, onError });
  const close = async () => {
    await server.close();
    await outbox.end();
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, producer, cluster, spool, ledger, outbox, reading, server, troubles, close };
}

/** An event as a browser sends it now. */
export function sentEvent(more: object = {}): object {
  const at = new Date().toISOString();
  const common = { id: crypto.randomUUID(), user: "u-1", session: "s-1", at, page: "/" };
  return { ...common, type: "button_click", button: "buy", ...more };
}
