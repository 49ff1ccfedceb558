import { DescribeVolumesModificationsCommand } from "@aws-sdk/client-ec2";
import type { Change } from "../../planning/autosize/autosize";
import { ec2Client } from "../awsClients";
import { dataVolumes } from "../dataVolumes";
import type { StackOutputs } from "../../planning/cluster/outputs";

/** The last change of a data volume. */
export interface VolumeModification {
  /** `kafka-3`. */
  readonly node: string;
  /** `modifying`, `optimizing`, `completed`, `failed`. */
  readonly state: string;
  readonly startedAt: Date;
}

/**
 * Hours that a volume rests after a change. EBS lets a volume be changed four times in 24 hours, and not before the
 * last change is completed ("ModifyVolume"; formerly once in 6 hours).
 */
export const defaultCooldownHours = 6;

/** The reason for which the changes have to wait; undefined when they need not. */
export function volumeHold(
  changes: readonly Pick<Change, "key">[],
  modifications: readonly VolumeModification[],
  now: Date,
  cooldownHours: number,
): string | undefined {
  const pools = changes.flatMap(({ key }) =>
    key.startsWith("brokerVolume") ? ["kafka-"] : key.startsWith("zookeeperVolume") ? ["zookeeper-"] : [],
  );
  const last = modifications
    .filter(({ node }) => pools.some((pool) => node.startsWith(pool)))
    .sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
  const underWay = last.find(({ state }) => state === "modifying" || state === "optimizing");
  if (underWay !== undefined) {
    return (
      `the volume of ${underWay.node} is still ${underWay.state} since ${underWay.startedAt.toISOString()}: run ` +
      "this again when it has completed"
    );
  }
  const [latest] = last;
  const until = (latest?.startedAt.getTime() ?? 0) + cooldownHours * 3_600_000;
  if (latest === undefined || now.getTime() >= until) return undefined;
  return (
    `the volume of ${latest.node} was changed at ${latest.startedAt.toISOString()}, and volumes rest for ` +
    `${cooldownHours} hours: run this again after ${new Date(until).toISOString()}, or with a shorter ` +
    "--cooldown-hours (EBS permits four changes in 24 hours)"
  );
}

/** The last changes of the cluster's data volumes, as far as EBS still knows of them. */
export async function volumeModifications({
  region,
  clusterName,
}: Pick<StackOutputs, "region" | "clusterName">): Promise<VolumeModification[]> {
  const ec2 = ec2Client(region);
  try {
    const nodes = new Map((await dataVolumes(ec2, clusterName)).map(({ id, node }) => [id, node]));
    if (nodes.size === 0) return [];
    // By a filter: asked for by its id, a volume that was never changed is an error.
    const filter = { Name: "volume-id", Values: [...nodes.keys()] };
    const { VolumesModifications = [] } = await ec2.send(
      new DescribeVolumesModificationsCommand({ Filters: [filter] }),
    );
    return VolumesModifications.flatMap(({ VolumeId = "", ModificationState = "", StartTime }) => {
      const node = nodes.get(VolumeId);
      return node === undefined || StartTime === undefined
        ? []
        : [{ node, state: ModificationState, startedAt: StartTime }];
    });
  } finally {
    ec2.destroy();
  }
}
