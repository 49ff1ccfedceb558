import * as ebs from "@pulumi/aws/ebs";
import * as ec2 from "@pulumi/aws/ec2";
import {
  ensembleFaults,
  existingSubnetFaults,
  existingVolumeFaults,
  existingVpcFaults,
  imageFaults,
  offeringFaults,
  zonesByType,
  type ExistingSubnet,
  type ExistingVolume,
  type ExistingVpc,
} from "../planning/checks";
import { instanceFacts, type Architecture } from "../planning/instanceTypes";
import type { NodePlan } from "../planning/nodes";
import { throwFaults, type Fault } from "../settings/faults";
import type { Settings } from "../settings/settings";
import type { Image } from "./instanceDefaults";
import { clusterTags, tagKeys } from "./tags";

/** What the checks have learnt, and the components need. */
export interface Preflight {
  /** Each pool's image: one for all, unless `image.id` is empty and the pools differ in architecture. */
  readonly images: { readonly brokers: Image; readonly zookeeper: Image; readonly opsHost: Image };
  /** Only with `network.vpcId`. */
  readonly existingVpc?: { readonly vpcId: string; readonly internetGatewayId: string };
}

/**
 * Asks AWS, before anything is made and also in a preview, whether the settings fit what exists.
 * Throws ONE `SettingsError` with every fault.
 */
export async function preflight(settings: Settings, nodes: NodePlan): Promise<Preflight> {
  const [offerings, images, existing, vpc] = await Promise.all([
    typeOfferings(settings),
    findImages(settings),
    existingNodes(settings.clusterName),
    settings.network.vpcId ? findVpc(settings) : undefined,
  ]);
  throwFaults([
    ...offeringFaults(settings, offerings),
    ...images.faults,
    ...existingVolumeFaults(nodes, existing.volumes),
    ...ensembleFaults(nodes, existing.volumes),
    ...existingSubnetFaults(settings, nodes, existing.volumes, existing.subnets),
    ...(vpc?.faults ?? []),
  ]);
  if (!images.images) throw new Error("no image and no fault: this can't be");
  return { images: images.images, existingVpc: vpc?.found };
}

async function typeOfferings(settings: Settings): Promise<Record<string, string[]>> {
  const types = Object.keys(zonesByType(settings));
  const { instanceTypes, locations } = await ec2.getInstanceTypeOfferings({
    locationType: "availability-zone",
    filters: [{ name: "instance-type", values: types }],
  });
  // Two lists side by side: the offering number i is instanceTypes[i] in locations[i].
  const offerings: Record<string, string[]> = {};
  instanceTypes.forEach((type, index) => (offerings[type] ??= []).push(locations[index] ?? ""));
  return offerings;
}

async function findImages(settings: Settings): Promise<{ images?: Preflight["images"]; faults: Fault[] }> {
  const { id } = settings.image;
  if (id) {
    const found = await orReason(ec2.getAmi({ filters: [{ name: "image-id", values: [id] }] }));
    if (typeof found === "string") {
      const message = `${id} is not found in ${settings.region} (${found}); give an image of that region, or leave it empty`;
      return { faults: [{ path: "image.id", message }] };
    }
    const image = imageOf(found);
    const faults = imageFaults(settings, { id: image.id, architecture: found.architecture as Architecture });
    return { images: { brokers: image, zookeeper: image, opsHost: image }, faults };
  }
  const byArchitecture = new Map<Architecture, Promise<Image>>();
  const imageFor = (instanceType: string): Promise<Image> => {
    const { architecture } = instanceFacts(instanceType);
    const asked = byArchitecture.get(architecture) ?? newestAmazonLinux(architecture);
    byArchitecture.set(architecture, asked);
    return asked;
  };
  const [brokers, zookeeper, opsHost] = await Promise.all([
    imageFor(settings.brokers.instanceType),
    imageFor(settings.zookeeper.instanceType),
    imageFor(settings.opsHost.instanceType),
  ]);
  return { images: { brokers, zookeeper, opsHost }, faults: [] };
}

/** The standard image; the pattern leaves out the minimal one, which lacks the AWS CLI, and those for ECS and Neuron. */
async function newestAmazonLinux(architecture: Architecture): Promise<Image> {
  const found = await ec2.getAmi({
    owners: ["amazon"],
    mostRecent: true,
    filters: [
      { name: "name", values: [`al2023-ami-2023.*-kernel-6.1-${architecture}`] },
      { name: "state", values: ["available"] },
    ],
  });
  return imageOf(found);
}

