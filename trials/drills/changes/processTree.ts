import { runningProcesses } from "../../../stack/processes";

/** Ends a process and all that came from it at once, as when the machine that they run on is lost. */
export function killTree(pid: number): void {
  for (const one of [pid, ...descendants(pid)]) {
    try {
      process.kill(one, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

/** Ids of the processes that came from this one. */
function descendants(pid: number): number[] {
  const processes = runningProcesses();
  const all = (of: number): number[] =>
    processes.filter(({ parent }) => parent === of).flatMap((child) => [child.pid, ...all(child.pid)]);
  return all(pid);
}
