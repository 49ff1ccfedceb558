/** The prices of one region, USD, on demand. */
export interface Prices {
  readonly region: string;
  readonly date: string;
  readonly source: string;
  /** An interface endpoint in one zone, an hour. */
  readonly endpointHour: number;
  /** A public IPv4 address, an hour. */
  readonly publicAddressHour: number;
  /** A private hosted zone, a month. */
  readonly hostedZoneMonth: number;
  /** A GB from one zone to another: both sides pay half of it. */
  readonly betweenZonesGB: number;
  readonly msk: {
    /** A broker, an hour, by size. */
    readonly brokerHour: Readonly<Record<string, number>>;
    /** A GB of storage, a month. */
    readonly storageGB: number;
  };
}

/** Hours of a month, as AWS's calculators have it. */
export const hoursPerMonth = 730;

/**
 * The only table of prices beside those of instances (settings/instanceTypes.ts) and volumes (settings/volumes.ts),
 * same region.
 */
export const prices: Prices = {
  region: "us-east-1",
  date: "2026-07",
  source: "AWS's price pages of EC2, VPC, Route 53 and MSK",
  endpointHour: 0.01,
  publicAddressHour: 0.005,
  hostedZoneMonth: 0.5,
  betweenZonesGB: 0.02,
  msk: {
    // kafka.m7g: xlarge is from the page, the price of the other sizes goes with their vCPUs.
    brokerHour: {
      "m7g.large": 0.204,
      "m7g.xlarge": 0.408,
      "m7g.2xlarge": 0.816,
      "m7g.4xlarge": 1.632,
      "m7g.8xlarge": 3.264,
      "m7g.12xlarge": 4.896,
      "m7g.16xlarge": 6.528,
    },
    storageGB: 0.1,
  },
};
