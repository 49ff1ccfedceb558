export type Architecture = "x86_64" | "arm64";

/** What one instance type gives; network and EBS are the baselines that last, not the bursts of the first half hour. */
export interface InstanceFacts {
  readonly type: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly architecture: Architecture;
  readonly networkGbps: number;
  /** 0: no bandwidth of its own for EBS, it shares the network's. */
  readonly ebsMbps: number;
  /** 0: see `ebsMbps`. */
  readonly ebsIops: number;
  /** us-east-1, Linux, on demand. */
  readonly usdPerHour: number;
  /** Volumes have a stable name (`/dev/disk/by-id/nvme-…`) on Nitro only; the nodes look for that name. */
  readonly nitro: boolean;
}

type Row = readonly [string, number, number, Architecture, number, number, number, number];

/**
 * Type, vCPUs, GiB, architecture, network baseline Gbps, EBS baseline Mbps, EBS baseline IOPS, $/hour.
 * Sources: everything but the price from DescribeInstanceTypes of us-east-1 (as kept in moto 5.2.5 `instance_types.json`);
 * prices from the AWS price list of us-east-1 (as kept in Karpenter's `zz_generated.pricing_aws.go`, January 2026; checked
 * against its version of July 2026 for the t3, t4g, m6g, m6i, m7g, r7g types).
 */
