import type {
  LaunchTemplate,
  RequestLaunchTemplateData,
  ResponseLaunchTemplateData,
  _InstanceType,
} from "@aws-sdk/client-ec2";
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeLaunchTemplatesCommand,
  ModifyLaunchTemplateCommand,
} from "@aws-sdk/client-ec2";
import * as z from "zod";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import type { Fault } from "../core/errors";
import { unlessMissing } from "../core/errors";
import {
  base64,
  flag,
  flagText,
  idOf,
  instanceTypeName,
  integer,
  keyArn,
  ipv4Address,
  mostUserDataBytes,
  oneOf,
  setOf,
  shortText,
  tagMap,
  textOf,
} from "../core/kinds";
import type { InputsOf } from "../core/property";
import { optional, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { anExistingInstanceProfileArn, anExistingInstanceProfile } from "../iam/references";
import {
  apiMetadataOptions,
  creditSpecification,
  metadataOptions,
  metadataOptionsFrom,
  shutdownBehaviour,
} from "./blocks";
import { ec2 } from "./client";
import {
  anExistingImage,
  anExistingInstanceType,
  anExistingInterface,
  anExistingKeyPair,
  anExistingSecurityGroup,
  anExistingSubnet,
  mustExist,
} from "./references";
import { tagList, tagsFrom } from "../core/tags";
import { ec2Tagging, tagSpecifications } from "./tags";
import { volumeFaults, volumeTypes } from "./volumeRules";

const blockDevice = z.strictObject({
  deviceName: textOf(/^\/dev\/[a-z0-9/]+$/, "a device like /dev/xvda"),
  ebs: z.strictObject({
    deleteOnTermination: flagText.optional(),
    encrypted: flagText.optional(),
    kmsKeyId: keyArn.optional(),
    iops: integer(1, 256000).optional(),
    throughput: integer(1, 2000).optional(),
    volumeSize: integer(1, 65536).optional(),
    volumeType: oneOf(...volumeTypes).optional(),
  }),
});

const interfaceSpecification = z.strictObject({
  associatePublicIpAddress: flagText.optional(),
  deleteOnTermination: flagText.optional(),
  description: shortText(255).optional(),
  deviceIndex: integer(0, 15).optional(),
  networkInterfaceId: idOf("eni").optional(),
  privateIpAddress: ipv4Address.optional(),
  securityGroups: setOf(idOf("sg")).optional(),
  subnetId: idOf("subnet").optional(),
});

const properties = {
  name: optional(textOf(/^[a-zA-Z0-9().\-/_]{3,128}$/, "3 to 128 letters, digits and ().-/_"), {
    computed: true,
    replaces: true,
  }),
  namePrefix: optional(shortText(102, 1), { computed: true, replaces: true }),
  description: optional(shortText(255)),
  defaultVersion: optional(integer(1, Number.MAX_SAFE_INTEGER), { computed: true }),
  updateDefaultVersion: optional(flag),
  imageId: optional(idOf("ami"), { reference: anExistingImage }),
  instanceType: optional(instanceTypeName, { reference: anExistingInstanceType }),
  keyName: optional(shortText(255, 1), { reference: anExistingKeyPair }),
  userData: optional(base64(mostUserDataBytes)),
  ebsOptimized: optional(flagText),
  disableApiTermination: optional(flag),
  instanceInitiatedShutdownBehavior: optional(shutdownBehaviour),
  iamInstanceProfile: optional(z.strictObject({ name: shortText(128, 1).optional(), arn: z.string().optional() })),
  blockDeviceMappings: optional(z.array(blockDevice)),
  networkInterfaces: optional(z.array(interfaceSpecification)),
  vpcSecurityGroupIds: optional(setOf(idOf("sg")), { compare: "set", reference: anExistingSecurityGroup }),
  metadataOptions: optional(metadataOptions, { computed: true, compare: "subset" }),
  monitoring: optional(z.strictObject({ enabled: flag })),
  creditSpecification: optional(creditSpecification),
  tagSpecifications: optional(
    z.array(
      z.strictObject({
        resourceType: oneOf("instance", "volume", "network-interface", "spot-instances-request"),
        tags: tagMap,
      }),
    ),
  ),
} as const;

type Inputs = InputsOf<typeof properties>;

/** Not part of the template's data: their change makes no new version. */
const outsideData = new Set(["name", "namePrefix", "defaultVersion", "updateDefaultVersion"]);

function changesData(changed: ReadonlySet<string>): boolean {
  return [...changed].some((name) => !outsideData.has(name));
}

function asFlag(value: "true" | "false" | undefined): boolean | undefined {
  return value === undefined ? undefined : value === "true";
}

function templateData(inputs: Inputs): RequestLaunchTemplateData {
  return {
    ImageId: inputs.imageId,
    InstanceType: inputs.instanceType as _InstanceType | undefined,
    KeyName: inputs.keyName,
    UserData: inputs.userData,
    EbsOptimized: asFlag(inputs.ebsOptimized),
    DisableApiTermination: inputs.disableApiTermination,
    InstanceInitiatedShutdownBehavior: inputs.instanceInitiatedShutdownBehavior,
    IamInstanceProfile:
      inputs.iamInstanceProfile === undefined
        ? undefined
        : { Name: inputs.iamInstanceProfile.name, Arn: inputs.iamInstanceProfile.arn },
    BlockDeviceMappings: inputs.blockDeviceMappings?.map(({ deviceName, ebs }) => ({
      DeviceName: deviceName,
      Ebs: {
        DeleteOnTermination: asFlag(ebs.deleteOnTermination),
        Encrypted: asFlag(ebs.encrypted),
        KmsKeyId: ebs.kmsKeyId,
        Iops: ebs.iops,
        Throughput: ebs.throughput,
        VolumeSize: ebs.volumeSize,
        VolumeType: ebs.volumeType,
      },
    })),
    NetworkInterfaces: inputs.networkInterfaces?.map((item) => ({
      AssociatePublicIpAddress: asFlag(item.associatePublicIpAddress),
      DeleteOnTermination: asFlag(item.deleteOnTermination),
      Description: item.description,
      DeviceIndex: item.deviceIndex ?? 0,
      NetworkInterfaceId: item.networkInterfaceId,
      PrivateIpAddress: item.privateIpAddress,
      Groups: item.securityGroups,
      SubnetId: item.subnetId,
    })),
    SecurityGroupIds: inputs.vpcSecurityGroupIds,
    MetadataOptions: apiMetadataOptions(inputs.metadataOptions),
    Monitoring: inputs.monitoring === undefined ? undefined : { Enabled: inputs.monitoring.enabled },
    CreditSpecification:
      inputs.creditSpecification === undefined ? undefined : { CpuCredits: inputs.creditSpecification.cpuCredits },
    TagSpecifications: inputs.tagSpecifications?.map(({ resourceType: type, tags }) => ({
      ResourceType: type,
      Tags: tagList(tags),
    })),
  };
}

function flagWord(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** The other way round; AWS gives back what was given, and no defaults. */
function inputsFrom(data: ResponseLaunchTemplateData) {
  return {
    imageId: data.ImageId,
    instanceType: data.InstanceType,
    keyName: data.KeyName,
    userData: data.UserData,
    ebsOptimized: flagWord(data.EbsOptimized),
    disableApiTermination: data.DisableApiTermination,
    instanceInitiatedShutdownBehavior: data.InstanceInitiatedShutdownBehavior,
    iamInstanceProfile:
      data.IamInstanceProfile === undefined
        ? undefined
        : { name: data.IamInstanceProfile.Name, arn: data.IamInstanceProfile.Arn },
    blockDeviceMappings: data.BlockDeviceMappings?.map(({ DeviceName, Ebs }) => ({
      deviceName: DeviceName,
      ebs: {
        deleteOnTermination: flagWord(Ebs?.DeleteOnTermination),
        encrypted: flagWord(Ebs?.Encrypted),
        kmsKeyId: Ebs?.KmsKeyId,
        iops: Ebs?.Iops,
        throughput: Ebs?.Throughput,
        volumeSize: Ebs?.VolumeSize,
        volumeType: Ebs?.VolumeType,
      },
    })),
    networkInterfaces: data.NetworkInterfaces?.map((item) => ({
      associatePublicIpAddress: flagWord(item.AssociatePublicIpAddress),
      deleteOnTermination: flagWord(item.DeleteOnTermination),
      description: item.Description,
      deviceIndex: item.DeviceIndex,
      networkInterfaceId: item.NetworkInterfaceId,
      privateIpAddress: item.PrivateIpAddress,
      securityGroups: item.Groups,
      subnetId: item.SubnetId,
    })),
    vpcSecurityGroupIds: data.SecurityGroupIds,
    metadataOptions: metadataOptionsFrom(data.MetadataOptions),
    monitoring: data.Monitoring === undefined ? undefined : { enabled: data.Monitoring.Enabled },
    creditSpecification:
      data.CreditSpecification === undefined ? undefined : { cpuCredits: data.CreditSpecification.CpuCredits },
    tagSpecifications: data.TagSpecifications?.map(({ ResourceType, Tags }) => ({
      resourceType: ResourceType,
      tags: tagsFrom(Tags),
    })),
  };
}

async function checkDeepReferences(context: Context, inputs: Inputs): Promise<void> {
  const { iamInstanceProfile: profile, networkInterfaces = [] } = inputs;
  await mustExist(context, anExistingInstanceProfile, "iamInstanceProfile.name", profile?.name);
  await mustExist(context, anExistingInstanceProfileArn, "iamInstanceProfile.arn", profile?.arn);
  for (const [index, item] of networkInterfaces.entries()) {
    const path = `networkInterfaces[${index}]`;
    await mustExist(context, anExistingInterface, `${path}.networkInterfaceId`, item.networkInterfaceId);
    await mustExist(context, anExistingSubnet, `${path}.subnetId`, item.subnetId);
    for (const [position, group] of (item.securityGroups ?? []).entries()) {
      await mustExist(context, anExistingSecurityGroup, `${path}.securityGroups[${position}]`, group);
    }
  }
}

function checkInterfaces(inputs: Partial<Inputs>): Fault[] {
  const faults: Fault[] = [];
  const complain = (property: string, reason: string) => faults.push({ property, reason });
  if (inputs.networkInterfaces !== undefined && inputs.vpcSecurityGroupIds !== undefined) {
    complain(
      "vpcSecurityGroupIds",
      "vpcSecurityGroupIds: not together with networkInterfaces; the security groups belong to the interfaces then",
    );
  }
  inputs.networkInterfaces?.forEach((item, index) => {
    if (item.networkInterfaceId === undefined) return;
    for (const name of ["subnetId", "securityGroups", "privateIpAddress", "associatePublicIpAddress"] as const) {
      if (item[name] === undefined) continue;
      complain("networkInterfaces", `networkInterfaces[${index}].${name}: not for an interface that exists already`);
    }
  });
  return faults;
}

async function findTemplate(context: Context, id: string): Promise<LaunchTemplate | undefined> {
  const command = new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [id] });
  return unlessMissing(async () => (await ec2(context).send(command)).LaunchTemplates?.[0]);
}

