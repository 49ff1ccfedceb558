import type { Instance, ModifyInstanceAttributeCommandInput, _InstanceType } from "@aws-sdk/client-ec2";
import {
  AssociateIamInstanceProfileCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstanceCreditSpecificationsCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  DisassociateIamInstanceProfileCommand,
  ModifyInstanceAttributeCommand,
  ModifyInstanceCreditSpecificationCommand,
  ModifyInstanceMetadataOptionsCommand,
  ModifyVolumeCommand,
  MonitorInstancesCommand,
  ReplaceIamInstanceProfileAssociationCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  UnmonitorInstancesCommand,
} from "@aws-sdk/client-ec2";
import * as z from "zod";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import { Refusal, unlessMissing } from "../core/errors";
import {
  base64,
  flag,
  idOf,
  instanceTypeName,
  integer,
  ipv4Address,
  mostUserDataBytes,
  oneOf,
  setOf,
  shortText,
  tagMap,
  zoneName,
} from "../core/kinds";
import type { InputsOf } from "../core/property";
import { defaulted, optional, required, unsupportedAll } from "../core/property";
import type { Tags } from "../core/resourceType";
import { resourceType } from "../core/resourceType";
import { waitFor } from "../core/wait";
import { anExistingInstanceProfile } from "../iam/references";
import {
  apiMetadataOptions,
  creditSpecification,
  metadataOptions,
  metadataOptionsFrom,
  shutdownBehaviour,
} from "./blocks";
import { ec2 } from "./client";
import { checkAddress } from "./networkInterface";
import {
  anExistingImage,
  anExistingInstanceType,
  anExistingKeyPair,
  anExistingSecurityGroup,
  anExistingSubnet,
  anExistingZone,
} from "./references";
import { tagsFrom } from "../core/tags";
import { ec2Tagging, tagSpecifications } from "./tags";
import { waitUntilModified } from "./volume";
import { volumeFaults, volumeTypes } from "./volumeRules";

/** The real provider's. */
const createTimeoutSeconds = 10 * 60;
const deleteTimeoutSeconds = 20 * 60;

const rootBlockDevice = z.strictObject({
  deleteOnTermination: flag.optional(),
  encrypted: flag.optional(),
  iops: integer(1, 256000).optional(),
  tags: tagMap.optional(),
  throughput: integer(1, 2000).optional(),
  volumeSize: integer(1, 65536).optional(),
  volumeType: oneOf(...volumeTypes).optional(),
});

const properties = {
  ami: required(idOf("ami"), { replaces: true, reference: anExistingImage }),
  instanceType: required(instanceTypeName, { reference: anExistingInstanceType }),
  subnetId: optional(idOf("subnet"), { computed: true, replaces: true, reference: anExistingSubnet }),
  availabilityZone: optional(zoneName, { computed: true, replaces: true, reference: anExistingZone }),
  privateIp: optional(ipv4Address, { computed: true, replaces: true }),
  associatePublicIpAddress: optional(flag, { computed: true, replaces: true }),
  vpcSecurityGroupIds: optional(setOf(idOf("sg")), {
    computed: true,
    compare: "set",
    reference: anExistingSecurityGroup,
  }),
  sourceDestCheck: defaulted(flag, true),
  keyName: optional(shortText(255, 1), { computed: true, replaces: true, reference: anExistingKeyPair }),
  iamInstanceProfile: optional(shortText(128, 1), { computed: true, reference: anExistingInstanceProfile }),
  userData: optional(
    z
      .string()
      .refine((text) => Buffer.byteLength(text) <= mostUserDataBytes, `must have at most ${mostUserDataBytes} bytes`),
    { computed: true },
  ),
  userDataBase64: optional(base64(mostUserDataBytes), { computed: true }),
  userDataReplaceOnChange: defaulted(flag, false),
  metadataOptions: optional(metadataOptions, { computed: true, compare: "subset" }),
  rootBlockDevice: optional(rootBlockDevice, { computed: true, compare: "subset" }),
  creditSpecification: optional(creditSpecification, { computed: true }),
  disableApiTermination: optional(flag, { computed: true }),
  ebsOptimized: optional(flag, { computed: true, replaces: true }),
  instanceInitiatedShutdownBehavior: optional(shutdownBehaviour, { computed: true }),
  monitoring: optional(flag, { computed: true }),
} as const;

