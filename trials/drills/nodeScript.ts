import { join } from "node:path";
import { shellQuoted } from "../../planning/cluster/shellQuoting";
import { shippedText } from "../../artifacts/shippedText";

/** The names of the scripts in `node/` that the drills run on machines, as root. */
export type NodeScript =
  | "alerts"
  | "kill"
  | "break"
  | "hold"
  | "disk-gone"
  | "tear-broker"
  | "break-volume"
  | "filesystem"
  | "delay-restart"
  | "kill-when-back"
  | "unregister"
  | "empty-zookeeper"
  | "tear-zookeeper"
  | "clock"
  | "clean-up"
  | "left"
  | "logs"
  | "look"
  | "process"
  | "delete-topics"
  | "watcher"
  | "watchers"
  | "stock-kafka"
  | "stock-zookeeper"
  | "stock-watcher";

/** The text of a script. */
export function scriptText(script: NodeScript): string {
  return shippedText(join(__dirname, "node", `${script}.sh`));
}

/**
 * The command that stores what it reads from its standard input as a script below /run and runs it as root. Stored,
 * because a dead man's switch runs it again when the drill is no more; renamed into place, because an older run may be
 * reading it.
 */
export function runScriptCommand(script: NodeScript, args: readonly string[]): string {
  const store = 'umask 022; mkdir -p /run/drill; new=$(mktemp); cat >"$new"; mv "$new" "$0"; exec bash "$0" "$@"';
  return ["sudo", "sh", "-c", store, `/run/drill/${script}`, ...args].map(shellQuoted).join(" ");
}
