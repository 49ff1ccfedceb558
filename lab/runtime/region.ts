import type { Server } from "node:http";
import type { ContainerEnd } from "./container";
import type { DesiredInstance, DesiredState } from "./desiredState";
import { primaryInterface } from "./desiredState";
import type { DnsServer } from "./dns";
import type { EmulatorClient } from "./emulatorClient";
import { Firewall, emptyRegion } from "./firewall";
import type { KeptEqual } from "./keptEqual";
import { log, messageOf } from "./log";
import { Machine } from "./machines";
import type { MetadataSource } from "./metadataService";
import type { MetadataContext, RoleCredentials } from "./metadataTree";
import { blackHoles, endpointAddresses, vpcCidrs } from "./network";
import type { NetworkFaults } from "./networkFaults";
import { afterEndOf, noFaults } from "./networkFaults";
import type { StatePaths } from "./paths";
import type { ActualVolume, MachineStep, VolumeStep } from "./reconciliation";
import { planMachines, planVolumes } from "./reconciliation";
import { countTraffic } from "./traffic";
import * as volumes from "./volumes";
import { KeyedQueue, holdsWithin } from "./waiting";

/** Pause before a step that failed is tried again. */
const retryMs = 2_000;

/** Longest time for which the emulator holds back the answer "nothing has changed". */
const longPollSeconds = 20;

interface Volume extends ActualVolume {
  shownIn?: string;
  open: boolean;
  device?: string;
  sizeGiB?: number;
}

/**
 * Keeps the machine equal to what the emulator describes. A pass looks once and starts what is to be done: cheap, quick
 * things (firewall, names, sizes) at once, slow ones (boot, shut down, attach) in a queue per instance, so that one
 * slow instance holds up no other. A failed step is logged and tried again; nothing ends the loop but `close`.
 */
export class Region implements MetadataSource {
  private desired: DesiredState = emptyRegion;
  private readonly machines = new Map<string, Machine>();
  private readonly volumes = new Map<string, Volume>();
  private readonly queue = new KeyedQueue();
  private readonly firewall = new Firewall();
  private readonly blackHoles = blackHoles();
  private readonly endpointAddresses = endpointAddresses();
  private faults = noFaults;
  private readonly credentials = new Map<string, { readonly value?: RoleCredentials; readonly since: number }>();
  /** Instances that are gone for good, which an older look at the emulator may still call running. */
  private readonly finished = new Set<string>();
  /** Steps that failed, with the time before which they are not tried again. */
  private readonly failed = new Map<string, number>();
  private running?: Promise<void>;
  private next?: Promise<void>;
  private retry?: NodeJS.Timeout;
  private closed = false;

  constructor(
    private readonly emulator: EmulatorClient,
    private readonly dns: DnsServer,
    private readonly paths: StatePaths,
    private readonly rootfs: string,
    private readonly endpointServers: KeptEqual<Server>,
  ) {}

  /** Loads the closed firewall and begins to follow the emulator. */
  async start(): Promise<void> {
    await this.firewall.apply(emptyRegion, noFaults);
    await countTraffic();
    await this.refresh();
    void this.follow();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
  }

  /**
   * A look at the emulator that begins after this call; resolves when the quick steps are done and the slow ones begun.
   */
  refresh(): Promise<void> {
    if (this.running === undefined) {
      this.running = this.pass().finally(() => (this.running = undefined));
      return this.running;
    }
    this.next ??= this.running.then(() => {
      this.next = undefined;
      return this.refresh();
    });
    return this.next;
  }

  /** Waits until a volume is (not) seen by an instance. @returns false when it is not so when time is up */
  async volumeSettled(volumeId: string, attached: boolean, timeoutMs: number): Promise<boolean> {
    return holdsWithin(() => {
      const volume = this.volumes.get(volumeId);
      const device = volume?.shownIn !== undefined;
      const attachment = this.desired.volumes.find((candidate) => candidate.id === volumeId)?.attachment;
      // A stopped instance is shown nothing: the emulator's word is all there is.
      return attached ? device || attachment?.state === "attached" : !device;
    }, timeoutMs);
  }

  private async follow(): Promise<void> {
    while (!this.closed) {
      try {
        const news = await this.emulator.desired(this.desired.generation, longPollSeconds);
        if (news === undefined) continue;
        this.desired = news;
        await this.refresh();
      } catch (error) {
        if (this.closed) return;
        log(`region: cannot read the desired state: ${messageOf(error)}`);
        await new Promise((done) => setTimeout(done, retryMs));
      }
    }
  }

