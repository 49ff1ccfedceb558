import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { tabledType, type Architecture, type InstanceFacts } from "../settings/instanceTypes";
import { answerOrReason } from "./answer";

/**
 * Asks EC2 about the instance types that the settings name and settings/instanceTypes.ts lacks, so that newer ones can
 * be used too; their price stays unknown. What EC2 does not know either is left to the check of the settings, which
 * names it.
 */
export async function learnInstanceTypes(
  raw: Readonly<Record<string, unknown>>,
  ask: pulumi.InvokeOptions,
): Promise<InstanceFacts[]> {
  const answers = await Promise.all(unknownInstanceTypes(raw).map((type) => learn(type, ask)));
  return answers.flatMap((facts) => facts ?? []);
}

/** The instance types of a raw configuration that settings/instanceTypes.ts lacks. */
export function unknownInstanceTypes(raw: Readonly<Record<string, unknown>>): string[] {
  const named = Object.entries(raw).flatMap(([key, value]) =>
    key.endsWith("InstanceType") && typeof value === "string" ? [value.trim()] : [],
  );
  return [...new Set(named)].filter((type) => wellFormed.test(type) && tabledType(type) === undefined);
}

const wellFormed = /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/;

async function learn(type: string, ask: pulumi.InvokeOptions): Promise<InstanceFacts | undefined> {
  const found = await answerOrReason(ec2.getInstanceType({ instanceType: type }, ask));
  if (typeof found === "string") {
    void pulumi.log.warn(`EC2 was asked about the instance type ${type}: ${found}`);
    return undefined;
  }
  const networkGbps = found.networkCards.reduce((sum, { baselineBandwidth }) => sum + baselineBandwidth, 0);
  const [architecture] = found.supportedArchitectures.filter((one): one is Architecture =>
    /^(x86_64|arm64)$/.test(one),
  );
  if (architecture === undefined || networkGbps === 0) return undefined;
  return {
    type,
    vcpus: found.defaultVcpus,
    memoryMiB: found.memorySize,
    architecture,
    networkGbps,
    ebsMbps: found.ebsPerformanceBaselineBandwidth,
    ebsIops: found.ebsPerformanceBaselineIops,
    usdPerHour: 0,
    nitro: found.hypervisor === "nitro" || found.bareMetal,
  };
}
