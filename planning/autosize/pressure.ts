/** The settings that autosize grows. */
export type SizeKey =
  | "brokerVolumeGiB"
  | "zookeeperVolumeGiB"
  | "brokerVolumeThroughputMiBps"
  | "brokerVolumeIops"
  | "brokerInstanceType"
  | "brokerCount";

/** How much of one resource is taken, held against what the settings give. */
export interface Pressure {
  /** `network out`: one of a kind in a list. */
  readonly resource: string;
  /** 1 = all of it. */
  readonly share: number;
  /** From this share on something is done about it, … */
  readonly actAt: number;
  /** … which brings it down to this share or below. The distance keeps one proposal from calling for the next. */
  readonly growTo: number;
  /** What helps, the mildest first. */
  readonly relief: readonly SizeKey[];
  /** For people: which node, how much of what. */
  readonly text: string;
}

export const acts = ({ share, actAt }: Pressure): boolean => share >= actAt;
