import * as ec2 from "@pulumi/aws/ec2";
import type { InvokeOptions } from "@pulumi/pulumi";
import { typeUses, type TypeOfferings } from "../planning/checks/machines";
import type { Settings } from "../settings/settings";

/** Which of the instance types in use each zone of the region offers. */
export async function typeOfferings(settings: Settings, ask: InvokeOptions): Promise<TypeOfferings> {
  const types = [...new Set(typeUses(settings).map(({ type }) => type))];
  const { instanceTypes, locations } = await ec2.getInstanceTypeOfferings(
    { locationType: "availability-zone", filters: [{ name: "instance-type", values: types }] },
    ask,
  );
  // Two lists side by side: the offering number i is instanceTypes[i] in locations[i].
  const offerings: Record<string, string[]> = {};
  instanceTypes.forEach((type, index) => (offerings[type] ??= []).push(locations[index] ?? ""));
  return offerings;
}