function imageOf({ id, rootDeviceName }: ec2.GetAmiResult): Image {
  return { id, rootDeviceName };
}

interface ExistingNodes {
  readonly volumes: Record<string, ExistingVolume>;
  readonly subnets: ExistingSubnet[];
}

/** What the cluster's nodes have that they must keep. */
async function existingNodes(clusterName: string): Promise<ExistingNodes> {
  const volumes = await existingVolumes(clusterName);
  if (Object.keys(volumes).length === 0) return { volumes, subnets: [] };
  const { ids } = await ec2.getSubnets({ tags: { [tagKeys.cluster]: clusterName } });
  const subnets = (await Promise.all(ids.map((id) => ec2.getSubnet({ id }))))
    // Not the ops host's.
    .filter(({ tags, availabilityZone }) => tags.Name === clusterTags(clusterName, `nodes-${availabilityZone}`).Name)
    .map(({ availabilityZone, cidrBlock, vpcId }) => ({ zone: availabilityZone, cidr: cidrBlock, vpcId }));
  // Without subnets there is no node: a stack that was destroyed has left its volumes (`dataProtection`).
  return { volumes: subnets.length > 0 ? volumes : {}, subnets };
}

/** Node name -> its data volume. */
async function existingVolumes(clusterName: string): Promise<Record<string, ExistingVolume>> {
  const { ids } = await ebs.getEbsVolumes({ tags: { [tagKeys.cluster]: clusterName, [tagKeys.volume]: "data" } });
  const volumes = await Promise.all(ids.map((id) => ebs.getVolume({ filters: [{ name: "volume-id", values: [id] }] })));
  return Object.fromEntries(
    volumes.map(({ tags, size, availabilityZone }) => [
      tags[tagKeys.node] ?? "",
      { sizeGiB: size, zone: availabilityZone },
    ]),
  );
}

async function findVpc(settings: Settings): Promise<{ found?: Preflight["existingVpc"]; faults: Fault[] }> {
  const { vpcId } = settings.network;
  const fault = (message: string): Fault => ({ path: "network.vpcId", message });
  const vpc = await orReason(ec2.getVpc({ id: vpcId }));
  if (typeof vpc === "string") {
    return {
      faults: [
        fault(`${vpcId} is not found in ${settings.region} (${vpc}); give a VPC of that region, or leave it empty`),
      ],
    };
  }

  const ofVpc = [{ name: "vpc-id", values: [vpcId] }];
  const [{ ids }, gateway] = await Promise.all([
    ec2.getSubnets({ filters: ofVpc }),
    orReason(ec2.getInternetGateway({ filters: [{ name: "attachment.vpc-id", values: [vpcId] }] })),
  ]);
  const subnets = await Promise.all(ids.map((id) => ec2.getSubnet({ id })));
  const facts: ExistingVpc = {
    id: vpcId,
    cidrs: vpc.cidrBlockAssociations.map(({ cidrBlock }) => cidrBlock),
    subnets: subnets
      .filter(({ tags }) => tags[tagKeys.cluster] !== settings.clusterName)
      .map(({ id, cidrBlock }) => ({ id, cidr: cidrBlock })),
  };
  const faults = existingVpcFaults(settings, facts);
  if (!vpc.enableDnsSupport || !vpc.enableDnsHostnames) {
    faults.push(
      fault(`${vpcId} has DNS support or DNS hostnames off, so the cluster's names would not resolve; turn both on`),
    );
  }
  if (typeof gateway === "string") {
    faults.push(fault(`${vpcId} has no internet gateway, so the ops host could not be reached; attach one`));
    return { faults };
  }
  return { found: { vpcId, internetGatewayId: gateway.internetGatewayId }, faults };
}

/** The answer, or why there is none in one line: the data sources tell "not found" by failing. */
export async function orReason<T extends object>(asked: Promise<T>): Promise<T | string> {
  try {
    return await asked;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Without the layers that Pulumi and the provider wrap around AWS's own words. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const reason = text
    .replace(/\s+/g, " ")
    .replace(/^.*?returned an error: (invoking \S+: )?/, "")
    .replace(/^\d+ errors? occurred: \* /, "");
  return reason.trim().replace(/\.$/, "") || "no reason given";
}
