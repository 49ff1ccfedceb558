import type { Volume } from "@aws-sdk/client-ec2";
import {
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  ModifyVolumeCommand,
} from "@aws-sdk/client-ec2";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import { Refusal, unlessMissing } from "../core/errors";
import { flag, integer, keyArn, oneOf, zoneName } from "../core/kinds";
import { optional, required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { waitFor } from "../core/wait";
import { ec2 } from "./client";
import { deleteWhenFree } from "./dependents";
import { anExistingZone } from "./references";
import { tagsFrom } from "../core/tags";
import { ec2Tagging, tagSpecifications } from "./tags";
import { volumeFaults, volumeTypes } from "./volumeRules";

/** The real provider's, for create and update; a delete is tried for 10 minutes. */
const timeoutSeconds = 5 * 60;
const deleteTimeoutSeconds = 10 * 60;

async function findVolume(context: Context, id: string): Promise<Volume | undefined> {
  const found = await unlessMissing(
    async () => (await ec2(context).send(new DescribeVolumesCommand({ VolumeIds: [id] }))).Volumes?.[0],
  );
  return found?.State === "deleting" || found?.State === "deleted" ? undefined : found;
}

const propertyNames = { type: "type", sizeGiB: "size", iops: "iops", throughputMiBps: "throughput" } as const;

export const volume = resourceType({
  token: "aws:ebs/volume:Volume",
  properties: {
    availabilityZone: required(zoneName, { replaces: true, reference: anExistingZone }),
    size: optional(integer(1, 65536), { computed: true }),
    type: optional(oneOf(...volumeTypes), { computed: true }),
    iops: optional(integer(1, 256000), { computed: true }),
    throughput: optional(integer(1, 2000), { computed: true }),
    encrypted: optional(flag, { computed: true, replaces: true }),
    kmsKeyId: optional(keyArn, { computed: true, replaces: true }),
    ...unsupportedAll("finalSnapshot", "multiAttachEnabled", "outpostArn", "snapshotId", "volumeInitializationRate"),
  },
  outputs: ["arn", "createTime", "snapshotId"],
  tagging: ec2Tagging,

  check({ inputs, given }) {
    if (!given("size")) return [{ property: "size", reason: "size: missing (snapshots are not supported here)" }];
    const shape = {
      type: inputs.type,
      sizeGiB: inputs.size,
      iops: inputs.iops,
      throughputMiBps: inputs.throughput,
    };
    return given("type") && inputs.type === undefined ? [] : volumeFaults(shape, (part) => propertyNames[part]);
  },

  async create(context, inputs, tags) {
    const { VolumeId } = await ec2(context).send(
      new CreateVolumeCommand({
        AvailabilityZone: inputs.availabilityZone,
        Size: inputs.size,
        VolumeType: inputs.type,
        Iops: inputs.iops,
        Throughput: inputs.throughput,
        Encrypted: inputs.encrypted,
        KmsKeyId: inputs.kmsKeyId,
        TagSpecifications: tagSpecifications("volume", tags),
      }),
    );
    return VolumeId ?? "";
  },

  async ready(context, id) {
    let state = "";
    await waitFor(context, {
      what: `volume ${id} to be available`,
      timeoutSeconds,
      seen: () => state,
      poll: async () => {
        state = (await findVolume(context, id))?.State ?? "gone";
        return state === "available" || state === "in-use" ? true : undefined;
      },
    });
  },

  async read(context, id) {
    const found = await findVolume(context, id);
    if (found === undefined) return undefined;
    return {
      arn: await arnOf(context, "ec2", `volume/${id}`),
      availabilityZone: found.AvailabilityZone,
      createTime: found.CreateTime?.toISOString(),
      encrypted: found.Encrypted ?? false,
      iops: found.Iops,
      kmsKeyId: found.KmsKeyId ?? "",
      size: found.Size,
      snapshotId: found.SnapshotId ?? "",
      throughput: found.Throughput,
      type: found.VolumeType,
      tags: tagsFrom(found.Tags),
    };
  },

  async update(context, id, { news, changed, state }) {
    const before = state.size as number | undefined;
    if (news.size !== undefined && before !== undefined && news.size < before) {
      throw new Refusal(
        `size = ${news.size}: a volume can't shrink, and ${id} has ${before} GiB; set at least ${before}, or ` +
          "replace the volume",
      );
    }
    const value = <T>(name: string, wanted: T): T | undefined => (changed.has(name) ? wanted : undefined);
    await ec2(context).send(
      new ModifyVolumeCommand({
        VolumeId: id,
        Size: value("size", news.size),
        VolumeType: value("type", news.type),
        // A change of type without these would fall back to the type's defaults.
        Iops: changed.has("type") ? news.iops : value("iops", news.iops),
        Throughput: changed.has("type") ? news.throughput : value("throughput", news.throughput),
      }),
    );
    await waitUntilModified(context, id);
  },

  async delete(context, id) {
    await deleteWhenFree(
      context,
      `volume ${id}`,
      () => ec2(context).send(new DeleteVolumeCommand({ VolumeId: id })),
      deleteTimeoutSeconds,
    );
    await waitFor(context, {
      what: `volume ${id} to be gone`,
      timeoutSeconds: deleteTimeoutSeconds,
      poll: async () => ((await findVolume(context, id)) === undefined ? true : undefined),
    });
  },
});

/** The new size can be used from `optimizing` on. */
export async function waitUntilModified(context: Context, id: string): Promise<void> {
  let state = "";
  await waitFor(context, {
    what: `the change of volume ${id} to take effect`,
    timeoutSeconds,
    seen: () => state,
    poll: async () => {
      const command = new DescribeVolumesModificationsCommand({ VolumeIds: [id] });
      const modification = (await ec2(context).send(command)).VolumesModifications?.at(-1);
      state = modification?.ModificationState ?? "";
      if (state === "failed") throw new Refusal(`the change of volume ${id} failed: ${modification?.StatusMessage}`);
      return state === "optimizing" || state === "completed" ? true : undefined;
    },
  });
}
