import type { Fault } from "../../settings/faults";
import type { Settings } from "../../settings/settings";
import { instanceFacts } from "../node/instanceTypes";
import { typeUses } from "./machines";

/** A quota of EC2 that counts vCPUs which run on demand, for families that share it. */
export interface VcpuQuota {
  readonly code: string;
  readonly name: string;
}

/** The part of a quota that the cluster takes. */
export interface VcpuNeed extends VcpuQuota {
  readonly vcpus: number;
  /** `5 × m7g.large`. */
  readonly machines: readonly string[];
}

/** The quotas of EC2 (EC2 guide, "On-Demand Instance quotas"). Families that are in none of them are not checked. */
const quotas: readonly (VcpuQuota & { readonly families: RegExp })[] = [
  { code: "L-1216C47A", name: "Running On-Demand Standard instances", families: /^([acdhmrtz]|i(?!nf)|im|is)\d/ },
  { code: "L-7295265B", name: "Running On-Demand X instances", families: /^x\d/ },
];

const path = "brokerCount";

/** For each quota, the vCPUs that nodes and ops host take while all run. */
export function vcpuNeeds(settings: Settings): VcpuNeed[] {
  const uses = typeUses(settings);
  return quotas.flatMap(({ code, name, families }) => {
    const counted = uses.filter(({ type }) => families.test(type));
    const vcpus = counted.reduce((sum, { type, count }) => sum + count * instanceFacts(type, settings).vcpus, 0);
    return vcpus === 0 ? [] : [{ code, name, vcpus, machines: counted.map(({ type, count }) => `${count} × ${type}`) }];
  });
}

/**
 * The fault of a quota that is smaller than what the cluster takes.
 * @param quota the account's, in vCPUs
 */
export function vcpuFaults(settings: Settings, need: VcpuNeed, quota: number): Fault[] {
  if (need.vcpus <= quota) return [];
  return [{ path, message: `${neededOf(settings, need, quota)}; ${remedy(need, need.vcpus)}` }];
}

/**
 * A warning where what else runs may take so much of the quota that the rest is too little. No fault, as how many vCPUs
 * the others have is not known here.
 *
 * @param others instances of the region that run and are not the cluster's
 */
export function crowdedQuota(settings: Settings, need: VcpuNeed, quota: number, others: number): Fault | undefined {
  const estimate = 2 * others;
  if (need.vcpus > quota || need.vcpus + estimate <= quota) return undefined;
  return {
    path,
    message:
      `${neededOf(settings, need, quota)}, which ${others} other instances share: where they leave too little, ` +
      `instances fail with VcpuLimitExceeded; ${remedy(need, need.vcpus + estimate)}`,
  };
}

function neededOf({ region }: Settings, { name, code, vcpus, machines }: VcpuNeed, quota: number): string {
  return (
    `${machines.join(", ")} need ${vcpus} vCPUs, and the account's quota "${name}" (${code}) in ${region} is ` +
    `${quota}`
  );
}

function remedy({ code }: VcpuNeed, vcpus: number): string {
  const request = "aws service-quotas request-service-quota-increase --service-code ec2";
  return `ask AWS for more: ${request} --quota-code ${code} --desired-value ${vcpus}`;
}
