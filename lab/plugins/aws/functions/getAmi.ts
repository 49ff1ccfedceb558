import type { Image } from "@aws-sdk/client-ec2";
import { DescribeImagesCommand } from "@aws-sdk/client-ec2";
import * as z from "zod";

import { flag, tagMap, textList } from "../core/kinds";
import { optional, unsupportedAll } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { ec2 } from "../ec2/client";
import { tagsFrom } from "../core/tags";
import { apiFilters, filterList, theOnly } from "./filters";

const regularExpression = z.string().superRefine((value, check) => {
  try {
    new RegExp(value);
  } catch (error) {
    check.addIssue({ code: "custom", message: (error as Error).message });
  }
});

function newestFirst(a: Image, b: Image): number {
  return (b.CreationDate ?? "").localeCompare(a.CreationDate ?? "");
}

export const getAmi = providerFunction({
  token: "aws:ec2/getAmi:getAmi",
  properties: {
    allowUnsafeFilter: optional(flag),
    executableUsers: optional(textList),
    filters: optional(filterList),
    includeDeprecated: optional(flag),
    mostRecent: optional(flag),
    nameRegex: optional(regularExpression),
    owners: optional(textList),
    tags: optional(tagMap),
    ...unsupportedAll("uefiData"),
  },

  check({ inputs }) {
    const named = inputs.filters?.some(({ name }) => ["image-id", "owner-id", "owner-alias"].includes(name));
    if (!inputs.mostRecent || inputs.allowUnsafeFilter || inputs.owners !== undefined || named) return [];
    const reason = "mostRecent: without owners, anybody's newest image would be taken; give owners";
    return [{ property: "mostRecent", reason }];
  },

  async invoke(context, inputs) {
    const { Images = [] } = await ec2(context).send(
      new DescribeImagesCommand({
        Owners: inputs.owners,
        ExecutableUsers: inputs.executableUsers,
        Filters: apiFilters(inputs.filters, inputs.tags),
        IncludeDeprecated: inputs.includeDeprecated,
      }),
    );
    const named = new RegExp(inputs.nameRegex ?? "");
    const matching = Images.filter(({ Name = "" }) => named.test(Name)).sort(newestFirst);
    return describe(theOnly(inputs.mostRecent ? matching.slice(0, 1) : matching, "image"), context.region);
  },
});

function describe(image: Image, region: string) {
  const devices = image.BlockDeviceMappings ?? [];
  const root = devices.find(({ DeviceName }) => DeviceName === image.RootDeviceName);
  return {
    id: image.ImageId,
    imageId: image.ImageId,
    architecture: image.Architecture,
    arn: `arn:aws:ec2:${region}::image/${image.ImageId}`,
    blockDeviceMappings: devices.map(({ DeviceName, Ebs, NoDevice, VirtualName }) => ({
      deviceName: DeviceName ?? "",
      ebs: {
        delete_on_termination: String(Ebs?.DeleteOnTermination ?? false),
        encrypted: String(Ebs?.Encrypted ?? false),
        iops: String(Ebs?.Iops ?? 0),
        snapshot_id: Ebs?.SnapshotId ?? "",
        throughput: String(Ebs?.Throughput ?? 0),
        volume_size: String(Ebs?.VolumeSize ?? 0),
        volume_type: Ebs?.VolumeType ?? "",
      },
      noDevice: NoDevice ?? "",
      virtualName: VirtualName ?? "",
    })),
    bootMode: image.BootMode ?? "",
    creationDate: image.CreationDate ?? "",
    deprecationTime: image.DeprecationTime ?? "",
    description: image.Description ?? "",
    enaSupport: image.EnaSupport ?? false,
    hypervisor: image.Hypervisor ?? "",
    imageLocation: image.ImageLocation ?? "",
    imageOwnerAlias: image.ImageOwnerAlias ?? "",
    imageType: image.ImageType ?? "",
    imdsSupport: image.ImdsSupport ?? "",
    kernelId: image.KernelId ?? "",
    lastLaunchedTime: "",
    name: image.Name ?? "",
    ownerId: image.OwnerId ?? "",
    platform: image.Platform ?? "",
    platformDetails: image.PlatformDetails ?? "",
    productCodes: [],
    public: image.Public ?? false,
    ramdiskId: image.RamdiskId ?? "",
    rootDeviceName: image.RootDeviceName ?? "",
    rootDeviceType: image.RootDeviceType ?? "",
    rootSnapshotId: root?.Ebs?.SnapshotId ?? "",
    sriovNetSupport: image.SriovNetSupport ?? "",
    state: image.State ?? "",
    stateReason: {},
    tags: tagsFrom(image.Tags),
    tpmSupport: image.TpmSupport ?? "",
    usageOperation: image.UsageOperation ?? "",
    virtualizationType: image.VirtualizationType ?? "",
  };
}
