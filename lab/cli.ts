import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { FaultAction } from "./runtime/faultActions";
import type { LabParts, Progress } from "./runtime/start";
import { LabError } from "./runtime/start";

const usage = `The lab: a local EC2 (needs Linux and root).

  tsx lab/cli.ts setup                       fetch and build what the lab needs (cached)
  tsx lab/cli.ts start [--replace-delay S] [--users FOLDER]
                                             start it in the background; nothing happens when it is up. --users: makes
                                             a user for each folder in FOLDER, held to the policies that are its files
  tsx lab/cli.ts stop [--other]              take everything down, with all state (--other: also a lab of another clone)
  tsx lab/cli.ts status [--json]             the instances
  tsx lab/cli.ts env [--user NAME]           shell exports that make the lab "AWS" for this shell (without --user
                                             all is allowed)
  tsx lab/cli.ts console <id|Name>           an instance's console
  tsx lab/cli.ts exec <id|Name> -- command   run something inside an instance, as root
  tsx lab/cli.ts forward <id|Name> PORT [LOCAL-PORT]
                                             127.0.0.1:LOCAL-PORT here is 127.0.0.1:PORT inside the instance, past all
                                             security groups, until the standard input ends
  tsx lab/cli.ts traffic [SECONDS]           MB from zone to zone since the lab began, or during the next so many
                                             seconds; - stands for instances that are gone and all else
  tsx lab/cli.ts messages [AFTER]            what topics of SNS have published, after the message with this number
  tsx lab/cli.ts logs                        where the logs are

  tsx lab/cli.ts account [NAME=VALUE …]      what the AWS account is like that the lab plays: capacity, the answers to
                                             doubtful requests …; lists it, and changes it. For a lab to start so:
                                             LAB_ACCOUNT="NAME=VALUE NAME=VALUE" npm start

  What breaks, at this moment; several instances break together:
  tsx lab/cli.ts kill <id|Name> …            the machine dies
  tsx lab/cli.ts silence <id|Name> … [--no-hold]
                                             it dies, and its address says nothing until heal
                                             (--no-hold: until it is gone)
  tsx lab/cli.ts freeze|thaw <id|Name> …     the machine stops where it is, and goes on
  tsx lab/cli.ts cut <id|Name> [address …] [--from|--to]
                                             drop all packets between the instance and these (default: all) addresses;
                                             --from, --to: only those that come from, or go to, the instance
  tsx lab/cli.ts loss <id|Name> PERCENT      lose so many of a hundred packets from and to it; 0 ends it
  tsx lab/cli.ts heal <id|Name|address> …    end cuts and loss
  tsx lab/cli.ts clock <id|Name> SECONDS     shift the clock of services that use /usr/local/share/lab/clock.conf
`;

const say: Progress = (line) => process.stderr.write(`${line}\n`);

/** The set-up is only loaded when it is needed: `start` on a running lab and `status` are to be quick. */
async function prepare(progress: Progress): Promise<LabParts> {
  const { ensureLab } = await import("./setup/index");
  return ensureLab(progress);
}

