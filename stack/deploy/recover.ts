import { setTimeout as pause } from "node:timers/promises";
import { hostname } from "node:os";
import { UserError } from "../../cli/userError";
import { lockState, readLocks, removeEmptyAttributes } from "../fileBackend";
import { endProcesses, orphansOf, runningProcesses } from "../processes";
import { recoverInterrupted } from "../recovery";
import type { Session } from "./deployment";
import { backendUrl } from "./openStack";
import { run } from "./run";

/**
 * Puts a stack right after a command that was killed: ends what still runs of it, removes its lock, and finds out what
 * it had made. Throws a UserError when another command is at work.
 */
export async function recover(session: Session): Promise<void> {
  const { pulumi, deployment } = session;
  const { stack: name, environment, report } = deployment;
  const orphans = () => orphansOf(name, runningProcesses());
  if (orphans().length > 0) {
    report("an earlier command was killed, and what it started still runs: ending it");
    await endProcesses(orphans);
  }
  await removeAbandonedLock(session);
  await recoverInterrupted({
    record: () => pulumi.record(name, environment),
    writeRecord: (record) => pulumi.writeRecord(name, record, environment),
    refresh: async (target) => {
      const { succeeded, error } = await run(session, "refresh", { target });
      if (!succeeded) throw new UserError(`what was made could not be read: ${error ?? "unknown"}`);
    },
    // The AWS SDK takes a second to load, and is hardly ever needed.
    find: async (...wanted) => (await import("../createdThings")).findCreated(...wanted),
    pause,
    report,
  });
}

async function removeAbandonedLock({ stack, deployment }: Session): Promise<void> {
  const { stack: name, environment, report } = deployment;
  const backend = await backendUrl(environment, stack.workspace);
  const locks = readLocks(backend, name);
  if (locks.length === 0) return;
  const state = lockState(locks, { host: hostname(), processes: runningProcesses() });
  if (state.kind === "in use") {
    throw new UserError(
      `another update of stack ${name} is running (pulumi, process ${state.pid}): wait for it, or interrupt it`,
    );
  }
  // Only a person can know of a lock of another machine: Pulumi will refuse, and say so.
  if (state.kind !== "abandoned") return;
  report("an earlier update was killed and left the stack locked: removing the lock");
  removeEmptyAttributes(backend);
  await stack.cancel();
}
