import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterDescription } from "../../../planning/cluster";
import { KafkaAdmin } from "../../kafka/admin";
import { collectEvidence } from "../evidence";
import { kafkaAddress } from "../kafkaClient";
import { takeLock } from "./lock";
import { moveReplicas } from "./mover";
import { brokerName } from "./placementNow";
import { BalanceError, Session, systemClock } from "./session";

/**
 * Makes the replicas be where the settings want them: on new brokers, off those that the settings no longer name, in the
 * wanted number. Where they are, it says so and is done. Gives whether they are; if not, the reason is on stderr.
 */
export async function balance(cluster: ClusterDescription, deadlineSeconds: number): Promise<boolean> {
  const admin = new KafkaAdmin(cluster.brokers.map(kafkaAddress));
  const interruption = new AbortController();
  const session = new Session(systemClock, interruption.signal, deadlineSeconds, (line) => console.log(line));
  const stopListening = listenForTheEnd(() => interruption.abort());
  try {
    const release = takeLock(join(tmpdir(), `kafka-ops-balance-${cluster.clusterName}`), "balance");
    try {
      await moveReplicas(session, admin, cluster);
    } finally {
      release();
    }
    return true;
  } catch (error) {
    console.error(`balance: ${(error as Error).message}`);
    const brokers = error instanceof BalanceError ? error.brokers : [];
    for (const { node, text } of await collectEvidence(
      cluster,
      brokers.map((id) => brokerName(cluster, id)),
    )) {
      console.error(`\n----- ${node} -----\n${text}`);
    }
    return false;
  } finally {
    stopListening();
  }
}

/** Signals, and an SSH session that is gone: without the handlers the process would end with its throttles set. */
function listenForTheEnd(end: () => void): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const streams = [process.stdout, process.stderr];
  for (const signal of signals) process.on(signal, end);
  for (const stream of streams) stream.on("error", end);
  return () => {
    for (const signal of signals) process.off(signal, end);
    for (const stream of streams) stream.off("error", end);
  };
}
