/** What EBS allows, by volume type (EBS user guide, "Amazon EBS volume types"). */
import type { Fault } from "../core/errors";

interface VolumeLimits {
  readonly sizeGiB: readonly [number, number];
  readonly iops?: readonly [number, number];
  readonly iopsPerGiB?: number;
  readonly throughputMiBps?: readonly [number, number];
}

export const volumeTypes = ["gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"] as const;

const limits: Readonly<Record<(typeof volumeTypes)[number], VolumeLimits>> = {
  gp3: { sizeGiB: [1, 65536], iops: [3000, 80000], iopsPerGiB: 500, throughputMiBps: [125, 2000] },
  gp2: { sizeGiB: [1, 16384] },
  io1: { sizeGiB: [4, 16384], iops: [100, 64000], iopsPerGiB: 50 },
  io2: { sizeGiB: [4, 65536], iops: [100, 256000], iopsPerGiB: 1000 },
  st1: { sizeGiB: [125, 16384] },
  sc1: { sizeGiB: [125, 16384] },
  standard: { sizeGiB: [1, 1024] },
};

export interface VolumeShape {
  /** `gp2` when not given, as the API has it. */
  readonly type?: (typeof volumeTypes)[number] | undefined;
  readonly sizeGiB?: number | undefined;
  readonly iops?: number | undefined;
  readonly throughputMiBps?: number | undefined;
}

/** What AWS would refuse; `name` gives the property's own name for a part of the shape. */
export function volumeFaults(shape: VolumeShape, name: (part: keyof VolumeShape) => string): Fault[] {
  const type = shape.type ?? "gp2";
  const rule = limits[type];
  const faults: Fault[] = [];
  const outside = (part: "sizeGiB" | "iops" | "throughputMiBps", range: readonly [number, number] | undefined) => {
    const value = shape[part];
    if (value === undefined) return;
    const complain = (reason: string) =>
      faults.push({ property: name(part).split(/[.[]/)[0] ?? "", reason: `${name(part)} = ${value}: ${reason}` });
    if (range === undefined) complain(`can't be set for a volume of type ${type}`);
    else if (value < range[0] || value > range[1]) {
      complain(`must be from ${range[0]} to ${range[1]} for a volume of type ${type}`);
    }
  };
  outside("sizeGiB", rule.sizeGiB);
  outside("iops", rule.iops);
  outside("throughputMiBps", rule.throughputMiBps);
  if (faults.length > 0) return faults;

  const { sizeGiB, iops, throughputMiBps } = shape;
  const complain = (part: keyof VolumeShape, reason: string) =>
    faults.push({ property: name(part).split(/[.[]/)[0] ?? "", reason: `${name(part)} = ${shape[part]}: ${reason}` });
  const free = type === "gp3" ? 3000 : 0;
  const mostIops = sizeGiB === undefined ? undefined : Math.max(free, sizeGiB * (rule.iopsPerGiB ?? 0));
  if (iops !== undefined && mostIops !== undefined && iops > mostIops) {
    complain("iops", `${sizeGiB} GiB of ${type} allow at most ${mostIops} (${rule.iopsPerGiB} per GiB)`);
  }
  // gp3: 0.25 MiB/s per provisioned IOPS.
  const mostThroughput = (iops ?? 3000) / 4;
  if (throughputMiBps !== undefined && throughputMiBps > mostThroughput) {
    complain("throughputMiBps", `${iops ?? 3000} IOPS allow at most ${mostThroughput} MiB/s (a quarter)`);
  }
  return faults;
}