// prettier-ignore
const rows: readonly Row[] = [
  ["t2.nano", 1, 0.5, "x86_64", 0.032, 0, 0, 0.0058],
  ["t2.micro", 1, 1, "x86_64", 0.064, 0, 0, 0.0116],
  ["t2.small", 1, 2, "x86_64", 0.128, 0, 0, 0.023],
  ["t2.medium", 2, 4, "x86_64", 0.256, 0, 0, 0.0464],
  ["t2.large", 2, 8, "x86_64", 0.512, 0, 0, 0.0928],
  ["t2.xlarge", 4, 16, "x86_64", 0.75, 0, 0, 0.1856],
  ["t2.2xlarge", 8, 32, "x86_64", 1, 0, 0, 0.3712],
  ["t3.nano", 2, 0.5, "x86_64", 0.032, 43, 250, 0.0052],
  ["t3.micro", 2, 1, "x86_64", 0.064, 87, 500, 0.0104],
  ["t3.small", 2, 2, "x86_64", 0.128, 174, 1000, 0.0208],
  ["t3.medium", 2, 4, "x86_64", 0.256, 347, 2000, 0.0416],
  ["t3.large", 2, 8, "x86_64", 0.512, 695, 4000, 0.0832],
  ["t3.xlarge", 4, 16, "x86_64", 1.024, 695, 4000, 0.1664],
  ["t3.2xlarge", 8, 32, "x86_64", 2.048, 695, 4000, 0.3328],
  ["t3a.nano", 2, 0.5, "x86_64", 0.032, 45, 250, 0.0047],
  ["t3a.micro", 2, 1, "x86_64", 0.064, 90, 500, 0.0094],
  ["t3a.small", 2, 2, "x86_64", 0.128, 175, 1000, 0.0188],
  ["t3a.medium", 2, 4, "x86_64", 0.256, 350, 2000, 0.0376],
  ["t3a.large", 2, 8, "x86_64", 0.512, 695, 4000, 0.0752],
  ["t3a.xlarge", 4, 16, "x86_64", 1.024, 695, 4000, 0.1504],
  ["t3a.2xlarge", 8, 32, "x86_64", 2.048, 695, 4000, 0.3008],
  ["t4g.nano", 2, 0.5, "arm64", 0.032, 43, 250, 0.0042],
  ["t4g.micro", 2, 1, "arm64", 0.064, 87, 500, 0.0084],
  ["t4g.small", 2, 2, "arm64", 0.128, 174, 1000, 0.0168],
  ["t4g.medium", 2, 4, "arm64", 0.256, 347, 2000, 0.0336],
  ["t4g.large", 2, 8, "arm64", 0.512, 695, 4000, 0.0672],
  ["t4g.xlarge", 4, 16, "arm64", 1.024, 695, 4000, 0.1344],
  ["t4g.2xlarge", 8, 32, "arm64", 2.048, 695, 4000, 0.2688],
  ["m5.large", 2, 8, "x86_64", 0.75, 650, 3600, 0.096],
  ["m5.xlarge", 4, 16, "x86_64", 1.25, 1150, 6000, 0.192],
  ["m5.2xlarge", 8, 32, "x86_64", 2.5, 2300, 12000, 0.384],
  ["m5.4xlarge", 16, 64, "x86_64", 5, 4750, 18750, 0.768],
  ["m5.8xlarge", 32, 128, "x86_64", 10, 6800, 30000, 1.536],
  ["m6a.large", 2, 8, "x86_64", 0.781, 650, 3600, 0.0864],
  ["m6a.xlarge", 4, 16, "x86_64", 1.562, 1250, 6000, 0.1728],
  ["m6a.2xlarge", 8, 32, "x86_64", 3.125, 2500, 12000, 0.3456],
  ["m6a.4xlarge", 16, 64, "x86_64", 6.25, 5000, 20000, 0.6912],
  ["m6a.8xlarge", 32, 128, "x86_64", 12.5, 10000, 40000, 1.3824],
  ["m6g.medium", 1, 4, "arm64", 0.5, 315, 2500, 0.0385],
  ["m6g.large", 2, 8, "arm64", 0.75, 630, 3600, 0.077],
  ["m6g.xlarge", 4, 16, "arm64", 1.25, 1188, 6000, 0.154],
  ["m6g.2xlarge", 8, 32, "arm64", 2.5, 2375, 12000, 0.308],
  ["m6g.4xlarge", 16, 64, "arm64", 5, 4750, 20000, 0.616],
  ["m6g.8xlarge", 32, 128, "arm64", 12, 9500, 40000, 1.232],
  ["m6i.large", 2, 8, "x86_64", 0.781, 650, 3600, 0.096],
  ["m6i.xlarge", 4, 16, "x86_64", 1.562, 1250, 6000, 0.192],
  ["m6i.2xlarge", 8, 32, "x86_64", 3.125, 2500, 12000, 0.384],
  ["m6i.4xlarge", 16, 64, "x86_64", 6.25, 5000, 20000, 0.768],
  ["m6i.8xlarge", 32, 128, "x86_64", 12.5, 10000, 40000, 1.536],
  ["m7a.medium", 1, 4, "x86_64", 0.39, 325, 2500, 0.05796],
  ["m7a.large", 2, 8, "x86_64", 0.781, 650, 3600, 0.11592],
  ["m7a.xlarge", 4, 16, "x86_64", 1.562, 1250, 6000, 0.23184],
  ["m7a.2xlarge", 8, 32, "x86_64", 3.125, 2500, 12000, 0.46368],
  ["m7a.4xlarge", 16, 64, "x86_64", 6.25, 5000, 20000, 0.92736],
  ["m7a.8xlarge", 32, 128, "x86_64", 12.5, 10000, 40000, 1.85472],
  ["m7g.medium", 1, 4, "arm64", 0.52, 315, 2500, 0.0408],
  ["m7g.large", 2, 8, "arm64", 0.937, 630, 3600, 0.0816],
  ["m7g.xlarge", 4, 16, "arm64", 1.876, 1250, 6000, 0.1632],
  ["m7g.2xlarge", 8, 32, "arm64", 3.75, 2500, 12000, 0.3264],
  ["m7g.4xlarge", 16, 64, "arm64", 7.5, 5000, 20000, 0.6528],
  ["m7g.8xlarge", 32, 128, "arm64", 15, 10000, 40000, 1.3056],
  ["m7i.large", 2, 8, "x86_64", 0.781, 650, 3600, 0.1008],
  ["m7i.xlarge", 4, 16, "x86_64", 1.562, 1250, 6000, 0.2016],
  ["m7i.2xlarge", 8, 32, "x86_64", 3.125, 2500, 12000, 0.4032],
  ["m7i.4xlarge", 16, 64, "x86_64", 6.25, 5000, 20000, 0.8064],
  ["m7i.8xlarge", 32, 128, "x86_64", 12.5, 10000, 40000, 1.6128],
  ["m8g.medium", 1, 4, "arm64", 0.52, 315, 2500, 0.04488],
  ["m8g.large", 2, 8, "arm64", 0.937, 630, 3600, 0.08976],
  ["m8g.xlarge", 4, 16, "arm64", 1.875, 1250, 6000, 0.17952],
  ["m8g.2xlarge", 8, 32, "arm64", 3.75, 2500, 12000, 0.35904],
  ["m8g.4xlarge", 16, 64, "arm64", 7.5, 5000, 20000, 0.71808],
  ["m8g.8xlarge", 32, 128, "arm64", 15, 10000, 40000, 1.43616],
  ["r6g.medium", 1, 8, "arm64", 0.5, 315, 2500, 0.0504],
  ["r6g.large", 2, 16, "arm64", 0.75, 630, 3600, 0.1008],
  ["r6g.xlarge", 4, 32, "arm64", 1.25, 1188, 6000, 0.2016],
  ["r6g.2xlarge", 8, 64, "arm64", 2.5, 2375, 12000, 0.4032],
  ["r6g.4xlarge", 16, 128, "arm64", 5, 4750, 20000, 0.8064],
  ["r6g.8xlarge", 32, 256, "arm64", 12, 9500, 40000, 1.6128],
  ["r6i.large", 2, 16, "x86_64", 0.781, 650, 3600, 0.126],
  ["r6i.xlarge", 4, 32, "x86_64", 1.562, 1250, 6000, 0.252],
  ["r6i.2xlarge", 8, 64, "x86_64", 3.125, 2500, 12000, 0.504],
  ["r6i.4xlarge", 16, 128, "x86_64", 6.25, 5000, 20000, 1.008],
  ["r6i.8xlarge", 32, 256, "x86_64", 12.5, 10000, 40000, 2.016],
  ["r7g.medium", 1, 8, "arm64", 0.52, 315, 2500, 0.0536],
  ["r7g.large", 2, 16, "arm64", 0.937, 630, 3600, 0.1071],
  ["r7g.xlarge", 4, 32, "arm64", 1.876, 1250, 6000, 0.2142],
  ["r7g.2xlarge", 8, 64, "arm64", 3.75, 2500, 12000, 0.4284],
  ["r7g.4xlarge", 16, 128, "arm64", 7.5, 5000, 20000, 0.8568],
  ["r7g.8xlarge", 32, 256, "arm64", 15, 10000, 40000, 1.7136],
  ["r7i.large", 2, 16, "x86_64", 0.781, 650, 3600, 0.1323],
  ["r7i.xlarge", 4, 32, "x86_64", 1.562, 1250, 6000, 0.2646],
  ["r7i.2xlarge", 8, 64, "x86_64", 3.125, 2500, 12000, 0.5292],
  ["r7i.4xlarge", 16, 128, "x86_64", 6.25, 5000, 20000, 1.0584],
  ["r7i.8xlarge", 32, 256, "x86_64", 12.5, 10000, 40000, 2.1168],
  ["c6g.medium", 1, 2, "arm64", 0.5, 315, 2500, 0.034],
  ["c6g.large", 2, 4, "arm64", 0.75, 630, 3600, 0.068],
  ["c6g.xlarge", 4, 8, "arm64", 1.25, 1188, 6000, 0.136],
  ["c6g.2xlarge", 8, 16, "arm64", 2.5, 2375, 12000, 0.272],
  ["c6g.4xlarge", 16, 32, "arm64", 5, 4750, 20000, 0.544],
  ["c6g.8xlarge", 32, 64, "arm64", 12, 9500, 40000, 1.088],
  ["c6i.large", 2, 4, "x86_64", 0.781, 650, 3600, 0.085],
  ["c6i.xlarge", 4, 8, "x86_64", 1.562, 1250, 6000, 0.17],
  ["c6i.2xlarge", 8, 16, "x86_64", 3.125, 2500, 12000, 0.34],
  ["c6i.4xlarge", 16, 32, "x86_64", 6.25, 5000, 20000, 0.68],
  ["c6i.8xlarge", 32, 64, "x86_64", 12.5, 10000, 40000, 1.36],
  ["c7g.medium", 1, 2, "arm64", 0.52, 315, 2500, 0.0363],
  ["c7g.large", 2, 4, "arm64", 0.937, 630, 3600, 0.0725],
  ["c7g.xlarge", 4, 8, "arm64", 1.876, 1250, 6000, 0.145],
  ["c7g.2xlarge", 8, 16, "arm64", 3.75, 2500, 12000, 0.29],
  ["c7g.4xlarge", 16, 32, "arm64", 7.5, 5000, 20000, 0.58],
  ["c7g.8xlarge", 32, 64, "arm64", 15, 10000, 40000, 1.16],
  ["c7gn.medium", 1, 2, "arm64", 3.125, 521, 2083, 0.0624],
  ["c7gn.large", 2, 4, "arm64", 6.25, 1042, 4167, 0.1248],
  ["c7gn.xlarge", 4, 8, "arm64", 12.5, 2083, 8333, 0.2496],
  ["c7gn.2xlarge", 8, 16, "arm64", 25, 4167, 16667, 0.4992],
  ["c7gn.4xlarge", 16, 32, "arm64", 50, 8333, 33333, 0.9984],
  ["c7gn.8xlarge", 32, 64, "arm64", 100, 16667, 66667, 1.9968],
  ["c7i.large", 2, 4, "x86_64", 0.781, 650, 3600, 0.08925],
  ["c7i.xlarge", 4, 8, "x86_64", 1.562, 1250, 6000, 0.1785],
  ["c7i.2xlarge", 8, 16, "x86_64", 3.125, 2500, 12000, 0.357],
  ["c7i.4xlarge", 16, 32, "x86_64", 6.25, 5000, 20000, 0.714],
  ["c7i.8xlarge", 32, 64, "x86_64", 12.5, 10000, 40000, 1.428],
  ["im4gn.large", 2, 8, "arm64", 3.125, 1250, 5000, 0.1819],
  ["im4gn.xlarge", 4, 16, "arm64", 6.25, 2500, 10000, 0.36379],
  ["im4gn.2xlarge", 8, 32, "arm64", 12.5, 5000, 20000, 0.72758],
  ["im4gn.4xlarge", 16, 64, "arm64", 25, 10000, 40000, 1.45517],
  ["im4gn.8xlarge", 32, 128, "arm64", 50, 20000, 80000, 2.91034],
];

/** Families before Nitro: Xen, their volumes appear under a name that the kernel chooses. */
const xenFamilies = new Set(["t2"]);

const table: ReadonlyMap<string, InstanceFacts> = new Map(
  rows.map(([type, vcpus, gib, architecture, networkGbps, ebsMbps, ebsIops, usdPerHour]) => [
    type,
    {
      type,
      vcpus,
      memoryMiB: gib * 1024,
      architecture,
      networkGbps,
      ebsMbps,
      ebsIops,
      usdPerHour,
      nitro: !xenFamilies.has(type.split(".")[0] ?? ""),
    },
  ]),
);

/** Every type of the table. */
export const knownInstanceTypes: readonly string[] = [...table.keys()];

export function findInstanceFacts(type: string): InstanceFacts | undefined {
  return table.get(type);
}

/** Throws when the type is not in the table. */
export function instanceFacts(type: string): InstanceFacts {
  const facts = table.get(type);
  if (!facts) throw new Error(`unknown instance type "${type}"; add its facts to settings/instanceTypes.ts`);
  return facts;
}
