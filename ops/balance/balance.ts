import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { collectEvidence } from "../evidence";
import { clusterAdmin } from "../kafkaClient";
import { RunMetrics } from "../runMetrics";
import type { BalanceAdmin } from "./copying";
import { departureOf, type Departure } from "./departure";
import { takeLock } from "./lock";
import { moveReplicas } from "./mover";
import { brokerName } from "./placementNow";
import { beginLog } from "./service";
import { BalanceError, Session, systemClock, type Clock } from "./session";

/**
 * Makes the replicas be where the settings want them: on new brokers, off those that the settings no longer name, in
 * the wanted number. Where they are, it says so and is done. Gives whether they are. All that it says is in the log of
 * the run.
 */
export async function balance(
  cluster: ClusterDescription,
  run: string,
  deadlineSeconds: number,
  admin: BalanceAdmin = clusterAdmin(cluster),
  clock: Clock = systemClock,
  departure: Departure = departureOf(cluster),
  metrics: RunMetrics = new RunMetrics("balance"),
): Promise<boolean> {
  const release = takeLock(join(tmpdir(), `kafka-ops-balance-${cluster.clusterName}`), "balance");
  const log = beginLog(cluster, run);
  const interruption = new AbortController();
  const session = new Session(clock, interruption.signal, deadlineSeconds, (line) => {
    console.log(line);
    log({ line });
  });
  const stopListening = listenForTheEnd(() => interruption.abort());
  session.tell = (figures) => metrics.tell(figures);
  metrics.tell({ partitions: 0, partitions_done: 0, bytes: 0, bytes_done: 0 });
  try {
    await metrics.whole(() => moveReplicas(session, admin, cluster, departure).then(() => true));
    log({ passed: true, complaint: "" });
    return true;
  } catch (error) {
    const brokers = error instanceof BalanceError ? error.brokers : [];
    const evidence = await collectEvidence(
      cluster,
      brokers.map((id) => brokerName(cluster, id)),
    );
    const parts = evidence.map(({ node, text }) => `\n----- ${node} -----\n${text}`);
    const complaint = [`balance: ${(error as Error).message}`, ...parts].join("\n");
    console.error(complaint);
    log({ passed: false, complaint });
    return false;
  } finally {
    stopListening();
    release();
  }
}

/** Calls `end` when the process is told to end: without the handlers it would end with its throttles set. */
function listenForTheEnd(end: () => void): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, end);
  return () => {
    for (const signal of signals) process.off(signal, end);
  };
}
