/** USD of one region, on demand. */
export interface Prices {
  readonly region: string;
  readonly date: string;
  readonly source: string;
  /** Of an interface endpoint in one zone, an hour. */
  readonly endpointHour: number;
  /** Of a public IPv4 address, an hour. */
  readonly publicAddressHour: number;
  /** Of a private hosted zone, a month. */
  readonly hostedZoneMonth: number;
  /** From one zone to another: both sides pay half of it. */
  readonly betweenZonesGB: number;
  readonly msk: {
    /** Of a broker, an hour, by size. */
    readonly brokerHour: Readonly<Record<string, number>>;
    /** A month. */
    readonly storageGB: number;
  };
}

export const hoursPerMonth = 730;

/** The only table there is: of instances and volumes see settings/instanceTypes.ts and settings/volumes.ts, same region. */
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
