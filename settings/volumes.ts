/** EBS gp3: what is included, its limits (AWS, "General Purpose SSD volumes"), and its price in us-east-1 a month. */
export const gp3 = {
  includedIops: 3000,
  largestIops: 80_000,
  includedMiBps: 125,
  largestMiBps: 2000,
  largestGiB: 65_536,
  /** Throughput goes up to so much for each IOPS. */
  mibpsPerIops: 0.25,
  /** IOPS beyond the included ones go up to so many for each GiB. */
  iopsPerGiB: 500,
  usdPerGiB: 0.08,
  /** The price of each MiB/s over the included ones. */
  usdPerMiBps: 0.04,
  /** The price of each IOPS over the included ones. */
  usdPerIops: 0.005,
} as const;

/** A data volume is never planned fuller: segments end late, and a repaired broker fetches its copies anew. */
export const usableShareOfVolume = 0.9;
