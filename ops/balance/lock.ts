import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { commandLineOf } from "../commandLine";

/** Whether that process still runs this command: ids are given out again, after a boot soon. */
const runsCommand = (pid: number, command: string): boolean => commandLineOf(pid).includes(command);

/**
 * Takes the lock file for this process; one whose process is gone counts for nothing.
 * Throws when another process has it. Gives the function that lets it go.
 *
 * @param command the word of the command line that its holder is known by
 */
export function takeLock(path: string, command: string, runs = runsCommand): () => void {
  if (create(path)) return () => rmSync(path, { force: true });
  const holder = Number(readFileSync(path, "utf8"));
  if (runs(holder, command)) {
    throw new Error(`another "${command}" is running (process ${holder}); wait for it, or end it with kill ${holder}`);
  }
  rmSync(path, { force: true });
  if (create(path)) return () => rmSync(path, { force: true });
  throw new Error(`another "${command}" begins in this moment`);
}

/** Creates the file, and gives whether it is new. It is made by a link, so that nobody ever sees it empty. */
function create(path: string): boolean {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(own);
  }
}
