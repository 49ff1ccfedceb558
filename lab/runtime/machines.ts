import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { killAtOnce, killGroup } from "./cgroups";
import type { ContainerEnd, ContainerFolders } from "./container";
import {
  Container,
  HungDisks,
  createRootDisk,
  killInstanceProcesses,
  mountRootDisk,
  unmountRootDisk,
} from "./container";
import type { DesiredInstance } from "./desiredState";
import { primaryInterface } from "./desiredState";
import { log, messageOf } from "./log";
import { connectInstance, disconnectInstance } from "./network";
import { limitNetwork } from "./networkLimit";
import type { StatePaths } from "./paths";
import { isAlive } from "./processes";
import type { ActualMachine } from "./reconciliation";
import { holdFilesystems, limitDisk, losePower, unblockDisk } from "./volumes";
import { holdsWithin } from "./waiting";

/** How long a system may take to shut down when it is asked to, before the plug is pulled. EC2 waits a few minutes. */
const shutdownTimeoutMs = 120_000;

/** How long killed processes may take to be gone; after that, something holds them. */
const deathMs = 1_000;

/** What a machine asks of its region, and tells it. */
export interface MachineOwner {
  /** The block devices that the machine sees. */
  devices(): readonly string[];
  onEnd(machine: Machine, end: ContainerEnd): void;
}

/** How fast an instance may be, each way by itself: 10^6 bytes per second, or null for no limit. */
export interface InstanceLimits {
  readonly networkMBps: number | null;
  readonly diskMBps: number | null;
}

const unlimited: InstanceLimits = { networkMBps: null, diskMBps: null };

/**
 * One instance's machine: root disk, network and, when it is on, the container. All methods are called one at a time.
 */
export class Machine implements ActualMachine {
  container?: Container;
  boot = 0;
  startedAt?: Date;
  /** A disk that the machine is shown is to be given its limit. */
  limits = unlimited;
  private hasDisk = false;
  private diskMounted = false;
  private connected = false;
  private hungDisks?: HungDisks;
  /** Ends when the disks have forgotten what they were not given. */
  private powerFailure?: Promise<void>;
  /** Set while the lab itself ends the container, so that its end is no surprise. */
  private ending = false;

  constructor(
    readonly id: string,
    readonly paths: StatePaths,
    private readonly rootfs: string,
    private readonly owner: MachineOwner,
  ) {}

  get power(): "on" | "off" {
    return this.container === undefined ? "off" : "on";
  }

  get folder(): string {
    return join(this.paths.instances, this.id);
  }

  get consoleLog(): string {
    return join(this.paths.consoles, `${this.id}.log`);
  }

  private get folders(): ContainerFolders {
    return {
      folder: this.folder,
      rootfs: this.rootfs,
      consoleLog: this.consoleLog,
      certificate: this.paths.certificate.cert,
    };
  }

  /** Prepares what is missing and boots. */
  async powerOn(instance: DesiredInstance): Promise<void> {
    const primary = primaryInterface(instance);
    if (primary === undefined) throw new Error(`${this.id} has no network interface at device index 0`);
    if (!this.hasDisk) {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      mkdirSync(this.paths.consoles, { recursive: true, mode: 0o700 });
      this.hasDisk = true;
      await createRootDisk(this.folders);
      this.diskMounted = true;
    } else if (!this.diskMounted) {
      await mountRootDisk(this.folders);
      this.diskMounted = true;
    }
    if (!this.connected) {
      this.connected = true;
      await connectInstance(this.id, primary);
    }
    const container = await Container.boot(instance, this.folders);
    this.container = container;
    this.boot = instance.boot;
    this.startedAt = new Date();
    void container.ended.then((end) => {
      if (!this.ending && this.container === container) this.owner.onEnd(this, end);
    });
  }

  /** Shuts the system down, as the power button does; pulls the plug when that takes too long. */
  async shutDown(): Promise<void> {
    await this.end((container) => container.powerOff());
  }