type Inputs = InputsOf<typeof properties>;

/** Undefined also when it is terminated. */
export async function findInstance(context: Context, id: string): Promise<Instance | undefined> {
  const found = await unlessMissing(
    async () =>
      (await ec2(context).send(new DescribeInstancesCommand({ InstanceIds: [id] }))).Reservations?.[0]?.Instances?.[0],
  );
  return found?.State?.Name === "terminated" ? undefined : found;
}

async function waitForState(context: Context, id: string, wanted: "running" | "stopped", timeoutSeconds: number) {
  let state = "";
  await waitFor(context, {
    what: `instance ${id} to be ${wanted}`,
    timeoutSeconds,
    seen: () => state,
    poll: async () => {
      const found = await findInstance(context, id);
      state = found?.State?.Name ?? "terminated";
      if (state === "terminated" || state === "shutting-down") {
        throw new Refusal(`instance ${id} is ${state}: ${found?.StateReason?.Message ?? "no reason given"}`);
      }
      return state === wanted ? true : undefined;
    },
  });
}

/** Also for a group's instances: gone means terminated. */
export async function waitUntilTerminated(
  context: Context,
  ids: readonly string[],
  timeoutSeconds: number,
): Promise<void> {
  for (const id of ids) {
    let state = "";
    await waitFor(context, {
      what: `instance ${id} to be terminated`,
      timeoutSeconds,
      seen: () => state,
      poll: async () => {
        const found = await findInstance(context, id);
        state = found?.State?.Name ?? "terminated";
        return found === undefined ? true : undefined;
      },
    });
  }
}

function userData(inputs: Pick<Inputs, "userData" | "userDataBase64">): string | undefined {
  return inputs.userData === undefined ? inputs.userDataBase64 : Buffer.from(inputs.userData).toString("base64");
}

function blockDevices(device: string, inputs: Inputs) {
  const root = inputs.rootBlockDevice;
  if (root === undefined) return undefined;
  const Ebs = {
    DeleteOnTermination: root.deleteOnTermination ?? true,
    Encrypted: root.encrypted,
    Iops: root.iops,
    Throughput: root.throughput,
    VolumeSize: root.volumeSize,
    VolumeType: root.volumeType,
  };
  return [{ DeviceName: device, Ebs }];
}