async function main(argv: readonly string[]): Promise<number> {
  const [command = "help", ...rest] = argv;
  switch (command) {
    case "setup": {
      const { requireMachine } = await import("./runtime/start");
      requireMachine();
      await prepare(say);
      return 0;
    }
    case "start": {
      const { startLab } = await import("./runtime/start");
      const { values } = parseArgs({
        args: [...rest],
        options: { "replace-delay": { type: "string", default: "3" }, users: { type: "string" } },
      });
      const replaceDelaySeconds = Number(values["replace-delay"]);
      if (!(replaceDelaySeconds >= 0))
        throw new LabError(`--replace-delay ${values["replace-delay"]}: must be seconds, 0 or more`);
      const { started, marker } = await startLab({ prepare, replaceDelaySeconds }, say);
      say(`the lab is up${started ? "" : " already"} (process ${marker.pid}, state in ${marker.stateFolder})`);
      if (values.users !== undefined) {
        const { setUsers } = await import("./index");
        say(`users that are held to their policies: ${(await setUsers(values.users)).join(", ")}`);
      }
      return 0;
    }
    case "stop": {
      const { stopLab } = await import("./runtime/start");
      const begun = Date.now();
      const { values } = parseArgs({ args: [...rest], options: { other: { type: "boolean", default: false } } });
      const was = await stopLab(say, values.other);
      say(was ? `the lab is gone (${((Date.now() - begun) / 1000).toFixed(1)} s)` : "no lab was running");
      return 0;
    }
    case "status":
      return status(rest.includes("--json"));
    case "env": {
      const { labEnvironment } = await import("./index");
      const { values } = parseArgs({ args: [...rest], options: { user: { type: "string" } } });
      for (const [name, value] of Object.entries(labEnvironment(values.user))) {
        process.stdout.write(`export ${name}='${value.replaceAll("'", "'\\''")}'\n`);
      }
      return 0;
    }
    case "console": {
      const { consoleOf } = await import("./index");
      process.stdout.write(await consoleOf(required(rest[0], "console <id|Name>")));
      return 0;
    }
    case "exec": {
      const { enterInstance } = await import("./index");
      const reference = required(rest[0], "exec <id|Name> -- command");
      const words = rest.slice(rest[1] === "--" ? 2 : 1);
      return attached(await enterInstance(reference, words.length > 0 ? words : ["bash", "-l"]));
    }
    case "forward": {
      const [{ enterInstance }, { carryBy }] = await Promise.all([import("./index"), import("./forward")]);
      const form = "forward <id|Name> PORT [LOCAL-PORT]";
      const port = portOf(rest[1], form);
      const localPort = rest[2] === undefined ? port : portOf(rest[2], form);
      // Netcat ends when either side has closed the connection.
      await carryBy(
        await enterInstance(required(rest[0], form), ["nc", "-q", "1", "127.0.0.1", String(port)]),
        localPort,
      );
      process.stdout.write(`http://127.0.0.1:${localPort}\n`);
      // What started it is then no more.
      process.stdin.on("end", () => process.exit()).resume();
      return 0;
    }
    case "kill":
    case "freeze":
    case "thaw":
    case "heal":
    case "silence":
    case "cut":
    case "loss":
    case "clock": {
      const { injectFaults } = await import("./index");
      await injectFaults(faultsOf(command, rest));
      return 0;
    }
    case "account": {
      const { labAccount } = await import("./index");
      const conditions = await labAccount(Object.fromEntries(rest.map(pairOf)));
      const width = Math.max(...conditions.map(({ name, value }) => `${name}=${value}`.length));
      for (const { name, value, meaning } of conditions)
        process.stdout.write(`${`${name}=${value}`.padEnd(width)}  ${meaning}\n`);
      return 0;
    }
    case "traffic":
      return traffic(rest);
    case "messages": {
      const { labMessages } = await import("./index");
      const messages = await labMessages(rest.length > 0 ? numberOf(rest, "messages [AFTER]") : 0);
      for (const { number, at, topicArn, subject, message } of messages)
        process.stdout.write(`${number}  ${at}  ${topicArn.split(":")[5]}  ${subject ?? ""}\n${message.trimEnd()}\n\n`);
      return 0;
    }
    case "logs": {
      const { labLogs } = await import("./index");
      process.stdout.write(labLogs().join("\n") + "\n");
      return 0;
    }
    case "help":
    case "--help":
      process.stdout.write(usage);
      return 0;
    default:
      process.stderr.write(`no such command: ${command}\n\n${usage}`);
      return 2;
  }
}

type FaultCommand = FaultAction["action"];

/** The actions that a command line asks for. What they may hold is checked by the lab. */
function faultsOf(command: FaultCommand, words: readonly string[]): readonly FaultAction[] {
  const flags = { cut: ["from", "to"], silence: ["no-hold"] }[command as string] ?? [];
  // A negative number is no option.
  const options = Object.fromEntries(flags.map((flag) => [flag, { type: "boolean" as const }]));
  const numeric = command === "loss" || command === "clock";
  const { values, positionals } = parseArgs({
    args: numeric ? ["--", ...words] : [...words],
    options,
    allowPositionals: true,
  });
  const [first, ...others] = positionals;
  const instance = required(first, `${command} <id|Name>`);
  switch (command) {
    case "cut": {
      if (values["from"] && values["to"]) throw new LabError("--from and --to: without both, it is both ways");
      const direction = values["from"] ? "from" : values["to"] ? "to" : "both";
      return [{ action: command, instance, direction, ...(others.length > 0 ? { peers: others } : {}) }];
    }
    case "loss":
      return [{ action: command, instance, percent: numberOf(others, "loss <id|Name> PERCENT") }];
    case "clock":
      return [{ action: command, instance, offsetSeconds: numberOf(others, "clock <id|Name> SECONDS") }];
    case "silence":
      return positionals.map((one) => ({ action: command, instance: one, hold: values["no-hold"] !== true }));
    default:
      return positionals.map((one) => ({ action: command, instance: one }));
  }
}