export const launchTemplate = resourceType({
  token: "aws:ec2/launchTemplate:LaunchTemplate",
  properties: {
    ...properties,
    ...unsupportedAll(
      "capacityReservationSpecification",
      "cpuOptions",
      "disableApiStop",
      "enclaveOptions",
      "hibernationOptions",
      "instanceMarketOptions",
      "instanceRequirements",
      "kernelId",
      "licenseSpecifications",
      "maintenanceOptions",
      "networkPerformanceOptions",
      "placement",
      "privateDnsNameOptions",
      "ramDiskId",
      "secondaryInterfaces",
      "securityGroupNames",
    ),
  },
  outputs: ["arn", "latestVersion"],
  tagging: ec2Tagging,
  autoname: { property: "name", unless: "namePrefix", mostCharacters: 128 },

  check({ inputs, given }) {
    const faults = checkInterfaces(inputs);
    if (given("defaultVersion") && given("updateDefaultVersion")) {
      faults.push({
        property: "defaultVersion",
        reason: "defaultVersion and updateDefaultVersion: give one of them only",
      });
    }
    inputs.blockDeviceMappings?.forEach(({ ebs }, index) => {
      const shape = {
        type: ebs.volumeType,
        sizeGiB: ebs.volumeSize,
        iops: ebs.iops,
        throughputMiBps: ebs.throughput,
      };
      const names = { type: "volumeType", sizeGiB: "volumeSize", iops: "iops", throughputMiBps: "throughput" } as const;
      // Without a type the image's own counts, which is not known here.
      if (shape.type !== undefined) {
        faults.push(...volumeFaults(shape, (part) => `blockDeviceMappings[${index}].ebs.${names[part]}`));
      }
    });
    return faults;
  },

  unknownAfter(changed) {
    return changesData(changed) ? ["latestVersion", "defaultVersion"] : [];
  },

  async create(context, inputs, tags) {
    await checkDeepReferences(context, inputs);
    const { LaunchTemplate: made } = await ec2(context).send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: inputs.name ?? `${inputs.namePrefix}${Date.now()}`,
        VersionDescription: inputs.description,
        LaunchTemplateData: templateData(inputs),
        TagSpecifications: tagSpecifications("launch-template", tags),
      }),
    );
    return made?.LaunchTemplateId ?? "";
  },

  async read(context, id) {
    const found = await findTemplate(context, id);
    if (found === undefined) return undefined;
    const { LaunchTemplateVersions } = await ec2(context).send(
      new DescribeLaunchTemplateVersionsCommand({
        LaunchTemplateId: id,
        Versions: [String(found.LatestVersionNumber)],
      }),
    );
    const version = LaunchTemplateVersions?.[0];
    return {
      arn: await arnOf(context, "ec2", `launch-template/${id}`),
      name: found.LaunchTemplateName,
      description: version?.VersionDescription || undefined,
      defaultVersion: found.DefaultVersionNumber,
      latestVersion: found.LatestVersionNumber,
      ...inputsFrom(version?.LaunchTemplateData ?? {}),
      tags: tagsFrom(found.Tags),
    };
  },

  async update(context, id, { news, changed }) {
    let latest: number | undefined;
    if (changesData(changed)) {
      await checkDeepReferences(context, news);
      const { LaunchTemplateVersion } = await ec2(context).send(
        new CreateLaunchTemplateVersionCommand({
          LaunchTemplateId: id,
          VersionDescription: news.description,
          LaunchTemplateData: templateData(news),
        }),
      );
      latest = LaunchTemplateVersion?.VersionNumber;
    }
    if (!news.updateDefaultVersion && !changed.has("defaultVersion")) return;
    const version = news.updateDefaultVersion
      ? (latest ?? (await findTemplate(context, id))?.LatestVersionNumber)
      : news.defaultVersion;
    await ec2(context).send(new ModifyLaunchTemplateCommand({ LaunchTemplateId: id, DefaultVersion: String(version) }));
  },

  async delete(context, id) {
    await unlessMissing(() => ec2(context).send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id })));
  },
});