export const instance = resourceType({
  token: "aws:ec2/instance:Instance",
  properties: {
    ...properties,
    ...unsupportedAll(
      "capacityReservationSpecification",
      "cpuOptions",
      "disableApiStop",
      "ebsBlockDevices",
      "enablePrimaryIpv6",
      "enclaveOptions",
      "ephemeralBlockDevices",
      "forceDestroy",
      "getPasswordData",
      "hibernation",
      "hostId",
      "hostResourceGroupArn",
      "instanceMarketOptions",
      "ipv6AddressCount",
      "ipv6Addresses",
      "launchTemplate",
      "maintenanceOptions",
      "networkInterfaces",
      "placementGroup",
      "placementGroupId",
      "placementPartitionNumber",
      "primaryNetworkInterface",
      "privateDnsNameOptions",
      "secondaryNetworkInterfaces",
      "secondaryPrivateIps",
      "securityGroups",
      "tenancy",
      "volumeTags",
    ),
  },
  outputs: ["arn", "instanceState", "primaryNetworkInterfaceId", "privateDns", "publicDns", "publicIp"],
  tagging: ec2Tagging,

  check({ inputs, given }) {
    const faults = [];
    if (given("userData") && given("userDataBase64")) {
      faults.push({ property: "userData", reason: "userData and userDataBase64: give one of them only" });
    }
    const root = inputs.rootBlockDevice;
    if (root?.volumeType !== undefined) {
      const shape = {
        type: root.volumeType,
        sizeGiB: root.volumeSize,
        iops: root.iops,
        throughputMiBps: root.throughput,
      };
      const names = { type: "volumeType", sizeGiB: "volumeSize", iops: "iops", throughputMiBps: "throughput" } as const;
      faults.push(...volumeFaults(shape, (part) => `rootBlockDevice.${names[part]}`));
    }
    return faults;
  },

  replaces(property, { olds, news }) {
    if (property === "userData" || property === "userDataBase64") return news.userDataReplaceOnChange;
    return property === "rootBlockDevice" && olds.rootBlockDevice?.encrypted !== news.rootBlockDevice?.encrypted;
  },

  unknownAfter(changed) {
    return changed.has("userData") || changed.has("userDataBase64") || changed.has("instanceType")
      ? ["publicIp", "publicDns"]
      : [];
  },

  async create(context, inputs, tags) {
    if (inputs.privateIp !== undefined && inputs.subnetId !== undefined) {
      await checkAddress(context, "privateIp", inputs.privateIp, inputs.subnetId);
    }
    const { RootDeviceName } = (await unlessMissing(() => findImage(context, inputs.ami))) ?? {};
    const { Instances } = await ec2(context).send(
      new RunInstancesCommand({
        MinCount: 1,
        MaxCount: 1,
        ImageId: inputs.ami,
        InstanceType: inputs.instanceType as _InstanceType,
        KeyName: inputs.keyName,
        UserData: userData(inputs),
        BlockDeviceMappings: blockDevices(RootDeviceName ?? "/dev/xvda", inputs),
        IamInstanceProfile: inputs.iamInstanceProfile === undefined ? undefined : { Name: inputs.iamInstanceProfile },
        MetadataOptions: apiMetadataOptions(inputs.metadataOptions),
        CreditSpecification: inputs.creditSpecification && { CpuCredits: inputs.creditSpecification.cpuCredits },
        DisableApiTermination: inputs.disableApiTermination,
        EbsOptimized: inputs.ebsOptimized,
        InstanceInitiatedShutdownBehavior: inputs.instanceInitiatedShutdownBehavior,
        Monitoring: inputs.monitoring === undefined ? undefined : { Enabled: inputs.monitoring },
        Placement: inputs.availabilityZone === undefined ? undefined : { AvailabilityZone: inputs.availabilityZone },
        TagSpecifications: [
          ...(tagSpecifications("instance", tags) ?? []),
          ...(tagSpecifications("volume", inputs.rootBlockDevice?.tags ?? {}) ?? []),
        ],
        ...network(inputs),
      }),
    );
    return Instances?.[0]?.InstanceId ?? "";
  },

  async ready(context, id, inputs, changed) {
    await waitForState(context, id, "running", createTimeoutSeconds);
    if (changed === undefined && !inputs.sourceDestCheck) {
      await modify(context, id, { SourceDestCheck: { Value: false } });
    }
  },

  async read(context, id) {
    const found = await findInstance(context, id);
    if (found === undefined) return undefined;
    const primary = found.NetworkInterfaces?.find(({ Attachment }) => Attachment?.DeviceIndex === 0);
    return {
      ami: found.ImageId,
      arn: await arnOf(context, "ec2", `instance/${id}`),
      availabilityZone: found.Placement?.AvailabilityZone,
      associatePublicIpAddress: primary?.Association?.IpOwnerId === "amazon",
      ebsOptimized: found.EbsOptimized ?? false,
      iamInstanceProfile: found.IamInstanceProfile?.Arn?.split("/").at(-1) ?? "",
      instanceState: found.State?.Name,
      instanceType: found.InstanceType,
      keyName: found.KeyName ?? "",
      metadataOptions: metadataOptionsFrom(found.MetadataOptions),
      monitoring: found.Monitoring?.State === "enabled",
      primaryNetworkInterfaceId: primary?.NetworkInterfaceId ?? "",
      privateDns: found.PrivateDnsName ?? "",
      privateIp: found.PrivateIpAddress,
      publicDns: found.PublicDnsName ?? "",
      publicIp: found.PublicIpAddress ?? "",
      sourceDestCheck: found.SourceDestCheck ?? true,
      subnetId: found.SubnetId,
      vpcSecurityGroupIds: (primary?.Groups ?? found.SecurityGroups ?? []).map(({ GroupId }) => GroupId ?? ""),
      rootBlockDevice: await rootDevice(context, found),
      ...(await attributes(context, id)),
      tags: tagsFrom(found.Tags),
    };
  },

  async update(context, id, { news, changed, state }) {
    const restart = ["instanceType", "userData", "userDataBase64"].some((name) => changed.has(name));
    if (changed.has("rootBlockDevice")) await updateRootDevice(context, id, news.rootBlockDevice, state);
    if (changed.has("vpcSecurityGroupIds")) await modify(context, id, { Groups: news.vpcSecurityGroupIds });
    if (changed.has("sourceDestCheck")) await modify(context, id, { SourceDestCheck: { Value: news.sourceDestCheck } });
    if (changed.has("disableApiTermination")) {
      await modify(context, id, { DisableApiTermination: { Value: news.disableApiTermination } });
    }
    if (changed.has("instanceInitiatedShutdownBehavior")) {
      const Value = news.instanceInitiatedShutdownBehavior;
      await modify(context, id, { InstanceInitiatedShutdownBehavior: { Value } });
    }
    if (changed.has("iamInstanceProfile")) await setProfile(context, id, news.iamInstanceProfile);
    if (changed.has("metadataOptions")) {
      const options = apiMetadataOptions(news.metadataOptions);
      await ec2(context).send(new ModifyInstanceMetadataOptionsCommand({ InstanceId: id, ...options }));
    }
    if (changed.has("creditSpecification") && news.creditSpecification !== undefined) {
      const specification = { InstanceId: id, CpuCredits: news.creditSpecification.cpuCredits };
      await ec2(context).send(
        new ModifyInstanceCreditSpecificationCommand({ InstanceCreditSpecifications: [specification] }),
      );
    }
    if (changed.has("monitoring")) {
      const request = { InstanceIds: [id] };
      await (news.monitoring
        ? ec2(context).send(new MonitorInstancesCommand(request))
        : ec2(context).send(new UnmonitorInstancesCommand(request)));
    }
    if (restart) await changeStopped(context, id, news, changed);
  },

  async delete(context, id) {
    const command = new TerminateInstancesCommand({ InstanceIds: [id] });
    const known = await unlessMissing(() => ec2(context).send(command));
    if (known !== undefined) await waitUntilTerminated(context, [id], deleteTimeoutSeconds);
  },
});