function pairOf(word: string): [name: string, value: string] {
  const [, name = "", value = ""] = /^(\w+)=(.*)$/.exec(word) ?? [];
  if (name === "") throw new LabError(`${word}: must be NAME=VALUE`);
  return [name, value];
}

function numberOf(words: readonly string[], form: string): number {
  const [word = ""] = words;
  if (words.length !== 1 || !/^[+-]?\d+(\.\d+)?$/.test(word))
    throw new LabError(`a number is missing: tsx lab/cli.ts ${form}`);
  return Number(word);
}

function portOf(word: string | undefined, form: string): number {
  const port = /^\d+$/.test(word ?? "") ? Number(word) : 0;
  if (port < 1 || port > 65_535) throw new LabError(`a port is missing: tsx lab/cli.ts ${form}`);
  return port;
}

function required(value: string | undefined, form: string): string {
  if (value === undefined) throw new LabError(`an instance is missing: tsx lab/cli.ts ${form}`);
  return value;
}

async function status(asJson: boolean): Promise<number> {
  const { labIsRunning, labStatus } = await import("./index");
  const { runningLab } = await import("./runtime/start");
  if (!(await labIsRunning())) {
    const other = runningLab();
    say(
      other
        ? `not answering: process ${other.pid}, started from ${other.clone} (\`tsx lab/cli.ts logs\` names the logs)`
        : "the lab is not running",
    );
    return 1;
  }
  const lab = await labStatus();
  if (asJson) {
    process.stdout.write(JSON.stringify(lab, null, 2) + "\n");
    return 0;
  }
  process.stdout.write(`lab of ${lab.clone}, process ${lab.pid}, ${lab.endpoint}, state in ${lab.stateFolder}\n`);
  const rows = lab.instances.map((one) => [
    one.id,
    one.name || "-",
    one.state,
    one.privateIp,
    one.publicIp ?? "-",
    one.startedAt ? since(one.startedAt) : "-",
    String(one.pid ?? "-"),
    one.memoryBytes === null ? "-" : `${Math.round(one.memoryBytes / 2 ** 20)} MiB`,
  ]);
  const table = [["INSTANCE", "NAME", "STATE", "ADDRESS", "PUBLIC", "UP", "PID", "MEMORY"], ...rows];
  writeTable(table);
  return 0;
}

async function traffic(words: readonly string[]): Promise<number> {
  const [{ labStatus, labTraffic }, { trafficByZone, trafficSince }] = await Promise.all([
    import("./index"),
    import("./runtime/traffic"),
  ]);
  const before = words.length > 0 ? await labTraffic() : [];
  if (words.length > 0) await delay(numberOf(words, "traffic [SECONDS]") * 1000);
  const [now, { instances }] = [await labTraffic(), await labStatus()];
  const zoneOf = new Map(instances.map(({ privateIp, zone }) => [privateIp, zone]));
  const sums = trafficByZone(trafficSince(before, now), (address) => zoneOf.get(address));
  writeTable([["FROM", "TO", "MB"], ...sums.map(({ from, to, bytes }) => [from, to, (bytes / 1e6).toFixed(1)])]);
  return 0;
}

function writeTable(table: readonly (readonly string[])[]): void {
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table) {
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
  }
}

function since(start: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(start)) / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

/** Runs a command on this terminal. @returns its exit code */
function attached(command: readonly string[]): Promise<number> {
  const [program = "", ...args] = command;
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: "inherit" });
    child.once("error", fail);
    child.once("exit", (code, signal) => done(code ?? (signal === null ? 1 : 128)));
  });
}

/** A fault that a user can act on is one sentence; anything else is a fault of the lab, with its trace. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ((error as NodeJS.ErrnoException).code === "ENOSPC") return `the disk is full: ${error.message}; free some space`;
  return ["LabError", "SetupError"].includes(error.name) ? error.message : (error.stack ?? error.message);
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`lab: ${describe(error)}\n`);
    process.exitCode = 1;
  },
);
