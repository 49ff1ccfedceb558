import type { LogsRequest } from "./logs";
import { readMoment } from "./moment";

/** The options of `logs`, as they stand on the command line. */
export interface LogsOptions {
  readonly since?: string;
  readonly until?: string;
  readonly unit?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** What a command line asks for. Throws an error that says what is wrong with it. */
export function readLogsRequest(nodes: readonly string[], options: LogsOptions, now: number): LogsRequest {
  const { since = "10m", until, unit, follow = false, json = false } = options;
  if (nodes.length === 0) throw new Error("logs: the name of a node is wanted, of several, or all");
  const odd = nodes.find((name) => !/^[a-z][a-z0-9-]*$/.test(name));
  if (odd !== undefined) throw new Error(`logs: ${odd} is no name of a node, as kafka-3 is`);
  if (unit !== undefined && !/^[\w@.:-]+$/.test(unit)) throw new Error(`--unit ${unit}: a name like kafka is wanted`);
  const moment = (option: string, text: string): number => {
    const ms = readMoment(text, now);
    if (ms !== undefined) return ms;
    throw new Error(`${option} ${text}: how long ago (30s, 10m, 2h, 3d) or when (2026-11-29T01:00, UTC) is wanted`);
  };
  const fromMs = moment("--since", since);
  if (until === undefined) return { nodes, fromMs, unit, follow, json };
  if (follow) throw new Error("--until and --follow: only one of them can be meant");
  const toMs = moment("--until", until);
  if (toMs <= fromMs) throw new Error(`--until ${until}: it has to be later than --since ${since}`);
  return { nodes, fromMs, toMs, unit, follow, json };
}
