/** A stack's settings as its file has them, and as a change wants them. No I/O. */
import { isDeepStrictEqual } from "node:util";
import { defaults, type SettingKey } from "../../../settings/schema";
import { readStackFile, withConfig } from "../../../settings/stackFile";
import { project } from "../../../stack/stackFile";

/** Settings that differ from a stack's own, by flat key. */
export type Overrides = Partial<Readonly<Record<SettingKey, unknown>>>;

/** GiB of the largest data volume of each pool. */
export interface VolumeSizes {
  readonly brokers: number;
  readonly zookeeper: number;
}

/** The settings of a stack while changes are made. */
export class StackSettings {
  private readonly given: Readonly<Record<string, unknown>>;
  /** The settings that can't be as the file says any more. */
  private kept: Overrides = {};
  private changes: Overrides = {};
  /** The most brokers that there may be by now. */
  private mostBrokers: number;

  /**
   * @param text of the stack's own file
   * @param volumes as they are: none can shrink to what the file says
   */
  constructor(
    private readonly text: string,
    volumes: VolumeSizes,
  ) {
    this.given = readStackFile(text, { project, stack: "local" }).raw;
    this.keep(volumes);
    this.mostBrokers = this.number("brokerCount");
  }

  get(key: SettingKey): unknown {
    return key in this.changes ? this.changes[key] : this.own(key);
  }

  number(key: SettingKey): number {
    return Number(this.get(key));
  }

  /** The value that the stack is to be left with: the file's, but for volumes that have grown. */
  own(key: SettingKey): unknown {
    const given = key in this.kept ? this.kept[key] : this.given[key];
    return given === undefined || given === "" ? defaults[key] : given;
  }

  /** The entries of `brokerConfig` without those that set this key. */
  brokerConfigWithout(key: string): readonly string[] {
    const entries = this.get("brokerConfig") as readonly string[];
    return entries.filter((entry) => entry.split("=")[0]?.trim() !== key);
  }

  change(changes: Overrides): void {
    this.changes = { ...this.changes, ...changes };
    this.mostBrokers = Math.max(this.mostBrokers, this.number("brokerCount"));
    this.keep({ brokers: this.number("brokerVolumeGiB"), zookeeper: this.number("zookeeperVolumeGiB") });
  }

  /** Goes back to the stack's own settings. */
  reset(): void {
    this.changes = {};
  }

  /** Whether they are other than the stack's own. */
  get changed(): boolean {
    return Object.entries(this.changes).some(([key, value]) => !isDeepStrictEqual(value, this.own(key as SettingKey)));
  }

  /** Brokers that only a change has made, the last one first: an update may delete them. */
  get surplusBrokers(): readonly string[] {
    const surplus = this.mostBrokers - this.number("brokerCount");
    return Array.from({ length: surplus }, (_, index) => `kafka-${this.mostBrokers - index}`);
  }

  /** The lines that the file would need for what can't go back to what it says; empty when all can. */
  get linesForFile(): readonly string[] {
    return Object.entries(this.kept).map(([key, value]) => `${project}:${key}: ${String(value)}`);
  }

  /**
   * The text of the stack's file with the settings of the moment. Its salt stays: without it Pulumi could not read the
   * state.
   */
  yaml(): string {
    return withConfig(this.text, { ...this.kept, ...this.changes }, { project });
  }

  private keep(volumes: VolumeSizes): void {
    const larger = (key: SettingKey, size: number) => (size > Number(this.own(key)) ? { [key]: size } : {});
    this.kept = {
      ...this.kept,
      ...larger("brokerVolumeGiB", volumes.brokers),
      ...larger("zookeeperVolumeGiB", volumes.zookeeper),
    };
  }
}
