/** What is being done to the cluster by a roll or by the moving of copies, and how far it is. Pure. */
import type { Metrics } from "./metricsFiles";

/** A roll, or a moving of copies, as its program says. */
export interface Work {
  /** `roll kafka`, `roll zookeeper`, `balance`. */
  readonly name: string;
  readonly isUnderWay: boolean;
  /** When it began, ms since 1970. */
  readonly began: number;
  readonly done: number;
  readonly total: number;
  /** What is counted: `nodes`, `partitions`. */
  readonly unit: string;
  /** Bytes that have been copied, and that have to be. */
  readonly bytes?: { readonly done: number; readonly total: number };
  /** How it ended: `done`, `unfinished`, `failed`; undefined while it runs, and for one that was killed. */
  readonly outcome?: string;
  /** When it ended, ms since 1970. */
  readonly ended?: number;
}

/** The latest roll of each pool and the latest moving of copies; those that there have been since the host's boot. */
export function worksOf(metrics: Metrics): Work[] {
  const runs = (program: string) => metrics.one("kafka_ops_running", { program }) === 1;
  const end = (program: string) => {
    const [sample] = metrics.all("kafka_ops_run_ended_timestamp_seconds", { program });
    return sample && { outcome: sample.labels.outcome, ended: sample.value * 1000 };
  };
  const rolls = metrics.all("kafka_ops_roll_began_timestamp_seconds").map(({ labels: { pool = "" }, value }): Work => {
    const name = `roll ${pool}`;
    const ended = end(name);
    return {
      name,
      isUnderWay: runs(name) && ended === undefined,
      began: value * 1000,
      done: metrics.one("kafka_ops_roll_nodes_done", { pool }) ?? 0,
      total: metrics.one("kafka_ops_roll_nodes", { pool }) ?? 0,
      unit: "nodes",
      ...ended,
    };
  });
  const began = metrics.one("kafka_ops_balance_began_timestamp_seconds");
  if (began === undefined) return rolls;
  const ended = end("balance");
  const balance: Work = {
    name: "balance",
    isUnderWay: runs("balance") && ended === undefined,
    began: began * 1000,
    done: metrics.one("kafka_ops_balance_partitions_done") ?? 0,
    total: metrics.one("kafka_ops_balance_partitions") ?? 0,
    unit: "partitions",
    bytes: {
      done: metrics.one("kafka_ops_balance_bytes_done") ?? 0,
      total: metrics.one("kafka_ops_balance_bytes") ?? 0,
    },
    ...ended,
  };
  return [...rolls, balance];
}
