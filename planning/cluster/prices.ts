import type { InstanceFacts } from "../node/instanceTypes";

/** The prices of one region, USD, on demand. */
export interface Prices {
  readonly region: string;
  readonly date: string;
  readonly source: string;
  /** A gp3 volume, a month: each GiB, and each MiB/s and each IOPS over what is included. */
  readonly gp3: { readonly usdPerGiB: number; readonly usdPerMiBps: number; readonly usdPerIops: number };
  /** An interface endpoint in one zone, an hour. */
  readonly endpointHour: number;
  /** A public IPv4 address, an hour. */
  readonly publicAddressHour: number;
  /** A private hosted zone, a month. */
  readonly hostedZoneMonth: number;
  /** A GB from one zone to another: both sides pay half of it. */
  readonly betweenZonesGB: number;
  /** Amazon MSK; undefined where no source has all of its prices. */
  readonly msk?: {
    /** A kafka.m7g.large broker, an hour; the other sizes go with their vCPUs. */
    readonly largeHour: number;
    /** A GB of storage, a month. */
    readonly storageGB: number;
    readonly express?: {
      /** An express.m7g.large broker, an hour; the other sizes go with their vCPUs. */
      readonly largeHour: number;
      readonly writtenGB: number;
      readonly storageGB: number;
    };
  };
}

/** Hours of a month, as AWS's calculators have it. */
export const hoursPerMonth = 730;

/** What costs the same in all regions of the table. */
const everywhere = { publicAddressHour: 0.005, hostedZoneMonth: 0.5, betweenZonesGB: 0.02 };

const virginia: Prices = {
  region: "us-east-1",
  date: "2026-07",
  source: "AWS's price pages of EC2, VPC, Route 53 and MSK",
  ...everywhere,
  gp3: { usdPerGiB: 0.08, usdPerMiBps: 0.04, usdPerIops: 0.005 },
  endpointHour: 0.01,
  msk: { largeHour: 0.204, storageGB: 0.1, express: { largeHour: 0.408, writtenGB: 0.01, storageGB: 0.1 } },
};

/**
 * The source of the other regions: answers of AWS's price list API that public repositories show, of which those of
 * ap-southeast-1 are of 12 August 2026, and of MSK's in no other region all; instances by SkyPilot's catalog v8 (commit
 * 00148f2), which is made of that list, and whose prices in us-east-1 are those of July 2026.
 */
const source = "AWS's price list API, as public repositories show it; SkyPilot's catalog v8 of instances";

const table: Readonly<Record<string, Prices>> = {
  "us-east-1": virginia,
  "us-west-2": { ...virginia, region: "us-west-2", date: "2026", source, msk: undefined },
  "eu-west-1": {
    region: "eu-west-1",
    date: "2026",
    source,
    ...everywhere,
    gp3: { usdPerGiB: 0.088, usdPerMiBps: 0.044, usdPerIops: 0.0055 },
    endpointHour: 0.011,
  },
  "eu-central-1": {
    region: "eu-central-1",
    date: "2026",
    source,
    ...everywhere,
    gp3: { usdPerGiB: 0.0952, usdPerMiBps: 0.0476, usdPerIops: 0.006 },
    endpointHour: 0.012,
  },
  "ap-southeast-1": {
    region: "ap-southeast-1",
    date: "2026-08",
    source,
    ...everywhere,
    gp3: { usdPerGiB: 0.096, usdPerMiBps: 0.048, usdPerIops: 0.006 },
    endpointHour: 0.013,
    // Express's price of a GB written is in no source.
    msk: { largeHour: 0.255, storageGB: 0.12 },
  },
};

/**
 * An hour of one size of each family, USD, in us-east-1 and us-west-2, eu-west-1, eu-central-1, ap-southeast-1: within
 * a family all sizes differ by the same factor. 0: not offered there.
 */
const familyHours: Readonly<Record<string, readonly [number, number, number, number]>> = {
  t3: [0.0832, 0.0912, 0.096, 0.1056],
  t3a: [0.1504, 0.1632, 0.1728, 0.1888],
  t4g: [0.0672, 0.0736, 0.0768, 0.0848],
  m6a: [0.1728, 0.1926, 0.207, 0.216],
  m6g: [2.464, 2.752, 2.944, 3.072],
  m6i: [0.384, 0.428, 0.46, 0.48],
  m7a: [3.70944, 4.1344, 4.44352, 0],
  m7g: [0.0816, 0.091, 0.0978, 0.102],
  r7g: [1.7136, 1.9176, 2.0672, 2.0672],
  r7i: [1.0584, 1.1844, 1.2768, 1.2768],
};
const columns: Readonly<Record<string, number>> = {
  "us-east-1": 0,
  "us-west-2": 0,
  "eu-west-1": 1,
  "eu-central-1": 2,
  "ap-southeast-1": 3,
};

/** The prices of a region; of one that the table lacks those of us-east-1, which their `region` says. */
export function pricesOf(region: string): Prices {
  return table[region] ?? virginia;
}

/**
 * An hour of an instance in a region, USD; `isKnown` is false where it is the price in us-east-1, or nobody's (0), for
 * want of a source.
 */
export function instanceHour(
  { type, usdPerHour }: Pick<InstanceFacts, "type" | "usdPerHour">,
  region: string,
): { readonly usd: number; readonly isKnown: boolean } {
  const column = columns[pricesOf(region).region] ?? 0;
  const hours = familyHours[type.slice(0, type.indexOf("."))];
  const local = column === 0 ? hours?.[0] : hours?.[column];
  if (pricesOf(region).region === "us-east-1" || usdPerHour === 0) return { usd: usdPerHour, isKnown: usdPerHour > 0 };
  if (hours === undefined || local === undefined || local === 0) return { usd: usdPerHour, isKnown: false };
  return { usd: Math.round(((usdPerHour * local) / hours[0]) * 1e5) / 1e5, isKnown: true };
}