/** Either plainly, or by an interface specification, as only that can ask for a public address. */
function network(inputs: Inputs) {
  if (inputs.associatePublicIpAddress === undefined) {
    return {
      SubnetId: inputs.subnetId,
      PrivateIpAddress: inputs.privateIp,
      SecurityGroupIds: inputs.vpcSecurityGroupIds,
    };
  }
  const specification = {
    DeviceIndex: 0,
    AssociatePublicIpAddress: inputs.associatePublicIpAddress,
    SubnetId: inputs.subnetId,
    PrivateIpAddress: inputs.privateIp,
    Groups: inputs.vpcSecurityGroupIds,
  };
  return { NetworkInterfaces: [specification] };
}

async function findImage(context: Context, id: string) {
  return (await ec2(context).send(new DescribeImagesCommand({ ImageIds: [id] }))).Images?.[0];
}

async function modify(
  context: Context,
  id: string,
  attribute: Omit<ModifyInstanceAttributeCommandInput, "InstanceId">,
): Promise<void> {
  await ec2(context).send(new ModifyInstanceAttributeCommand({ InstanceId: id, ...attribute }));
}

/** What DescribeInstances does not tell. */
async function attributes(context: Context, id: string) {
  const client = ec2(context);
  const ask = (Attribute: "userData" | "disableApiTermination" | "instanceInitiatedShutdownBehavior") =>
    client.send(new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute }));
  const [data, termination, shutdown, credits] = await Promise.all([
    ask("userData"),
    ask("disableApiTermination"),
    ask("instanceInitiatedShutdownBehavior"),
    client.send(new DescribeInstanceCreditSpecificationsCommand({ InstanceIds: [id] })),
  ]);
  const encoded = data.UserData?.Value;
  const cpuCredits = credits.InstanceCreditSpecifications?.[0]?.CpuCredits;
  return {
    ...(encoded ? { userDataBase64: encoded, userData: Buffer.from(encoded, "base64").toString() } : {}),
    disableApiTermination: termination.DisableApiTermination?.Value ?? false,
    instanceInitiatedShutdownBehavior: shutdown.InstanceInitiatedShutdownBehavior?.Value,
    ...(cpuCredits === undefined ? {} : { creditSpecification: { cpuCredits } }),
  };
}

async function rootVolume(context: Context, found: Instance) {
  const mapping = found.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === found.RootDeviceName);
  const id = mapping?.Ebs?.VolumeId;
  if (id === undefined) return undefined;
  const command = new DescribeVolumesCommand({ VolumeIds: [id] });
  const volume = (await unlessMissing(() => ec2(context).send(command)))?.Volumes?.[0];
  return volume && { volume, mapping };
}

