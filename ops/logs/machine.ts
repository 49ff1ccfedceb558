/** The journal of a machine that runs, told by itself. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { lastLines } from "../../planning/cluster/outputText";
import { sshArguments } from "../evidence";
import { journalFields, journalMatches, parseEntry, type Entry } from "./entry";

/** The time in ms for a machine's first word. */
const silentMs = 20_000;
const dayMs = 86_400_000;

/** Which entries are wanted. */
export interface Wanted {
  /** Microseconds since 1970. */
  readonly fromMicros: number;
  readonly toMicros?: number;
  /** A unit or program. */
  readonly unit?: string;
}

/** What a machine answered: entries, from the earliest that it still has. */
export interface Answer {
  /** The time of the earliest entry that it still has, microseconds; Infinity when its journal is empty. */
  readonly earliestMicros: number;
  readonly entries: AsyncIterable<Entry>;
}

/** Words of journalctl on a machine. */
type Journalctl = readonly string[];

const journalctl: Journalctl = [
  ...["sudo", "-n", "nice", "-n", "19", "journalctl", "--quiet", "--no-pager", "--all", "--output=json"],
  `--output-fields=${journalFields}`,
];

/** journalctl's words for what is wanted. */
function journalWords({ fromMicros, toMicros, unit }: Wanted): string[] {
  return [
    `--since=@${seconds(fromMicros)}`,
    ...(toMicros === undefined ? [] : [`--until=@${seconds(toMicros)}`]),
    ...(unit === undefined ? [] : journalMatches(unit)),
  ];
}

const seconds = (micros: number) => (micros / 1e6).toFixed(6);

/**
 * Asks a machine for its journal, the ops host's own by no way but journalctl. Rejects with the reason when it does not
 * answer.
 */
export async function askMachine(cluster: ClusterDescription, node: string, wanted: Wanted): Promise<Answer> {
  const words = journalWords(wanted);
  // The first line is the earliest entry of all.
  const script = `${journalctl.join(" ")} | head -n 1; echo; exec ${[...journalctl, ...words].join(" ")}`;
  const lines = run(cluster, node, script);
  const first = await lines.next();
  if (first.done) throw new Error(`${node} does not answer by SSH`);
  const earliestMicros = parseEntry(node, first.value)?.micros ?? Infinity;
  return { earliestMicros, entries: entriesOf(node, lines) };
}

/** What a machine says after an entry or from a time on, for ever: rejects when it is no more. */
export function followMachine(
  cluster: ClusterDescription,
  node: string,
  from: { readonly cursor?: string; readonly micros: number },
  unit?: string,
): AsyncIterable<Entry> {
  const where = from.cursor === undefined ? [`--since=@${seconds(from.micros)}`] : [`--after-cursor='${from.cursor}'`];
  const matches = unit === undefined ? [] : journalMatches(unit);
  const words = [...journalctl, "--follow", "--no-tail", ...where, ...matches];
  return entriesOf(node, run(cluster, node, `exec ${words.join(" ")}`, dayMs));
}

async function* entriesOf(node: string, lines: AsyncIterable<string>): AsyncGenerator<Entry> {
  for await (const line of lines) {
    const entry = parseEntry(node, line);
    if (entry !== undefined) yield entry;
  }
}

/** The lines that a script prints on a machine. Rejects when it fails, or has no word for too long at first. */
async function* run(
  cluster: ClusterDescription,
  node: string,
  script: string,
  firstWordMs = silentMs,
): AsyncGenerator<string, undefined> {
  const host = [...cluster.zookeeper, ...cluster.brokers].find(({ name }) => name === node)?.privateIp;
  const child =
    host === undefined
      ? spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "pipe"] })
      : spawn("ssh", sshArguments(cluster, host, script), { stdio: ["ignore", "pipe", "pipe"] });
  let words = "";
  child.stderr.on("data", (chunk: Buffer) => (words = lastLines(words + chunk.toString(), 3)));
  const ended = new Promise<number | null>((resolve) => {
    child.once("error", (error) => ((words = error.message), resolve(-1)));
    child.once("close", resolve);
  });
  const alarm = setTimeout(() => child.kill("SIGKILL"), firstWordMs);
  try {
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
      clearTimeout(alarm);
      yield line;
    }
    const code = await ended;
    if (code !== 0) {
      const own = code === null ? `no word within ${silentMs / 1000} s` : `exit code ${code}`;
      throw new Error(`${node} does not answer by SSH: ${words.replace(/\s+/g, " ").trim() || own}`);
    }
    return undefined;
  } finally {
    clearTimeout(alarm);
    child.kill("SIGKILL");
  }
}