  /** Shuts the system down and leaves the machine ready to boot again. */
  async shutDownForReboot(): Promise<void> {
    await this.end((container) => container.reboot());
  }

  private async end(ask: (container: Container) => void): Promise<void> {
    const container = this.container;
    if (container === undefined) return;
    this.ending = true;
    try {
      let over = false;
      void container.ended.then(() => (over = true));
      ask(container);
      if (!(await holdsWithin(() => over, shutdownTimeoutMs, 50))) {
        log(`${this.id}: no shutdown within ${shutdownTimeoutMs / 1000} s, pulling the plug`);
      }
      await this.pullPlug();
    } finally {
      this.ending = false;
    }
  }

  /** Ends every process at once. What a system that still ran had not written to its disks is gone. */
  async pullPlug(): Promise<void> {
    this.ending = true;
    try {
      if (this.container !== undefined && isAlive(this.container.leader)) this.cutPower(this.container);
      await this.powerFailure;
      await killGroup(deathMs, this.id);
      // A frozen filesystem outlives its machine, and holds the processes that write to it however dead they are. So
      // does a limited disk, for as long as its limit says.
      await this.hangDisks(false);
      await Promise.all(this.owner.devices().map(unblockDisk));
      if (this.container !== undefined) await this.container.kill();
      else await killInstanceProcesses(this.id, 15_000);
      this.container = undefined;
    } finally {
      this.ending = false;
    }
  }

  /** Lets go of mounts and network of a machine that is off; the disk stays. */
  async release(): Promise<void> {
    if (this.diskMounted) {
      await unmountRootDisk(this.folder);
      this.diskMounted = false;
    }
    if (this.connected) {
      await disconnectInstance(this.id);
      this.connected = false;
      this.limits = unlimited;
    }
  }

  /** Removes the root disk of a machine that is off and released. */
  async discard(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The machine dies, as when its host fails: nothing in the lab is told; it finds out. */
  die(): void {
    if (this.container === undefined) throw new Error(`${this.id} is not running`);
    this.cutPower(this.container);
  }

  /** Kills every process in this moment, and then has the disks forget what they were not given. */
  private cutPower(container: Container): void {
    const held = holdFilesystems(container.leader.pid, this.owner.devices());
    killAtOnce(this.id);
    this.powerFailure = losePower(held).catch((error: unknown) => {
      log(`${this.id}: what it had not written is not lost: ${messageOf(error)}`);
    });
  }

  /** Limits network and disks from now on, until the machine is released. */
  async limit(limits: InstanceLimits): Promise<void> {
    await limitNetwork(this.id, limits.networkMBps);
    this.limits = limits;
    // What it still writes as it ends is to be quick.
    if (this.container === undefined || this.ending) return;
    for (const device of this.owner.devices()) limitDisk(device, limits.diskMBps);
  }

  /** Whatever reads or writes a disk of the machine waits from now on, or no longer. */
  async hangDisks(hang: boolean): Promise<void> {
    await this.hungDisks?.release();
    this.hungDisks = undefined;
    if (!hang || this.container === undefined) return;
    this.hungDisks = await HungDisks.hang(this.folder, this.container.leader.pid, this.owner.devices());
  }

  /** Services that were started with the lab's clock see the machine's, plus so many seconds. */
  setClock(offsetSeconds: number): void {
    if (this.container === undefined) throw new Error(`${this.id} is not running`);
    const file = `/proc/${this.container.leader.pid}/root/run/lab-clock`;
    // Replaced as a whole: it is read at any moment.
    writeFileSync(`${file}.new`, `${offsetSeconds < 0 ? "" : "+"}${offsetSeconds}\n`);
    renameSync(`${file}.new`, file);
  }
}

/** Removes what an earlier lab left in the folders of instances and volumes. */
export function clearFolders(paths: StatePaths): void {
  for (const folder of [paths.instances, paths.consoles, paths.volumes]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
}