async function rootDevice(context: Context, found: Instance) {
  const root = await rootVolume(context, found);
  if (root === undefined) return undefined;
  const tags: Tags = tagsFrom(root.volume.Tags);
  return {
    deleteOnTermination: root.mapping?.Ebs?.DeleteOnTermination ?? true,
    deviceName: found.RootDeviceName,
    encrypted: root.volume.Encrypted ?? false,
    iops: root.volume.Iops,
    kmsKeyId: root.volume.KmsKeyId ?? "",
    tags,
    tagsAll: tags,
    throughput: root.volume.Throughput,
    volumeId: root.volume.VolumeId,
    volumeSize: root.volume.Size,
    volumeType: root.volume.VolumeType,
  };
}

async function updateRootDevice(
  context: Context,
  id: string,
  wanted: Inputs["rootBlockDevice"],
  state: { readonly rootBlockDevice?: unknown },
): Promise<void> {
  const found = await findInstance(context, id);
  const root = found && (await rootVolume(context, found));
  const volumeId = root?.volume.VolumeId;
  if (wanted === undefined || volumeId === undefined) return;
  const before = (state.rootBlockDevice ?? {}) as NonNullable<Inputs["rootBlockDevice"]>;
  if (wanted.volumeSize !== undefined && before.volumeSize !== undefined && wanted.volumeSize < before.volumeSize) {
    throw new Refusal(
      `rootBlockDevice.volumeSize = ${wanted.volumeSize}: a volume can't shrink, and it has ${before.volumeSize} GiB`,
    );
  }
  const shape = {
    Size: wanted.volumeSize === before.volumeSize ? undefined : wanted.volumeSize,
    VolumeType: wanted.volumeType === before.volumeType ? undefined : wanted.volumeType,
    Iops: wanted.iops === before.iops ? undefined : wanted.iops,
    Throughput: wanted.throughput === before.throughput ? undefined : wanted.throughput,
  };
  if (Object.values(shape).some((value) => value !== undefined)) {
    await ec2(context).send(new ModifyVolumeCommand({ VolumeId: volumeId, ...shape }));
    await waitUntilModified(context, volumeId);
  }
  if (wanted.deleteOnTermination !== undefined && wanted.deleteOnTermination !== before.deleteOnTermination) {
    const mapping = { DeviceName: found?.RootDeviceName, Ebs: { DeleteOnTermination: wanted.deleteOnTermination } };
    await modify(context, id, { BlockDeviceMappings: [mapping] });
  }
  if (wanted.tags !== undefined) {
    const tags = wanted.tags;
    const remove = Object.keys(before.tags ?? {}).filter((key) => !(key in tags));
    await ec2Tagging.retag(context, volumeId, tags, remove, {});
  }
}

async function setProfile(context: Context, id: string, name: string | undefined): Promise<void> {
  const filter = { Name: "instance-id", Values: [id] };
  const { IamInstanceProfileAssociations } = await ec2(context).send(
    new DescribeIamInstanceProfileAssociationsCommand({ Filters: [filter] }),
  );
  const current = IamInstanceProfileAssociations?.[0]?.AssociationId;
  if (name === undefined || name === "") {
    if (current !== undefined) {
      await ec2(context).send(new DisassociateIamInstanceProfileCommand({ AssociationId: current }));
    }
    return;
  }
  const profile = { IamInstanceProfile: { Name: name } };
  await (current === undefined
    ? ec2(context).send(new AssociateIamInstanceProfileCommand({ InstanceId: id, ...profile }))
    : ec2(context).send(new ReplaceIamInstanceProfileAssociationCommand({ AssociationId: current, ...profile })));
}

/** EC2 takes another type or other user data only while the instance is stopped. */
async function changeStopped(context: Context, id: string, news: Inputs, changed: ReadonlySet<string>): Promise<void> {
  await ec2(context).send(new StopInstancesCommand({ InstanceIds: [id] }));
  await waitForState(context, id, "stopped", createTimeoutSeconds);
  if (changed.has("instanceType")) await modify(context, id, { InstanceType: { Value: news.instanceType } });
  if (changed.has("userData") || changed.has("userDataBase64")) {
    await modify(context, id, { UserData: { Value: Buffer.from(userData(news) ?? "", "base64") } });
  }
  await ec2(context).send(new StartInstancesCommand({ InstanceIds: [id] }));
}
