import { isIPv4 } from "node:net";
import { freeze } from "./cgroups";
import { primaryInterface } from "./desiredState";
import { requireDiskLimits } from "./diskLimit";
import type { Action } from "./faultActions";
import { FaultError } from "./faultError";
import { log } from "./log";
import type { Machine } from "./machines";
import { afterAction } from "./networkFaults";
import type { Region } from "./region";

/** Breaks the region on purpose. */

interface Target {
  readonly action: Action;
  readonly instanceId?: string;
  readonly address?: string;
  readonly machine?: Machine;
}

const onNetwork = (action: Action): boolean => ["cut", "loss", "heal", "silence"].includes(action.action);
const onMachine = (action: Action): boolean => !["cut", "loss", "heal"].includes(action.action);

/**
 * Does all actions at once: those of the network with one load of the firewall, then what concerns disks, then those
 * of the machines in the same moment. @returns the ids of the instances @throws FaultError before anything is changed,
 * when one cannot be done
 */
export async function inject(region: Region, actions: readonly Action[]): Promise<readonly string[]> {
  const targets = actions.map((action) => targetOf(region, action));
  for (const { action, instanceId, address } of targets) {
    log(`operator: ${JSON.stringify({ ...action, instance: instanceId ?? address })}`);
  }
  if (actions.some(onNetwork)) {
    await region.changeNetwork((faults) =>
      targets.reduce(
        (now, { action, address, instanceId }) =>
          address === undefined ? now : afterAction(now, action, address, instanceId),
        faults,
      ),
    );
  }
  for (const { action, machine } of targets) if (action.action === "limit") await machine?.limit(action);
  await Promise.all(
    targets.flatMap(({ action, machine }) =>
      action.action === "disks" && machine !== undefined ? [machine.hangDisks(action.hang)] : [],
    ),
  );
  // No `await` in here: what dies together dies in one moment.
  for (const { action, machine } of targets) if (machine !== undefined) actOn(machine, action);
  return targets.flatMap(({ instanceId }) => instanceId ?? []);
}

function targetOf(region: Region, action: Action): Target {
  const reference = action.instance;
  const { instance, machine } = region.find(reference) ?? {};
  const address = (instance && primaryInterface(instance)?.privateIp) ?? (isIPv4(reference) ? reference : undefined);
  const instanceId = machine?.id ?? instance?.id;
  if (onMachine(action)) {
    if (instanceId === undefined) throw new FaultError(404, noSuchInstance(region, reference));
    if (machine?.container === undefined) throw new FaultError(409, `${reference} (${instanceId}) is not running`);
  }
  if (onNetwork(action) && address === undefined) {
    if (instanceId === undefined) throw new FaultError(404, noSuchInstance(region, reference));
    throw new FaultError(409, `${reference} (${instanceId}) has no address`);
  }
  if (action.action === "limit" && action.diskMBps !== null) requireDiskLimits();
  return { action, instanceId, address, machine };
}

function actOn(machine: Machine, action: Action): void {
  switch (action.action) {
    case "kill":
    case "silence":
      return machine.die();
    case "freeze":
    case "thaw":
      return freeze(machine.id, action.action === "freeze");
    case "clock":
      return machine.setClock(action.offsetSeconds);
    default:
      return;
  }
}

function noSuchInstance(region: Region, reference: string): string {
  const names = region.state.instances.map((one) => one.tags["Name"] || one.id).sort();
  return `no instance ${reference} in the lab; there are: ${names.join(", ") || "none"}`;
}