  private async pass(): Promise<void> {
    try {
      this.desired = (await this.emulator.desired(this.desired.generation)) ?? this.desired;
    } catch (error) {
      log(`region: cannot read the desired state: ${messageOf(error)}`);
      return this.retryLater();
    }
    const { desired } = this;
    await this.attempt("network: black holes", () => this.blackHoles.apply(vpcCidrs(desired)));
    const endpoints = desired.endpoints.flatMap(({ addresses }) => addresses);
    await this.attempt("network: endpoints", async () => {
      await this.endpointAddresses.apply(endpoints);
      await this.endpointServers.apply(endpoints);
    });
    await this.attempt("network: firewall", () => this.firewall.apply(desired, this.faults));
    await this.attempt("names", () => Promise.resolve(this.dns.apply(desired)));
    const described = desired.instances.filter((instance) => !this.finished.has(instance.id));
    for (const step of planMachines({ ...desired, instances: described }, this.machines)) this.startMachineStep(step);
    const poweredOn = new Set([...this.machines.values()].filter((one) => one.power === "on").map((one) => one.id));
    for (const step of planVolumes(desired, this.volumes, poweredOn)) await this.startVolumeStep(step);
  }

  /** Does something now; a failure is logged and tried again later. */
  private async attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      log(`${what}: ${messageOf(error)}`);
      this.retryLater();
    }
  }

  private retryLater(): void {
    if (this.retry !== undefined || this.closed) return;
    this.retry = setTimeout(() => {
      this.retry = undefined;
      void this.refresh();
    }, retryMs);
  }

  /**
   * Puts a slow step into its instance's queue, unless that is busy: then the next pass, at the end of the work, looks
   * again.
   */
  private enqueue(key: string, what: string, work: () => Promise<void>): void {
    if (this.queue.isBusy(key)) return;
    if ((this.failed.get(what) ?? 0) > Date.now()) return this.retryLater();
    void this.queue
      .run(key, work)
      .then(
        () => {
          this.failed.delete(what);
        },
        (error: unknown) => {
          log(`${what}: ${messageOf(error)}`);
          this.failed.set(what, Date.now() + retryMs - 100);
          this.retryLater();
        },
      )
      // Not in the same turn: the queue calls itself busy until it has returned.
      .finally(() => setImmediate(() => void this.refresh()));
  }

  private startMachineStep(step: MachineStep): void {
    switch (step.do) {
      case "boot":
        return this.enqueue(step.instance.id, `${step.instance.id}: boot`, () => this.bootInstance(step.instance));
      case "reboot":
        return this.enqueue(step.instance.id, `${step.instance.id}: reboot`, async () => {
          log(`${step.instance.id}: reboot`);
          await this.machines.get(step.instance.id)?.shutDownForReboot();
          await this.bootInstance(step.instance);
        });
      case "stop":
        return this.enqueue(step.id, `${step.id}: stop`, async () => {
          log(`${step.id}: stop`);
          await this.machines.get(step.id)?.shutDown();
          await this.machines.get(step.id)?.release();
          this.hideVolumes(step.id);
          await this.emulator.reportInstance(step.id, "stopped", "User initiated shutdown");
        });
      case "terminate":
        // A system that is shutting down meanwhile is not waited for.
        if (this.queue.isBusy(step.id) && this.machines.get(step.id)?.power === "on") {
          this.machines.get(step.id)?.die();
        }
        return this.enqueue(step.id, `${step.id}: terminate`, () =>
          this.removeInstance(step.id, "User initiated shutdown"),
        );
    }
  }

  private machineOf(instanceId: string): Machine {
    const known = this.machines.get(instanceId);
    if (known !== undefined) return known;
    const machine = new Machine(instanceId, this.paths, this.rootfs, {
      devices: () => this.devicesIn(instanceId),
      onEnd: (ended, how) => this.machineEnded(ended, how),
    });
    this.machines.set(instanceId, machine);
    return machine;
  }

  private async bootInstance(instance: DesiredInstance): Promise<void> {
    // The step may have waited in the queue: look again.
    const now = this.desired.instances.find((candidate) => candidate.id === instance.id);
    if (now?.wanted !== "running" || this.finished.has(instance.id)) return;
    const begun = Date.now();
    const machine = this.machineOf(instance.id);
    if (machine.power === "on") return;
    this.hideVolumes(instance.id);
    try {
      await machine.powerOn(now);
    } catch (error) {
      log(`${instance.id}: cannot be started: ${messageOf(error)}`);
      await this.removeInstance(instance.id, "Server.InternalError: Internal error on launch");
      return;
    }
    const primary = primaryInterface(now);
    log(
      `${instance.id}: up at ${primary?.privateIp} after ${Date.now() - begun} ms (${now.tags["Name"] ?? "no name"})`,
    );
    for (const volume of this.desired.volumes) {
      const attachment = volume.attachment;
      if (attachment?.instanceId === instance.id && attachment.state !== "detaching") {
        await this.attempt(`${volume.id}: attach to ${instance.id}`, () =>
          this.attach(volume.id, instance.id, attachment.state === "attaching"),
        );
      }
    }
    await this.emulator.reportInstance(instance.id, "running", "");
  }

  /** Takes an instance away for good and tells the emulator, which gives its address and volumes free with that. */
  private async removeInstance(instanceId: string, reason: string, poweredItselfOff = false): Promise<void> {
    const machine = this.machines.get(instanceId);
    if (machine !== undefined) {
      await machine.pullPlug();
      await this.closeVolumesOf(instanceId);
      await machine.release();
    }
    await this.changeNetwork((faults) => afterEndOf(faults, instanceId));
    const state = await this.emulator.reportInstance(
      instanceId,
      poweredItselfOff ? "stopped" : "terminated",
      reason,
      poweredItselfOff ? "instance" : "api",
    );
    this.finished.add(instanceId);
    this.machines.delete(instanceId);
    this.credentials.delete(instanceId);
    log(`${instanceId}: gone (${reason}), now ${state ?? "unknown to the emulator"}`);
    await machine?.discard();
  }

  /** A container ended although the lab did not ask for it. */
  private machineEnded(machine: Machine, end: ContainerEnd): void {
    const { id } = machine;
    log(`${id}: ${end === "died" ? "the container died" : `${end} from inside`}`);
    void this.queue
      .run(id, async () => {
        if (this.machines.get(id) !== machine || this.closed) return;
        const instance = this.desired.instances.find((candidate) => candidate.id === id);
        await machine.pullPlug();
        if (end === "reboot" && instance?.wanted === "running") return this.bootInstance(instance);
        if (end === "poweroff" && instance?.shutdownBehavior === "stop") {
          await machine.release();
          this.hideVolumes(id);
          await this.emulator.reportInstance(id, "stopped", "Instance initiated shutdown", "instance");
          return;
        }
        if (instance?.wanted === "gone" || end === "died") {
          return this.removeInstance(id, "Server.InternalError: the machine died");
        }
        return this.removeInstance(id, "Instance initiated shutdown", true);
      })
      .catch((error: unknown) => {
        log(`${id}: cleaning up after its end: ${messageOf(error)}`);
        if (!this.closed) setTimeout(() => this.machineEnded(machine, end), retryMs);
      })
      .finally(() => setImmediate(() => void this.refresh()));
  }

  private async startVolumeStep(step: VolumeStep): Promise<void> {
    switch (step.do) {
      case "size":
        return this.attempt(`${step.id}: size ${step.sizeGiB} GiB`, () => this.size(step.id, step.sizeGiB));
      case "attach":
        return this.enqueue(step.instanceId, `${step.id}: attach to ${step.instanceId}`, () =>
          this.attach(step.id, step.instanceId, step.report),
        );
      case "detach":
        return this.enqueue(step.instanceId, `${step.id}: detach from ${step.instanceId}`, () =>
          this.detach(step.id, step.instanceId, step.report),
        );
      case "delete":
        return this.attempt(`${step.id}: delete`, async () => {
          const device = this.volumes.get(step.id)?.device;
          if (device !== undefined) await volumes.closeLoop(device);
          volumes.deleteVolume(this.paths.volumes, step.id);
          this.volumes.delete(step.id);
        });
    }
  }

  private async size(volumeId: string, sizeGiB: number): Promise<void> {
    const volume = this.volumes.get(volumeId);
    if (volume?.sizeGiB === sizeGiB) return;
    const changed = volumes.sizeVolume(this.paths.volumes, volumeId, sizeGiB);
    if (volume === undefined) this.volumes.set(volumeId, { id: volumeId, open: false, sizeGiB });
    else {
      if (changed && volume.device !== undefined) await volumes.growLoop(volume.device);
      volume.sizeGiB = sizeGiB;
    }
  }

  private async attach(volumeId: string, instanceId: string, report: boolean): Promise<void> {
    const machine = this.machines.get(instanceId);
    const container = machine?.container;
    const described = this.desired.volumes.find((candidate) => candidate.id === volumeId);
    if (described?.attachment?.instanceId !== instanceId) return;
    await this.size(volumeId, described.sizeGiB);
    const volume = this.volumes.get(volumeId);
    if (volume === undefined) return;
    if (machine !== undefined && container !== undefined) {
      volume.device ??= await volumes.openLoop(volumes.volumeFile(this.paths.volumes, volumeId));
      volume.open = true;
      await volumes.showDevice(container.leader.pid, volume.device, volumeId);
      volume.shownIn = instanceId;
      volumes.limitDisk(volume.device, machine.limits.diskMBps);
      log(`${volumeId}: ${volume.device} in ${instanceId}`);
    }
    if (report) await this.emulator.reportAttachment(volumeId, instanceId, "attached");
  }

  private async detach(volumeId: string, instanceId: string, report: boolean): Promise<void> {
    const volume = this.volumes.get(volumeId);
    const container = this.machines.get(instanceId)?.container;
    if (volume?.device !== undefined) {
      if (container !== undefined) {
        if (volumes.mountPointsIn(container.leader.pid, volume.device).length > 0) {
          throw new Error("a filesystem on it is mounted: as on EC2 it stays `detaching` until that is unmounted");
        }
        volumes.hideDevice(container.leader.pid, volume.device, volumeId);
      }
      await this.closeVolume(volume);
      log(`${volumeId}: detached from ${instanceId}`);
    }
    if (report) await this.emulator.reportAttachment(volumeId, instanceId, "detached");
  }

  private async closeVolume(volume: Volume): Promise<void> {
    if (volume.device !== undefined) await volumes.closeLoop(volume.device);
    volume.device = undefined;
    volume.open = false;
    volume.shownIn = undefined;
  }

  private async closeVolumesOf(instanceId: string): Promise<void> {
    const described = new Set(
      this.desired.volumes.filter((one) => one.attachment?.instanceId === instanceId).map((one) => one.id),
    );
    for (const volume of this.volumes.values()) {
      if (volume.shownIn === instanceId || (described.has(volume.id) && volume.shownIn === undefined)) {
        await this.closeVolume(volume);
      }
    }
  }

  private devicesIn(instanceId: string): readonly string[] {
    return [...this.volumes.values()].flatMap((volume) =>
      volume.shownIn === instanceId && volume.device !== undefined ? [volume.device] : [],
    );
  }

  /** The system that saw these devices runs no more; they stay open for its next boot. */
  private hideVolumes(instanceId: string): void {
    for (const volume of this.volumes.values()) if (volume.shownIn === instanceId) volume.shownIn = undefined;
  }

  // --- What the metadata service and the admin calls ask ---

  instanceAt(address: string): DesiredInstance | undefined {
    const candidates = this.desired.instances.filter((instance) => primaryInterface(instance)?.privateIp === address);
    return candidates.find((instance) => this.machines.has(instance.id)) ?? candidates[0];
  }

  async contextOf(instance: DesiredInstance): Promise<MetadataContext> {
    const { region, accountId } = this.desired;
    let cached = this.credentials.get(instance.id);
    // The emulator gives the same credentials until half of their life is over: asking again is cheap, but not free.
    if (instance.roleName !== null && (cached?.value === undefined || Date.now() - cached.since > 300_000)) {
      cached = { value: await this.emulator.credentials(instance.id), since: Date.now() };
      this.credentials.set(instance.id, cached);
    }
    const since = new Date(cached?.since ?? Date.now()).toISOString().replace(/\.\d+Z$/, "Z");
    return { region, accountId, credentials: cached?.value, lastUpdated: since };
  }

  /** The instance with this id, `Name` tag or private address, and its machine if it has one. */
  find(reference: string): { readonly machine?: Machine; readonly instance?: DesiredInstance } | undefined {
    const named = this.desired.instances.filter(
      (instance) =>
        instance.id === reference ||
        instance.tags["Name"] === reference ||
        primaryInterface(instance)?.privateIp === reference,
    );
    const instance = named.find((one) => one.wanted === "running") ?? named[0];
    const machine = this.machines.get(instance?.id ?? reference);
    return machine === undefined && instance === undefined ? undefined : { machine, instance };
  }

  /** Changes what is wrong with the network, with one load of the firewall. */
  async changeNetwork(change: (faults: NetworkFaults) => NetworkFaults): Promise<void> {
    const before = this.faults;
    // Set first: a pass that begins meanwhile must not load the former faults after these.
    const now = (this.faults = change(before));
    try {
      await this.firewall.apply(this.desired, now);
    } catch (error) {
      if (this.faults === now) this.faults = before;
      throw error;
    }
  }

  get state(): DesiredState {
    return this.desired;
  }

  machine(instanceId: string): Machine | undefined {
    return this.machines.get(instanceId);
  }

  isBusy(instanceId: string): boolean {
    return this.queue.isBusy(instanceId);
  }
}
