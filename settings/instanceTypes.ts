/** The architecture of an instance type's processor, in EC2's words. */
export type Architecture = "x86_64" | "arm64";

/** What one instance type gives; network and EBS are the baselines that last, not the bursts of the first half hour. */
export interface InstanceFacts {
  readonly type: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly architecture: Architecture;
  readonly networkGbps: number;
  /** The baseline of its bandwidth to EBS; 0: it has none of its own and shares the network's. */
  readonly ebsMbps: number;
  /** The baseline of its IOPS on EBS; 0 where `ebsMbps` is. */
  readonly ebsIops: number;
  /** The price in us-east-1, Linux, on demand. 0: not known, of a type that EC2 was asked about. */
  readonly usdPerHour: number;
  /**
   * Whether the type is built on Nitro. Only there volumes have a stable name (`/dev/disk/by-id/nvme-…`), for which the
   * nodes look.
   */
  readonly nitro: boolean;
}

type Row = readonly [string, number, number, Architecture, number, number, number, number];

/**
 * The table of types: type, vCPUs, GiB, architecture, network baseline Gbps, EBS baseline Mbps, EBS baseline IOPS,
 * $/hour. Sources: everything but the price from DescribeInstanceTypes of us-east-1 (as kept in moto 5.2.5
 * `instance_types.json`); prices from the AWS price list of us-east-1 (as kept in Karpenter's
 * `zz_generated.pricing_aws.go`, January 2026; checked against its version of July 2026 for the t3, t4g, m6g, m6i, m7g,
 * r7g types).
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
  ["m5.12xlarge", 48, 192, "x86_64", 12, 9500, 40000, 2.304],
  ["m5.16xlarge", 64, 256, "x86_64", 20, 13600, 60000, 3.072],
  ["m5.24xlarge", 96, 384, "x86_64", 25, 19000, 80000, 4.608],
  ["m6a.large", 2, 8, "x86_64", 0.781, 650, 3600, 0.0864],
  ["m6a.xlarge", 4, 16, "x86_64", 1.562, 1250, 6000, 0.1728],
  ["m6a.2xlarge", 8, 32, "x86_64", 3.125, 2500, 12000, 0.3456],
  ["m6a.4xlarge", 16, 64, "x86_64", 6.25, 5000, 20000, 0.6912],
  ["m6a.8xlarge", 32, 128, "x86_64", 12.5, 10000, 40000, 1.3824],
  ["m6a.12xlarge", 48, 192, "x86_64", 18.75, 15000, 60000, 2.0736],
  ["m6a.16xlarge", 64, 256, "x86_64", 25, 20000, 80000, 2.7648],
  ["m6a.24xlarge", 96, 384, "x86_64", 37.5, 30000, 120000, 4.1472],
  ["m6a.32xlarge", 128, 512, "x86_64", 50, 40000, 160000, 5.5296],
  ["m6a.48xlarge", 192, 768, "x86_64", 50, 40000, 240000, 8.2944],
  ["m6g.medium", 1, 4, "arm64", 0.5, 315, 2500, 0.0385],
  ["m6g.large", 2, 8, "arm64", 0.75, 630, 3600, 0.077],
  ["m6g.xlarge", 4, 16, "arm64", 1.25, 1188, 6000, 0.154],
  ["m6g.2xlarge", 8, 32, "arm64", 2.5, 2375, 12000, 0.308],
  ["m6g.4xlarge", 16, 64, "arm64", 5, 4750, 20000, 0.616],
  ["m6g.8xlarge", 32, 128, "arm64", 12, 9500, 40000, 1.232],
  ["m6g.12xlarge", 48, 192, "arm64", 20, 14250, 50000, 1.848],
  ["m6g.16xlarge", 64, 256, "arm64", 25, 19000, 80000, 2.464],
  ["m6g.metal", 64, 256, "arm64", 25, 19000, 80000, 2.6112],
  ["m6i.large", 2, 8, "x86_64", 0.781, 650, 3600, 0.096],
  ["m6i.xlarge", 4, 16, "x86_64", 1.562, 1250, 6000, 0.192],
  ["m6i.2xlarge", 8, 32, "x86_64", 3.125, 2500, 12000, 0.384],
  ["m6i.4xlarge", 16, 64, "x86_64", 6.25, 5000, 20000, 0.768],
  ["m6i.8xlarge", 32, 128, "x86_64", 12.5, 10000, 40000, 1.536],
  ["m6i.12xlarge", 48, 192, "x86_64", 18.75, 15000, 60000, 2.304],
  ["m6i.16xlarge", 64, 256, "x86_64", 25, 20000, 80000, 3.072],
  ["m6i.24xlarge", 96, 384, "x86_64", 37.5, 30000, 120000, 4.608],
  ["m6i.32xlarge", 128, 512, "x86_64", 50, 40000, 160000, 6.144],
  ["m6i.metal", 128, 512, "x86_64", 50, 40000, 160000, 6.144],
  ["m7a.medium", 1, 4, "x86_64", 0.39, 325, 2500, 0.05796],
  ["m7a.large", 2, 8, "x86_64", 0.781, 650, 3600, 0.11592],
  ["m7a.xlarge", 4, 16, "x86_64", 1.562, 1250, 6000, 0.23184],
  ["m7a.2xlarge", 8, 32, "x86_64", 3.125, 2500, 12000, 0.46368],
  ["m7a.4xlarge", 16, 64, "x86_64", 6.25, 5000, 20000, 0.92736],
  ["m7a.8xlarge", 32, 128, "x86_64", 12.5, 10000, 40000, 1.85472],
  ["m7a.12xlarge", 48, 192, "x86_64", 18.75, 15000, 60000, 2.78208],
  ["m7a.16xlarge", 64, 256, "x86_64", 25, 20000, 80000, 3.70944],
  ["m7a.24xlarge", 96, 384, "x86_64", 37.5, 30000, 120000, 5.56416],
  ["m7a.32xlarge", 128, 512, "x86_64", 50, 40000, 160000, 7.41888],
  ["m7a.48xlarge", 192, 768, "x86_64", 50, 40000, 240000, 11.12832],
  ["m7g.medium", 1, 4, "arm64", 0.52, 315, 2500, 0.0408],
  ["m7g.large", 2, 8, "arm64", 0.937, 630, 3600, 0.0816],
  ["m7g.xlarge", 4, 16, "arm64", 1.876, 1250, 6000, 0.1632],
  ["m7g.2xlarge", 8, 32, "arm64", 3.75, 2500, 12000, 0.3264],
  ["m7g.4xlarge", 16, 64, "arm64", 7.5, 5000, 20000, 0.6528],
  ["m7g.8xlarge", 32, 128, "arm64", 15, 10000, 40000, 1.3056],
  ["m7g.12xlarge", 48, 192, "arm64", 22.5, 15000, 60000, 1.9584],
  ["m7g.16xlarge", 64, 256, "arm64", 30, 20000, 80000, 2.6112],
  ["m7g.metal", 64, 256, "arm64", 30, 20000, 80000, 2.6112],
  ["m7i.large", 2, 8, "x86_64", 0.781, 650, 3600, 0.1008],
  ["m7i.xlarge", 4, 16, "x86_64", 1.562, 1250, 6000, 0.2016],
  ["m7i.2xlarge", 8, 32, "x86_64", 3.125, 2500, 12000, 0.4032],
  ["m7i.4xlarge", 16, 64, "x86_64", 6.25, 5000, 20000, 0.8064],
  ["m7i.8xlarge", 32, 128, "x86_64", 12.5, 10000, 40000, 1.6128],
  ["m7i.12xlarge", 48, 192, "x86_64", 18.75, 15000, 60000, 2.4192],
  ["m7i.16xlarge", 64, 256, "x86_64", 25, 20000, 80000, 3.2256],
  ["m7i.24xlarge", 96, 384, "x86_64", 37.5, 30000, 120000, 4.8384],
  ["m7i.48xlarge", 192, 768, "x86_64", 50, 40000, 240000, 9.6768],
  ["m7i.metal-24xl", 96, 384, "x86_64", 37.5, 30000, 120000, 5.32224],
  ["m7i.metal-48xl", 192, 768, "x86_64", 50, 40000, 240000, 9.6768],
  ["m8g.medium", 1, 4, "arm64", 0.52, 315, 2500, 0.04488],
  ["m8g.large", 2, 8, "arm64", 0.937, 630, 3600, 0.08976],
  ["m8g.xlarge", 4, 16, "arm64", 1.875, 1250, 6000, 0.17952],
  ["m8g.2xlarge", 8, 32, "arm64", 3.75, 2500, 12000, 0.35904],
  ["m8g.4xlarge", 16, 64, "arm64", 7.5, 5000, 20000, 0.71808],
  ["m8g.8xlarge", 32, 128, "arm64", 15, 10000, 40000, 1.43616],
  ["m8g.12xlarge", 48, 192, "arm64", 22.5, 15000, 60000, 2.15424],
  ["m8g.16xlarge", 64, 256, "arm64", 30, 20000, 80000, 2.87232],
  ["m8g.24xlarge", 96, 384, "arm64", 40, 30000, 120000, 4.30848],
  ["m8g.48xlarge", 192, 768, "arm64", 50, 40000, 240000, 8.61696],
  ["m8g.metal-24xl", 96, 384, "arm64", 40, 30000, 120000, 4.73933],
  ["m8g.metal-48xl", 192, 768, "arm64", 50, 40000, 240000, 8.61696],
  ["r6g.medium", 1, 8, "arm64", 0.5, 315, 2500, 0.0504],
  ["r6g.large", 2, 16, "arm64", 0.75, 630, 3600, 0.1008],
  ["r6g.xlarge", 4, 32, "arm64", 1.25, 1188, 6000, 0.2016],
  ["r6g.2xlarge", 8, 64, "arm64", 2.5, 2375, 12000, 0.4032],
  ["r6g.4xlarge", 16, 128, "arm64", 5, 4750, 20000, 0.8064],
  ["r6g.8xlarge", 32, 256, "arm64", 12, 9500, 40000, 1.6128],
  ["r6g.12xlarge", 48, 384, "arm64", 20, 14250, 50000, 2.4192],
  ["r6g.16xlarge", 64, 512, "arm64", 25, 19000, 80000, 3.2256],
  ["r6g.metal", 64, 512, "arm64", 25, 19000, 80000, 3.4191],
  ["r6i.large", 2, 16, "x86_64", 0.781, 650, 3600, 0.126],
  ["r6i.xlarge", 4, 32, "x86_64", 1.562, 1250, 6000, 0.252],
  ["r6i.2xlarge", 8, 64, "x86_64", 3.125, 2500, 12000, 0.504],
  ["r6i.4xlarge", 16, 128, "x86_64", 6.25, 5000, 20000, 1.008],
  ["r6i.8xlarge", 32, 256, "x86_64", 12.5, 10000, 40000, 2.016],
  ["r6i.12xlarge", 48, 384, "x86_64", 18.75, 15000, 60000, 3.024],
  ["r6i.16xlarge", 64, 512, "x86_64", 25, 20000, 80000, 4.032],
  ["r6i.24xlarge", 96, 768, "x86_64", 37.5, 30000, 120000, 6.048],
  ["r6i.32xlarge", 128, 1024, "x86_64", 50, 40000, 160000, 8.064],
  ["r7g.medium", 1, 8, "arm64", 0.52, 315, 2500, 0.0536],
  ["r7g.large", 2, 16, "arm64", 0.937, 630, 3600, 0.1071],
  ["r7g.xlarge", 4, 32, "arm64", 1.876, 1250, 6000, 0.2142],
  ["r7g.2xlarge", 8, 64, "arm64", 3.75, 2500, 12000, 0.4284],
  ["r7g.4xlarge", 16, 128, "arm64", 7.5, 5000, 20000, 0.8568],
  ["r7g.8xlarge", 32, 256, "arm64", 15, 10000, 40000, 1.7136],
  ["r7g.12xlarge", 48, 384, "arm64", 22.5, 15000, 60000, 2.5704],
  ["r7g.16xlarge", 64, 512, "arm64", 30, 20000, 80000, 3.4272],
  ["r7g.metal", 64, 512, "arm64", 30, 20000, 80000, 3.4272],
  ["r7i.large", 2, 16, "x86_64", 0.781, 650, 3600, 0.1323],
  ["r7i.xlarge", 4, 32, "x86_64", 1.562, 1250, 6000, 0.2646],
  ["r7i.2xlarge", 8, 64, "x86_64", 3.125, 2500, 12000, 0.5292],
  ["r7i.4xlarge", 16, 128, "x86_64", 6.25, 5000, 20000, 1.0584],
  ["r7i.8xlarge", 32, 256, "x86_64", 12.5, 10000, 40000, 2.1168],
  ["r7i.12xlarge", 48, 384, "x86_64", 18.75, 15000, 60000, 3.1752],
  ["r7i.16xlarge", 64, 512, "x86_64", 25, 20000, 80000, 4.2336],
  ["r7i.24xlarge", 96, 768, "x86_64", 37.5, 30000, 120000, 6.3504],
  ["r7i.48xlarge", 192, 1536, "x86_64", 50, 40000, 240000, 12.7008],
  ["c6g.medium", 1, 2, "arm64", 0.5, 315, 2500, 0.034],
  ["c6g.large", 2, 4, "arm64", 0.75, 630, 3600, 0.068],
  ["c6g.xlarge", 4, 8, "arm64", 1.25, 1188, 6000, 0.136],
  ["c6g.2xlarge", 8, 16, "arm64", 2.5, 2375, 12000, 0.272],
  ["c6g.4xlarge", 16, 32, "arm64", 5, 4750, 20000, 0.544],
  ["c6g.8xlarge", 32, 64, "arm64", 12, 9500, 40000, 1.088],
  ["c6g.12xlarge", 48, 96, "arm64", 20, 14250, 50000, 1.632],
  ["c6g.16xlarge", 64, 128, "arm64", 25, 19000, 80000, 2.176],
  ["c6i.large", 2, 4, "x86_64", 0.781, 650, 3600, 0.085],
  ["c6i.xlarge", 4, 8, "x86_64", 1.562, 1250, 6000, 0.17],
  ["c6i.2xlarge", 8, 16, "x86_64", 3.125, 2500, 12000, 0.34],
  ["c6i.4xlarge", 16, 32, "x86_64", 6.25, 5000, 20000, 0.68],
  ["c6i.8xlarge", 32, 64, "x86_64", 12.5, 10000, 40000, 1.36],
  ["c6i.12xlarge", 48, 96, "x86_64", 18.75, 15000, 60000, 2.04],
  ["c6i.16xlarge", 64, 128, "x86_64", 25, 20000, 80000, 2.72],
  ["c6i.24xlarge", 96, 192, "x86_64", 37.5, 30000, 120000, 4.08],
  ["c6i.32xlarge", 128, 256, "x86_64", 50, 40000, 160000, 5.44],
  ["c7g.medium", 1, 2, "arm64", 0.52, 315, 2500, 0.0363],
  ["c7g.large", 2, 4, "arm64", 0.937, 630, 3600, 0.0725],
  ["c7g.xlarge", 4, 8, "arm64", 1.876, 1250, 6000, 0.145],
  ["c7g.2xlarge", 8, 16, "arm64", 3.75, 2500, 12000, 0.29],
  ["c7g.4xlarge", 16, 32, "arm64", 7.5, 5000, 20000, 0.58],
  ["c7g.8xlarge", 32, 64, "arm64", 15, 10000, 40000, 1.16],
  ["c7g.12xlarge", 48, 96, "arm64", 22.5, 15000, 60000, 1.74],
  ["c7g.16xlarge", 64, 128, "arm64", 30, 20000, 80000, 2.32],
  ["c7g.metal", 64, 128, "arm64", 30, 20000, 80000, 2.32],
  ["c7gn.medium", 1, 2, "arm64", 3.125, 521, 2083, 0.0624],
  ["c7gn.large", 2, 4, "arm64", 6.25, 1042, 4167, 0.1248],
  ["c7gn.xlarge", 4, 8, "arm64", 12.5, 2083, 8333, 0.2496],
  ["c7gn.2xlarge", 8, 16, "arm64", 25, 4167, 16667, 0.4992],
  ["c7gn.4xlarge", 16, 32, "arm64", 50, 8333, 33333, 0.9984],
  ["c7gn.8xlarge", 32, 64, "arm64", 100, 16667, 66667, 1.9968],
  ["c7gn.12xlarge", 48, 96, "arm64", 150, 25000, 100000, 2.9952],
  ["c7gn.16xlarge", 64, 128, "arm64", 200, 33333, 133333, 3.9936],
  ["c7gn.metal", 64, 128, "arm64", 200, 33333, 133333, 3.9936],
  ["c7i.large", 2, 4, "x86_64", 0.781, 650, 3600, 0.08925],
  ["c7i.xlarge", 4, 8, "x86_64", 1.562, 1250, 6000, 0.1785],
  ["c7i.2xlarge", 8, 16, "x86_64", 3.125, 2500, 12000, 0.357],
  ["c7i.4xlarge", 16, 32, "x86_64", 6.25, 5000, 20000, 0.714],
  ["c7i.8xlarge", 32, 64, "x86_64", 12.5, 10000, 40000, 1.428],
  ["c7i.12xlarge", 48, 96, "x86_64", 18.75, 15000, 60000, 2.142],
  ["c7i.16xlarge", 64, 128, "x86_64", 25, 20000, 80000, 2.856],
  ["c7i.24xlarge", 96, 192, "x86_64", 37.5, 30000, 120000, 4.284],
  ["c7i.48xlarge", 192, 384, "x86_64", 50, 40000, 240000, 8.568],
  ["im4gn.large", 2, 8, "arm64", 3.125, 1250, 5000, 0.1819],
  ["im4gn.xlarge", 4, 16, "arm64", 6.25, 2500, 10000, 0.36379],
  ["im4gn.2xlarge", 8, 32, "arm64", 12.5, 5000, 20000, 0.72758],
  ["im4gn.4xlarge", 16, 64, "arm64", 25, 10000, 40000, 1.45517],
  ["im4gn.8xlarge", 32, 128, "arm64", 50, 20000, 80000, 2.91034],
  ["im4gn.16xlarge", 64, 256, "arm64", 100, 40000, 160000, 5.82067],
  ["i4i.large", 2, 16, "x86_64", 0.781, 625, 2500, 0.172],
  ["i4i.xlarge", 4, 32, "x86_64", 1.875, 1250, 5000, 0.343],
  ["i4i.2xlarge", 8, 64, "x86_64", 4.687, 2500, 10000, 0.686],
  ["i4i.4xlarge", 16, 128, "x86_64", 9.375, 5000, 20000, 1.373],
  ["i4i.8xlarge", 32, 256, "x86_64", 18.75, 10000, 40000, 2.746],
  ["i4i.12xlarge", 48, 384, "x86_64", 28.125, 15000, 60000, 4.118],
  ["i4i.16xlarge", 64, 512, "x86_64", 37.5, 20000, 80000, 5.491],
  ["i4i.24xlarge", 96, 768, "x86_64", 56.25, 30000, 120000, 8.2368],
  ["i4i.32xlarge", 128, 1024, "x86_64", 75, 40000, 160000, 10.9824],
  ["i4i.metal", 128, 1024, "x86_64", 75, 40000, 160000, 10.982],
];

/** Families before Nitro. They run on Xen, where volumes appear under a name that the kernel chooses. */
const xenFamilies = new Set(["t2"]);

const table = new Map<string, InstanceFacts>(
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

/** Whatever knows the types that a stack uses and the table lacks: its settings. */
export interface LearnedTypes {
  /** The facts that EC2 was asked for about types that the table lacks. */
  readonly learnedTypes: readonly InstanceFacts[];
}

/** The types of the table, with prices. */
export const tabledTypes: readonly InstanceFacts[] = [...table.values()];

/** The facts about a type; undefined when it is not in the table. */
export function tabledType(type: string): InstanceFacts | undefined {
  return table.get(type);
}

/** The facts about a type that the settings name. Throws when nobody knows it. */
export function instanceFacts(type: string, { learnedTypes }: LearnedTypes): InstanceFacts {
  const facts = table.get(type) ?? learnedTypes.find((one) => one.type === type);
  if (!facts) throw new Error(`unknown instance type "${type}"; add its facts to settings/instanceTypes.ts`);
  return facts;
}
