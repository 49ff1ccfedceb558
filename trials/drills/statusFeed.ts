import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { ClusterStatus } from "../../ops/status";

/**
 * The cluster's status as one process on the ops host tells it every two seconds. A process for each look takes a fifth
 * of one of the lab's two cores, and asks the brokers for all their settings each time.
 */
export class StatusFeed {
  private child?: ChildProcessWithoutNullStreams;
  private lines?: Interface;
  /** The end of what the process has complained of. */
  private complaint = "";

  /**
   * @param start starts `kafka-ops status --json --watch` on the ops host
   * @param patienceMs the time in ms for the next status
   */
  constructor(
    private readonly start: () => ChildProcessWithoutNullStreams,
    private readonly patienceMs = 20_000,
  ) {}

  /** The next status. Rejects when the process ends or is silent; the call after that starts it anew. */
  async next(): Promise<ClusterStatus> {
    const lines = (this.lines ??= this.open());
    const waits = new AbortController();
    const late = setTimeout(() => waits.abort(), this.patienceMs);
    try {
      const line = once(lines, "line", waits);
      const [text] = (await Promise.race([line, once(lines, "close", waits)])) as [string?];
      return JSON.parse(text ?? "") as ClusterStatus;
    } catch {
      this.close();
      const why = this.complaint.trim() || "it is away, or has an earlier version's tools";
      throw new Error(`the ops host does not tell the cluster's status: ${why}`);
    } finally {
      clearTimeout(late);
      waits.abort();
    }
  }

  close(): void {
    this.lines?.close();
    this.child?.kill("SIGKILL");
    this.lines = this.child = undefined;
  }

  private open(): Interface {
    const child = (this.child = this.start());
    this.complaint = "";
    const complain = (text: string) => (this.complaint = (this.complaint + text).slice(-300));
    child.stderr.setEncoding("utf8").on("data", complain);
    // Then it has no output either.
    child.on("error", ({ message }) => complain(message));
    const lines = createInterface({ input: child.stdout });
    // It may end while nobody waits.
    lines.once("close", () => {
      if (this.lines === lines) this.lines = undefined;
    });
    return lines;
  }
}
