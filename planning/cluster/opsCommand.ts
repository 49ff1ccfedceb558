import { nodeJs, opsTools } from "./names";

/** Seconds that `kafka-ops` gets beyond its own deadline, to show the evidence. */
const evidenceSeconds = 90;

/**
 * The shell line for one `kafka-ops` command. Its deadline is on the far side, as a remote command has none once it is
 * connected; `timeout` is there for a process that hangs beyond it.
 * @param steps how many things it does one after the other, each within the deadline. Default: 1.
 */
export function opsCommand(command: string, deadlineSeconds: number, steps = 1): string {
  return (
    `timeout --kill-after=10 ${steps * deadlineSeconds + evidenceSeconds} ` +
    `${nodeJs.command} ${opsTools.bundle} ${command} --cluster ${opsTools.cluster} --timeout ${deadlineSeconds}`
  );
}
