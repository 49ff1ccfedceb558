import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { within } from "../drill/within";

const againMs = 1_000;
/** A little more than the programs give themselves for ending in good order. */
const endMs = 30_000;

/** A program in a process of its own, started again a second after each end, as a supervisor of a company does. */
export class Program {
  private child: ChildProcess | undefined;
  private again: NodeJS.Timeout | undefined;
  private last = "";
  /** The number of times that it was started. */
  starts = 0;

  /**
   * Starts it.
   * @param shown whether its lines are passed on; otherwise only the last one before it ends
   */
  constructor(
    readonly name: string,
    private readonly command: readonly string[],
    private readonly options: SpawnOptions,
    private readonly shown = true,
  ) {
    // Whatever ends this process, they do not outlive it.
    process.once("exit", () => this.child?.kill("SIGKILL"));
    this.start();
  }

  /** Ends it at once, as a crash does. */
  kill(): void {
    this.child?.kill("SIGKILL");
  }

  /** Ends it in good order and for good, within 30 s. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    clearTimeout(this.again);
    const ended = this.child;
    this.child = undefined;
    if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return;
    const exit = once(ended, "exit");
    ended.kill(signal);
    if ((await within(endMs, exit)) === undefined) ended.kill("SIGKILL");
  }

  private start(): void {
    const [file = "", ...args] = this.command;
    const child = spawn(file, args, { ...this.options, stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    this.starts++;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        this.last = line;
        if (this.shown) console.log(`${this.name} | ${line}`);
      });
    }
    const after = (how: string) => {
      if (this.child !== child) return;
      console.log(`${this.name} ended (${how}); it is started again`);
      this.again = setTimeout(() => this.start(), againMs);
    };
    child.once("error", (error) => after(error.message));
    child.once("exit", (code, signal) => {
      after(signal ?? `exit code ${code}${this.shown ? "" : `: ${this.last}`}`);
    });
  }
}
