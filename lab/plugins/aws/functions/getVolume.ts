import { DescribeVolumesCommand } from "@aws-sdk/client-ec2";
import type { Volume } from "@aws-sdk/client-ec2";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import { unlessMissing } from "../core/errors";
import { flag, tagMap } from "../core/kinds";
import { optional } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { ec2 } from "../ec2/client";
import { tagsFrom } from "../core/tags";
import { apiFilters, filterList, theOnly } from "./filters";

const properties = { filters: optional(filterList), tags: optional(tagMap) } as const;

async function findVolumes(
  context: Context,
  inputs: Parameters<typeof apiFilters>[0],
  tags: Parameters<typeof apiFilters>[1],
): Promise<Volume[]> {
  const command = new DescribeVolumesCommand({ Filters: apiFilters(inputs, tags) });
  return (await unlessMissing(() => ec2(context).send(command)))?.Volumes ?? [];
}

export const getEbsVolumes = providerFunction({
  token: "aws:ebs/getEbsVolumes:getEbsVolumes",
  properties,

  async invoke(context, inputs) {
    const volumes = await findVolumes(context, inputs.filters, inputs.tags);
    return { id: context.region, ids: volumes.map(({ VolumeId }) => VolumeId ?? "") };
  },
});

export const getVolume = providerFunction({
  token: "aws:ebs/getVolume:getVolume",
  properties: { ...properties, mostRecent: optional(flag) },

  async invoke(context, inputs) {
    const found = await findVolumes(context, inputs.filters, inputs.tags);
    const newestFirst = found.sort((a, b) => (b.CreateTime?.getTime() ?? 0) - (a.CreateTime?.getTime() ?? 0));
    const volume = theOnly(inputs.mostRecent ? newestFirst.slice(0, 1) : newestFirst, "volume");
    const id = volume.VolumeId ?? "";
    return {
      id,
      volumeId: id,
      arn: await arnOf(context, "ec2", `volume/${id}`),
      availabilityZone: volume.AvailabilityZone,
      createTime: volume.CreateTime?.toISOString(),
      encrypted: volume.Encrypted ?? false,
      iops: volume.Iops ?? 0,
      kmsKeyId: volume.KmsKeyId ?? "",
      multiAttachEnabled: volume.MultiAttachEnabled ?? false,
      outpostArn: volume.OutpostArn ?? "",
      size: volume.Size,
      snapshotId: volume.SnapshotId ?? "",
      tags: tagsFrom(volume.Tags),
      throughput: volume.Throughput ?? 0,
      volumeType: volume.VolumeType,
    };
  },
});
