import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * A producer keeps up to 128 MiB of batches and what belongs to each event in them; the rest is garbage at once. For
 * that the parallel collector takes the least processor time, which in the lab it takes from the brokers; a heap that
 * never grows, no other pauses.
 */
const jvmOptions = ["-Xms512m", "-Xmx512m", "-XX:+UseParallelGC"];

/** A tool of Kafka's in a process of its own. */
export class JavaTool {
  private readonly child: ChildProcess;
  private killed = false;
  /** Resolves when the tool has ended, or was killed; rejects with its own words when it fails. */
  readonly ended: Promise<void>;

  /**
   * Starts the tool.
   * @param classpath with Kafka's jars
   * @param onLine also told when the line came, ms since 1970
   */
  constructor(name: string, classpath: string, args: readonly string[], onLine: (line: string, at: number) => void) {
    this.child = spawn("java", [...jvmOptions, "-cp", classpath, `org.apache.kafka.tools.${name}`, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      // Figures with a point, whatever the host's language.
      env: { ...process.env, LC_ALL: "C" },
    });
    const { stdout, stderr } = this.child;
    let words = "";
    const remember = (text: string) => (words = (words + text).slice(-2000));
    stderr?.on("data", (chunk: Buffer) => remember(chunk.toString()));
    if (stdout !== null) {
      createInterface(stdout).on("line", (line) => {
        // What is wrong with its options a tool may say here.
        remember(`${line}\n`);
        onLine(line, Date.now());
      });
    }
    this.ended = new Promise((resolve, reject) => {
      this.child.on("error", reject);
      this.child.on("close", (code, signal) => {
        if (code === 0 || this.killed) resolve();
        else reject(new Error(`${name} ended with ${signal ?? `exit code ${code}`}: ${words.trim().slice(-800)}`));
      });
    });
    // Whoever waits for it learns of it; until then it is no unhandled rejection.
    this.ended.catch(() => undefined);
  }

  kill(): void {
    this.killed = true;
    this.child.kill("SIGKILL");
  }
}
