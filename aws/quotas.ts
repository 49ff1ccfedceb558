import * as ec2 from "@pulumi/aws/ec2";
import * as servicequotas from "@pulumi/aws/servicequotas";
import * as pulumi from "@pulumi/pulumi";
import { tagKeys } from "../planning/cluster/tags";
import { crowdedQuota, vcpuFaults, vcpuNeeds, type VcpuNeed } from "../planning/checks/quotas";
import type { Fault, Warn } from "../settings/faults";
import type { Settings } from "../settings/settings";
import { answerOrReason } from "./answer";

/** Whether the account may run so many vCPUs: a new one may run few. Who may not ask is only warned. */
export async function quotaFaults(settings: Settings, ask: pulumi.InvokeOptions, warn: Warn): Promise<Fault[]> {
  const others = otherInstances(settings, ask);
  return (await Promise.all(vcpuNeeds(settings).map((need) => faultsOf(settings, need, others, ask, warn)))).flat();
}

async function faultsOf(
  settings: Settings,
  need: VcpuNeed,
  counted: Promise<number>,
  ask: pulumi.InvokeOptions,
  warn: Warn,
): Promise<Fault[]> {
  const [quota, others] = await Promise.all([
    answerOrReason(servicequotas.getServiceQuota({ serviceCode: "ec2", quotaCode: need.code }, ask)),
    counted,
  ]);
  if (typeof quota === "string") {
    void pulumi.log.warn(`the quota "${need.name}" could not be looked at, and so is not checked: ${quota}`);
    return [];
  }
  warn(crowdedQuota(settings, need, quota.value, others));
  return vcpuFaults(settings, need, quota.value);
}

/** How many instances of the region run that are not the cluster's. */
async function otherInstances({ clusterName }: Settings, ask: pulumi.InvokeOptions): Promise<number> {
  const running = { instanceStateNames: ["pending", "running"] };
  const [all, own] = await Promise.all([
    ec2.getInstances(running, ask),
    ec2.getInstances({ ...running, instanceTags: { [tagKeys.cluster]: clusterName } }, ask),
  ]);
  return Math.max(0, all.ids.length - own.ids.length);
}
