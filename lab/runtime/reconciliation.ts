import type { DesiredInstance, DesiredState, DesiredVolume } from "./desiredState";

/** What has to be done so that the machine looks as the emulator says. Pure: two states in, steps out. */

/** What the lab has of an instance. */
export interface ActualMachine {
  readonly id: string;
  readonly power: "on" | "off";
  /** The `boot` count that the running system was started for. */
  readonly boot: number;
}

export type MachineStep =
  | { readonly do: "boot"; readonly instance: DesiredInstance }
  | { readonly do: "reboot"; readonly instance: DesiredInstance }
  | { readonly do: "stop"; readonly id: string }
  | { readonly do: "terminate"; readonly id: string };

/** Steps for instances. An instance that the emulator no longer knows is terminated too. */
export function planMachines(
  desired: DesiredState,
  actual: ReadonlyMap<string, ActualMachine>,
): readonly MachineStep[] {
  const steps: MachineStep[] = [];
  const described = new Set(desired.instances.map((instance) => instance.id));
  for (const id of actual.keys()) if (!described.has(id)) steps.push({ do: "terminate", id });
  for (const instance of desired.instances) {
    const machine = actual.get(instance.id);
    if (instance.wanted === "gone") steps.push({ do: "terminate", id: instance.id });
    else if (instance.wanted === "running" && machine?.power !== "on") steps.push({ do: "boot", instance });
    else if (instance.wanted === "running" && machine !== undefined && machine.boot < instance.boot) {
      steps.push({ do: "reboot", instance });
    } else if (instance.wanted === "stopped" && machine?.power === "on") {
      steps.push({ do: "stop", id: instance.id });
    }
  }
  return steps;
}

/** What the lab has of a volume. */
export interface ActualVolume {
  readonly id: string;
  /** The instance that sees it as a device. */
  readonly shownIn?: string;
  /** Whether a loop device stands before the file. */
  readonly open: boolean;
}

export type VolumeStep =
  | { readonly do: "size"; readonly id: string; readonly sizeGiB: number }
  | { readonly do: "attach"; readonly id: string; readonly instanceId: string; readonly report: boolean }
  | { readonly do: "detach"; readonly id: string; readonly instanceId: string; readonly report: boolean }
  | { readonly do: "delete"; readonly id: string };

/** Steps for volumes. Those of an instance that is being terminated are let go with it, not here. */
export function planVolumes(
  desired: DesiredState,
  actual: ReadonlyMap<string, ActualVolume>,
  poweredOn: ReadonlySet<string>,
): readonly VolumeStep[] {
  const steps: VolumeStep[] = [];
  const wanted = new Map(desired.instances.map((instance) => [instance.id, instance.wanted]));
  const described = new Map<string, DesiredVolume>(desired.volumes.map((volume) => [volume.id, volume]));
  for (const volume of actual.values()) {
    if (described.has(volume.id)) continue;
    if (volume.shownIn !== undefined) {
      steps.push({ do: "detach", id: volume.id, instanceId: volume.shownIn, report: false });
    } else steps.push({ do: "delete", id: volume.id });
  }
  for (const volume of desired.volumes) {
    steps.push({ do: "size", id: volume.id, sizeGiB: volume.sizeGiB });
    const shownIn = actual.get(volume.id)?.shownIn;
    const attachment = volume.attachment;
    if (shownIn !== undefined && (attachment === null || attachment.instanceId !== shownIn)) {
      if (wanted.get(shownIn) !== "gone") {
        steps.push({ do: "detach", id: volume.id, instanceId: shownIn, report: false });
      }
      continue;
    }
    if (attachment === null || wanted.get(attachment.instanceId) === "gone") continue;
    const { instanceId } = attachment;
    if (attachment.state === "detaching") steps.push({ do: "detach", id: volume.id, instanceId, report: true });
    else if (poweredOn.has(instanceId) && shownIn === undefined) {
      steps.push({ do: "attach", id: volume.id, instanceId, report: attachment.state === "attaching" });
    } else if (attachment.state === "attaching" && (shownIn === instanceId || wanted.get(instanceId) === "stopped")) {
      // Shown already (the machine booted with it), or there is no running system to show it to.
      steps.push({ do: "attach", id: volume.id, instanceId, report: true });
    }
  }
  return steps;
}
