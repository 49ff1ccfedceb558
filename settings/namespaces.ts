import type { Fault } from "./faults";
import { didYouMean } from "./nearest";

/**
 * The packages that the program uses, and Pulumi itself: whose keys a configuration may have beside the project's own.
 */
export const packageNamespaces: readonly string[] = ["aws", "command", "pulumi", "random", "tls"];

/**
 * A configuration key as Pulumi reads it: `brokerCount` and `kafka-on-ec2:config:brokerCount` are the project's
 * `brokerCount`.
 */
export function fullKey(key: string, project: string): string {
  const parts = key.split(":");
  if (parts.length === 1) return `${project}:${key}`;
  return parts.length === 3 && parts[1] === "config" ? `${parts[0]}:${parts[2]}` : key;
}

/** The fault of a full key's namespace, which Pulumi passes on and nobody reads; undefined when there is none. */
export function namespaceFault(key: string, project: string): Fault | undefined {
  const parts = key.split(":");
  const namespace = parts[0] ?? "";
  if (parts.length !== 2 || parts.includes("")) {
    return { path: key, message: `not a key that Pulumi takes; write brokerCount, or ${project}:brokerCount` };
  }
  const known = [project, ...packageNamespaces];
  if (known.includes(namespace)) return undefined;
  const hint =
    didYouMean(namespace, known) || `; it would have no effect: give one of ${known.join(", ")}, or remove it`;
  return { path: key, message: `unknown namespace ${namespace}${hint}` };
}
