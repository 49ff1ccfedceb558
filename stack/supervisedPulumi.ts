import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation";
import { repository } from "../artifacts/repository";
import { UserError } from "../cli/userError";
import type { Environment } from "./environment";
import { ownerMark, ownerVariable } from "./processes";
import type { StackRecord } from "./recovery";
import { explainPulumiFailure, missingPulumi } from "./pulumiFailures";

/** The error of a Pulumi command that ended badly. */
export class PulumiError extends Error {
  constructor(
    readonly args: readonly string[],
    readonly stdout: string,
    readonly stderr: string,
    readonly exit: string,
  ) {
    super(`pulumi ${args.slice(0, 2).join(" ")} ended with ${exit}\n${stderr}`);
    this.name = "PulumiError";
  }
}

interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Seconds that Pulumi may take to end after the second interruption. */
const terminateSeconds = 10;

/**
 * The Pulumi CLI as the Automation API runs it, with some things of our own.
 *
 * Each command has a process group of its own: Ctrl-C in a terminal reaches this process only, which passes it on
 * exactly once. (npm, tsx and the terminal would all send it, and Pulumi takes a second one as "stop at once, whatever
 * you hold".)
 *
 * No stack is selected: that would outlast this run, and send the user's next plain `pulumi up` to another stack.
 *
 * When this process is killed, a watchdog lets Pulumi write down what it has done, and then ends all that runs on.
 * Pulumi writes into files, as it would die of a pipe that nobody reads.
 */
export class SupervisedPulumi {
  private child: ChildProcess | undefined;
  private interruptions = 0;
  /** The last answer to `stack output --json`, where secrets are masked. */
  private maskedOutputs = "{}";
  /** The folder for Pulumi's output, for states on their way to it, and for the plan of an update. */
  private readonly folder = mkdtempSync(join(tmpdir(), "kafka-on-ec2-"));
  private commands = 0;
  private readonly watchdog: ChildProcess;

  private constructor(
    readonly command: PulumiCommand,
    private readonly mark: string,
  ) {
    const args = ["--import", "tsx", join(__dirname, "watchdog.ts"), mark];
    this.watchdog = spawn(process.execPath, args, {
      cwd: repository,
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    this.watchdog.unref();
  }

  /** Throws a UserError when there is no usable Pulumi on the PATH. */
  static async find(stack: string): Promise<SupervisedPulumi> {
    let command: PulumiCommand;
    try {
      command = await PulumiCommand.get();
    } catch (error) {
      const { message } = error as Error;
      throw new UserError(message.includes("ENOENT") ? missingPulumi : message);
    }
    const supervised = new SupervisedPulumi(command, ownerMark(stack));
    // `run` is what the Automation API calls for every command; it is absent from its public type.
    Object.assign(command, { run: supervised.run.bind(supervised) });
    return supervised;
  }

  /**
   * The file in which a preview writes what the update may do: secrets in it are encrypted as in the stack's record.
   */
  get planFile(): string {
    return join(this.folder, "plan.json");
  }

  /** The file that says which rules of the policy pack this stack is not held to. */
  get policyConfigFile(): string {
    return join(this.folder, "policies.json");
  }

  get interrupted(): boolean {
    return this.interruptions > 0;
  }

  /** Interrupts Pulumi: the first time it finishes what it is doing and stops, the second time it stops at once. */
  interrupt(): void {
    this.interruptions++;
    const { child } = this;
    if (child === undefined) return;
    child.kill("SIGINT");
    if (this.interruptions > 1) setTimeout(() => child.kill("SIGKILL"), terminateSeconds * 1000).unref();
  }

  /**
   * Lets the stack delete the given resources, though they are protected. Throws a UserError when that can't be
   * written.
   */
  async unprotect(stack: string, urns: readonly string[], environment: Environment): Promise<void> {
    try {
      await this.run(["state", "unprotect", ...urns, "--stack", stack, "--yes"], repository, environment);
    } catch (error) {
      if (!(error instanceof PulumiError)) throw error;
      throw new UserError(explainPulumiFailure(error.stderr, stack));
    }
  }

  /** The stack's record, as it is: its secrets stay encrypted. */
  async record(stack: string, environment: Environment): Promise<StackRecord> {
    const { stdout } = await this.run(["stack", "export", "--stack", stack], repository, environment);
    return JSON.parse(stdout) as StackRecord;
  }

  async writeRecord(stack: string, record: StackRecord, environment: Environment): Promise<void> {
    const file = join(this.folder, "record.json");
    writeFileSync(file, JSON.stringify(record), { mode: 0o600 });
    await this.run(["stack", "import", "--stack", stack, "--file", file], repository, environment);
  }

  /** Ends the supervision; the last thing to be called. */
  close(): void {
    this.watchdog.stdin?.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * The answer to what the Automation API asks after an update and nobody here wants: the history, and the outputs with
   * their secrets.
   */
  private needless([first, second, ...rest]: readonly string[]): string | undefined {
    if (first !== "stack") return undefined;
    if (second === "history") return "[]";
    return second === "output" && rest.includes("--show-secrets") ? this.maskedOutputs : undefined;
  }

  private run(given: string[], cwd: string, environment: Readonly<Record<string, string>>): Promise<CommandResult> {
    const answer = this.needless(given);
    if (answer !== undefined) return Promise.resolve({ stdout: answer, stderr: "", code: 0 });
    const args = [...withoutSelection(given), "--non-interactive"];
    const files = ["stdout", "stderr"].map((name) => join(this.folder, `${this.commands}.${name}`));
    this.commands++;
    const [out, err] = files.map((file) => openSync(file, "w", 0o600));
    return new Promise((resolve, reject) => {
      const child = spawn(this.command.command, args, {
        cwd,
        env: {
          // `npm run lint` checks the types; here it would cost ten seconds at every change of a file.
          PULUMI_NODEJS_TRANSPILE_ONLY: "true",
          ...process.env,
          ...environment,
          PULUMI_AUTOMATION_API: "true",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          [ownerVariable]: this.mark,
        },
        stdio: ["ignore", out, err],
        detached: true,
      });
      this.child = child;
      const onExit = () => child.kill("SIGINT");
      process.on("exit", onExit);
      /** The output so far; its files are of no use afterwards. */
      const output = () =>
        files.map((file) => {
          const text = readFileSync(file, "utf8");
          rmSync(file);
          return text;
        });
      child.on("error", (error) => reject(new PulumiError(args, "", error.message, "no start")));
      child.on("close", (code, signal) => {
        if (this.child === child) this.child = undefined;
        process.off("exit", onExit);
        const [stdout = "", stderr = ""] = output();
        if (code === 0 && given[0] === "stack" && given[1] === "output") this.maskedOutputs = stdout;
        if (code === 0) resolve({ stdout, stderr, code });
        else reject(new PulumiError(args, stdout, stderr, signal ?? `exit code ${code}`));
      });
      for (const file of [out, err]) closeSync(file ?? -1);
    });
  }
}

/**
 * The words of a command that do not change the selected stack: `stack select` only asks whether the stack exists, and
 * `stack init` leaves the selection as it is.
 */
export function withoutSelection(args: readonly string[]): string[] {
  const [first, second, ...rest] = args;
  if (first === "stack" && second === "select") return ["stack", "--show-name", ...rest];
  if (first === "stack" && second === "init") return [...args, "--no-select"];
  return [...args];
}
