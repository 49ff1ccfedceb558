/** `logs`: what machines said, told by those that run, and by the bucket what these no longer have. */
import { opsNode } from "../../planning/cluster/names";
import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { entryText, isoTime, isOf, type Entry } from "./entry";
import { askMachine, followMachine, type Answer } from "./machine";
import { merged } from "./merge";
import { partsBetween, type ShippedJournals, type ShippedPart } from "./shipped";

/** What is to be shown. */
export interface LogsRequest {
  /** Names of nodes, also of some that are no more, and `ops`; or `all`. */
  readonly nodes: readonly string[];
  /** ms since 1970. */
  readonly fromMs: number;
  readonly toMs?: number;
  /** A unit, `kafka`, or a program, `expel-broker`. */
  readonly unit?: string;
  /** Goes on with what machines say, until it is ended. */
  readonly follow: boolean;
  readonly json: boolean;
}

/** Where lines go: the logs, and what is said about them. */
export interface LogsOutput {
  readonly print: (line: string) => void;
  readonly note: (line: string) => void;
}

/**
 * Shows what machines said, in the order of time, and says where it is from. Gives whether there was anything, and all
 * of it could be had. Throws when a node is not known.
 */
export async function showLogs(
  cluster: ClusterDescription,
  request: LogsRequest,
  shipped: ShippedJournals,
  output: LogsOutput,
): Promise<boolean> {
  const here = [...cluster.zookeeper, ...cluster.brokers].map(({ name }) => name).concat(opsNode);
  const nodes = request.nodes.includes("all") ? here : [...new Set(request.nodes)];
  const { unit } = request;
  const state = { complete: true, lines: 0 };
  const last = new Map<string, Entry>();
  const show = (entry: Entry) => {
    state.lines++;
    last.set(entry.node, entry);
    output.print(request.json ? JSON.stringify(entry) : entryText(entry));
  };
  const lacks = (problem: string) => {
    state.complete = false;
    output.note(problem);
  };
  try {
    const began = Date.now();
    const sources = await Promise.all(
      nodes.map((node) => findLogs(cluster, node, here.includes(node), request, shipped, { ...output, lacks })),
    );
    for await (const entry of merged(sources.map(({ entries }) => entries))) show(entry);
    if (state.lines === 0)
      output.note(`${nodes.join(", ")}: no line ${unit === undefined ? "" : `of ${unit} `}in that time`);
    // To a program nothing is an answer.
    if (!request.follow) return state.complete && (request.json || state.lines > 0);
    const follow = async (node: string) => {
      const from = { cursor: last.get(node)?.cursor, micros: began * 1000 };
      for await (const entry of followMachine(cluster, node, from, unit)) show(entry);
    };
    const running = sources.filter(({ runs }) => runs).map(({ node }) => node);
    await Promise.all(running.map((node) => follow(node).catch((error: Error) => output.note(error.message))));
    return false;
  } finally {
    await shipped.close();
  }
}

interface Source {
  readonly node: string;
  readonly entries: AsyncIterable<Entry>;
  /** Whether its machine answers. */
  readonly runs: boolean;
}

/** The entries of one node: from its machine as far back as this one knows, before that from the bucket. */
async function findLogs(
  cluster: ClusterDescription,
  node: string,
  isHere: boolean,
  { fromMs, toMs, unit }: LogsRequest,
  shipped: ShippedJournals,
  output: LogsOutput & { readonly lacks: (problem: string) => void },
): Promise<Source> {
  const wanted = { fromMicros: fromMs * 1000, toMicros: toMs === undefined ? undefined : toMs * 1000, unit };
  let answer: Answer | undefined;
  let silence = `${node} is no node of this cluster any more`;
  if (isHere) {
    answer = await askMachine(cluster, node, wanted).catch((error: Error) => void (silence = error.message));
  }
  const cut = answer?.earliestMicros ?? Infinity;
  let parts: readonly ShippedPart[] = [];
  if (cut > wanted.fromMicros) {
    const all = await shipped.parts(node).catch((error: Error) => output.lacks(`${node}: ${error.message}`));
    if (!isHere && all?.length === 0) {
      const names = [...cluster.zookeeper, ...cluster.brokers].map(({ name }) => name).concat(opsNode, "all");
      throw new Error(`there is no node ${node}, and there are no logs of one: ${names.join(", ")}`);
    }
    parts = partsBetween(all ?? [], wanted.fromMicros, Math.min((wanted.toMicros ?? Infinity) + 1, cut));
  }
  output.note(origin(node, answer, silence, parts));
  const fits = ({ micros }: Entry) =>
    micros >= wanted.fromMicros && micros < cut && (wanted.toMicros === undefined || micros <= wanted.toMicros);
  async function* entries() {
    try {
      for await (const entry of shipped.entries(node, parts)) {
        if (fits(entry) && (unit === undefined || isOf(entry, unit))) yield entry;
      }
    } catch (error) {
      output.lacks((error as Error).message);
    }
    try {
      if (answer !== undefined) yield* answer.entries;
    } catch (error) {
      output.lacks((error as Error).message);
    }
  }
  return { node, entries: entries(), runs: answer !== undefined };
}

/** Where a node's lines are from, in words. */
function origin(node: string, answer: Answer | undefined, silence: string, parts: readonly ShippedPart[]): string {
  const machines = [...new Set(parts.map(({ instanceId }) => instanceId))].join(", ");
  const put = parts.at(-1)?.putMs;
  if (answer === undefined) {
    return put === undefined
      ? `${silence}, and the bucket has nothing of that time`
      : `${silence}: from the bucket (${machines}), up to ${isoTime(put * 1000)}`;
  }
  const earlier = parts.length === 0 ? "" : `, and what was before that from the bucket (${machines})`;
  return `${node}: from its machine${earlier}`;
}
