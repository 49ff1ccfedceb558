/** Observations by the machines themselves: the script `look`, on one of each role. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Machines } from "../drills/machines";
import type { Observation } from "./verdicts";

/** Seconds for the script, in which packages' lists are fetched anew. */
const scriptSeconds = 240;

/** The observations that `look` has printed of a machine. Its boot's end is no assumption by itself. */
export interface MachineObservation {
  readonly observations: readonly Observation[];
  /** The time at which cloud-init had done everything, ms since 1970. */
  readonly bootedAt: number | undefined;
}

/** The observations in what a machine has printed. */
export function parseObservation(where: string, text: string): MachineObservation {
  const rows = text
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  const booted = rows.find(([id]) => id === "booted-at")?.[1];
  return {
    observations: rows.flatMap(([id = "", seen = ""]) => (id === "booted-at" ? [] : [{ id, where, seen }])),
    bootedAt: booted === undefined ? undefined : Number(booted) * 1000,
  };
}

/**
 * Observes one machine of each role.
 * @param launched when the instances were launched, by node
 */
export async function observeMachines(
  machines: Machines,
  launched: ReadonlyMap<string, number>,
): Promise<Observation[]> {
  const { brokers, zookeeper } = machines.cluster;
  const names = brokers.map(({ dnsName, privateIp }) => `${dnsName}=${privateIp}`);
  const nodes = [brokers[0]?.name ?? "", zookeeper[0]?.name ?? ""];
  const observations = await Promise.all([
    ...nodes.map(async (node) => parsed(node, await machines.runOnNode(node, "look", names, scriptSeconds))),
    machines.runOnOpsHost("look", names, scriptSeconds).then((text) => parsed("ops", text)),
  ]);
  function parsed(where: string, text: string): Observation[] {
    const { observations, bootedAt } = parseObservation(where, text);
    const seconds = Math.round(((bootedAt ?? NaN) - (launched.get(where) ?? NaN)) / 1000);
    const boot = Number.isNaN(seconds) ? "not through" : `${seconds} s`;
    return [...observations, { id: "first-boot", where, seen: boot }];
  }
  return observations.flat();
}

/**
 * The host keys that a host offers, compared with the one that it is to have: `the stack's only`, or what else.
 * @param expected `ssh-ed25519 AAAA…`
 */
export function offeredKeys(scanned: string, expected: string): string {
  // `198.51.100.10 ssh-ed25519 AAAA…`
  const keys = scanned
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(" ").slice(1, 3).join(" "));
  const own = expected.trim().split(" ").slice(0, 2).join(" ");
  const others = keys.filter((key) => key !== own).map((key) => key.split(" ")[0]);
  if (others.length > 0) return `others too: ${others.join(", ")}`;
  return keys.length > 0 ? "the stack's only" : "none";
}

/** Asks a host for all its host keys. */
export async function observeHostKeys(host: string, expected: string): Promise<Observation> {
  const args = ["-T", "10", "-t", "rsa,ecdsa,ed25519", host];
  // Some versions fail where a host has no key of one of these types.
  const { stdout } = await promisify(execFile)("ssh-keyscan", args, { timeout: 60_000 }).catch(
    (error: { readonly stdout?: string }) => ({ stdout: error.stdout ?? "" }),
  );
  return { id: "host-key-offered", seen: offeredKeys(stdout, expected) };
}
