/** The data volumes that a destroy leaves. */
import { tagKeys } from "../planning/cluster/names";
import { taggedNode } from "../planning/cluster/tags";
import { volumeUsd } from "../planning/cluster/bill";
import { pricesOf } from "../planning/cluster/prices";
import { UserError } from "../cli/userError";
import type { RecordedResource } from "./checkpoint";
import type { StackRecord } from "./recovery";

/** A data volume that a destroy leaves. */
export interface KeptVolume {
  readonly urn: string;
  readonly id: string;
  /** `kafka-3`. */
  readonly node: string;
  readonly region: string;
  readonly zone: string;
  readonly sizeGiB: number;
  readonly usdPerMonth: number;
}

/** A volume as `pulumi stack export` writes it. */
interface RecordedVolume extends RecordedResource {
  readonly id: string;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly outputs: {
    readonly arn: string;
    readonly availabilityZone: string;
    readonly size: number;
    readonly iops: number;
    readonly throughput: number;
  };
}

/** The volumes that Pulumi would refuse to delete, or would only forget (`dataProtection`). Pure. */
export function keptVolumes(record: Pick<StackRecord, "deployment">): KeptVolume[] {
  return volumesIn(record, ({ protect, retainOnDelete }) => protect === true || retainOnDelete === true);
}

/** The nodes' data volumes. Pure. */
export function dataVolumesIn(record: Pick<StackRecord, "deployment">): KeptVolume[] {
  return volumesIn(record, ({ delete: going }) => going !== true);
}

function volumesIn(
  { deployment }: Pick<StackRecord, "deployment">,
  wanted: (volume: RecordedVolume) => boolean,
): KeptVolume[] {
  return (deployment?.resources ?? [])
    .filter((one): one is RecordedVolume => one.type === "aws:ebs/volume:Volume")
    .filter(wanted)
    .map(({ urn, id, outputs, outputs: { arn, availabilityZone, size, iops, throughput } }) => ({
      urn,
      id,
      node: taggedNode(outputs) ?? id,
      // arn:aws:ec2:REGION:ACCOUNT:volume/ID
      region: arn.split(":")[3] ?? "",
      zone: availabilityZone,
      sizeGiB: size,
      usdPerMonth: volumeUsd(
        { sizeGiB: size, iops, throughputMiBps: throughput },
        pricesOf(arn.split(":")[3] ?? "").gp3,
      ),
    }));
}

/**
 * Tags the volumes themselves as wanted: a stack of this cluster takes them up, also one that knows nothing of them.
 * Rejects with a UserError.
 */
export async function tagRetained(volumes: readonly KeptVolume[], stack: string, now: Date): Promise<void> {
  // The SDK takes a second to load.
  const [{ CreateTagsCommand }, { ec2Client }] = await Promise.all([
    import("@aws-sdk/client-ec2"),
    import("./awsClients"),
  ]);
  const ec2 = ec2Client(volumes[0]?.region ?? "");
  try {
    const tag = { Key: tagKeys.retained, Value: `${now.toISOString().slice(0, 19)}Z ${stack}` };
    await ec2.send(new CreateTagsCommand({ Resources: volumes.map(({ id }) => id), Tags: [tag] }));
  } catch (error) {
    throw new UserError(`the data volumes can't be tagged, so nothing is destroyed: ${(error as Error).message}`);
  } finally {
    ec2.destroy();
  }
}

/** The kept volumes in words: what that costs, how to come back, and how to give them up. Pure. */
export function keptText(volumes: readonly KeptVolume[], stack: string): string {
  const sum = (of: (volume: KeptVolume) => number) => volumes.reduce((total, volume) => total + of(volume), 0);
  const width = Math.max(...volumes.map(({ node }) => node.length));
  const lines = volumes.map(
    ({ id, node, sizeGiB, zone }) => `  ${node.padEnd(width)}  ${id}  ${String(sizeGiB).padStart(5)} GiB  ${zone}`,
  );
  return [
    `kept: ${volumes.length} data volumes, ${sum(({ sizeGiB }) => sizeGiB)} GiB, about ` +
      `$${sum(({ usdPerMonth }) => usdPerMonth).toFixed(2)} a month`,
    ...lines,
    `to come back with all data: \`npm run deploy -- --stack ${stack}\` or \`pulumi up --stack ${stack}\``,
    `to give the data up: \`aws ec2 delete-volume --region ${volumes[0]?.region} --volume-id ID\` for each, then ` +
      `\`pulumi refresh --stack ${stack}\``,
  ].join("\n");
}
