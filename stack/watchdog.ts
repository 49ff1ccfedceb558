/**
 * `watchdog MARK`: started by a command with a pipe as its input; when the command is gone, ends what it has started.
 */
import { endProcesses, runningProcesses } from "./processes";

const [mark = ""] = process.argv.slice(2);

// A terminal's Ctrl-C and hang-up are for the command, which passes them on.
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.on(signal, () => undefined);
process.stdin
  .on("end", () => void endProcesses(() => runningProcesses().filter(({ owner }) => owner === mark)))
  .resume();
