/** The journals that machines have put into the bucket (node/bin/ship-logs), read by the AWS CLI. */
import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { createGunzip } from "node:zlib";
import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { awsCommandPath, journalPrefix } from "../../planning/cluster/names";
import { sum } from "../../planning/sum";
import { parseEntry, placeOf, type Entry } from "./entry";

/** Bytes of objects that are read at once, which are about fifteen times as many of text. */
const mostBytes = 256 * 1024 ** 2;
const listMs = 60_000;
const copyMs = 300_000;
/** An entry may be so much older by the bucket's clock than by its machine's. */
const clocksMs = 5 * 60_000;

/** An object with a part of a machine's journal. */
export interface ShippedPart {
  readonly key: string;
  /** The time of its first entry, microseconds since 1970. */
  readonly beginsMicros: number;
  readonly instanceId: string;
  /** When it was put last, after its last entry. */
  readonly putMs: number;
  readonly bytes: number;
}

/** Reads `aws s3api list-objects-v2 --query 'Contents[].[Key,LastModified,Size]' --output json`. */
function parseParts(json: string): ShippedPart[] {
  const rows = (JSON.parse(json.trim() || "null") ?? []) as readonly (readonly [string, string, number])[];
  return rows.flatMap(([key, put, bytes]) => {
    const name = /\/(\d{4}-\d\d-\d\d)T(\d\d)(\d\d)(\d\d)\.(\d{6})Z-(i-[0-9a-f]+)\.gz$/.exec(key);
    if (name === null) return [];
    const [, day, hours, minutes, seconds, micros, instanceId = ""] = name;
    const beginsMicros = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`) * 1000 + Number(micros);
    return [{ key, beginsMicros, instanceId, putMs: Date.parse(put), bytes }];
  });
}

/** The parts that may have entries from one time on and before the other, in microseconds, in their order. */
export function partsBetween(parts: readonly ShippedPart[], fromMicros: number, beforeMicros: number): ShippedPart[] {
  return parts
    .filter(({ beginsMicros, putMs }) => beginsMicros < beforeMicros && (putMs + clocksMs) * 1000 >= fromMicros)
    .sort((one, other) => one.beginsMicros - other.beginsMicros);
}

/** The bucket's journals. */
export class ShippedJournals {
  private folder: string | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly cluster: Pick<ClusterDescription, "bucket" | "region">,
    private readonly command = awsCommandPath,
    private readonly most = mostBytes,
  ) {}

  /** Every part of a machine's journal. Rejects with AWS's words. */
  async parts(node: string): Promise<ShippedPart[]> {
    const { bucket, region } = this.cluster;
    const words = ["s3api", "list-objects-v2", "--region", region, "--bucket", bucket, "--prefix", journalPrefix(node)];
    return parseParts(
      await this.aws([...words, "--query", "Contents[].[Key,LastModified,Size]", "--output", "json"], listMs),
    );
  }

  /**
   * The entries of a machine's parts, each once: after a restart a machine may put some again. Rejects when the bucket
   * does not give them, or they are too many.
   */
  async *entries(node: string, parts: readonly ShippedPart[]): AsyncGenerator<Entry> {
    if (parts.length === 0) return;
    const folder = await this.fetch(node, parts);
    const seen = new Map<string, number>();
    for (const { key, instanceId } of parts) {
      const file = createReadStream(join(folder, key.slice(journalPrefix(node).length)));
      const lines = createInterface({ input: file.pipe(createGunzip()), crlfDelay: Infinity });
      for await (const line of lines) {
        const entry = parseEntry(node, line);
        if (entry === undefined) continue;
        const place = placeOf(entry);
        if (place !== undefined) {
          const journal = `${instanceId} ${place.journal}`;
          if (place.number <= (seen.get(journal) ?? -1)) continue;
          seen.set(journal, place.number);
        }
        yield entry;
      }
    }
  }

  /** Copies the parts of a node into a folder, by one process. */
  private async fetch(node: string, parts: readonly ShippedPart[]): Promise<string> {
    const bytes = sum(parts.map((part) => part.bytes));
    if (bytes > this.most) {
      const mib = Math.ceil(bytes / 1024 ** 2);
      throw new Error(`${node}: ${mib} MiB of its journal are in the bucket for that time: narrow --since and --until`);
    }
    // Not /tmp, which Amazon Linux keeps in memory.
    this.folder ??= await mkdtemp("/var/tmp/kafka-logs-");
    const folder = join(this.folder, node);
    const { bucket, region } = this.cluster;
    const names = parts.flatMap(({ key }) => ["--include", key.slice(journalPrefix(node).length)]);
    const words = ["s3", "cp", "--region", region, "--recursive", "--only-show-errors"];
    const from = `s3://${bucket}/${journalPrefix(node)}`;
    await this.aws([...words, from, folder, "--exclude", "*", ...names], copyMs);
    return folder;
  }

  /** One call at a time, as each takes 60 MiB. */
  private aws(words: readonly string[], timeout: number): Promise<string> {
    const answer = this.turn.then(() => this.call(words, timeout));
    this.turn = answer.catch(() => undefined);
    return answer;
  }

  private async call(words: readonly string[], timeout: number): Promise<string> {
    const options = { timeout, killSignal: "SIGKILL", maxBuffer: 64 << 20 } as const;
    try {
      return (await promisify(execFile)(this.command, words, options)).stdout;
    } catch (cause) {
      const error = cause as Error & { readonly stderr?: string; readonly killed?: boolean };
      const own = error.killed ? `no answer within ${timeout / 1000} s` : error.message;
      throw new Error(`the bucket does not give logs: ${error.stderr?.trim().split("\n").at(-1) || own}`);
    }
  }

  /** Removes what was copied. */
  async close(): Promise<void> {
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }
}
