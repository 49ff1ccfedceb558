/** The settings that autosize grows. */
export type SizeKey =
  | "brokerVolumeGiB"
  | "zookeeperVolumeGiB"
  | "brokerVolumeThroughputMiBps"
  | "brokerVolumeIops"
  | "brokerInstanceType"
  | "brokerCount";

/** The part of one resource that is taken, held against what the settings give. */
export interface Pressure {
  /** `network out`: the resource's name, the same for all pressures of a kind. */
  readonly resource: string;
  /** The share that is taken, 1 = all of it. */
  readonly share: number;
  /** The share from which on something is done about it. */
  readonly actAt: number;
  /**
   * The share down to which a change brings it. The distance from `actAt` keeps one proposal from calling for the next.
   */
  readonly growTo: number;
  /** The settings that help, the mildest first. */
  readonly relief: readonly SizeKey[];
  /** The pressure for people: which node, how much of what. */
  readonly text: string;
}

/** Whether the pressure calls for a change. */
export const acts = ({ share, actAt }: Pressure): boolean => share >= actAt;
