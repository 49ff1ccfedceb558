import type { InvokeOptions } from "@pulumi/pulumi";
import {
  ensembleFaults,
  existingSubnetFaults,
  existingVolumeFaults,
  lostEnsembleFaults,
} from "../planning/checks/existingNodes";
import { identityFaults } from "../planning/checks/identity";
import { monitoringVolumeFaults, noSubscriberWarning } from "../planning/checks/monitoring";
import { offeringFaults } from "../planning/checks/machines";
import { adoptionFaults, chooseVolumes } from "../planning/checks/volumeChoice";
import { planNetwork, type NetworkPlan } from "../planning/node/addresses";
import { planNodes, type NodePlan } from "../planning/node/nodes";
import { throwFaults, type Warn } from "../settings/faults";
import type { Settings } from "../settings/settings";
import { alertTopicFaults } from "./alertTopic";
import { deployedCluster } from "./deployedCluster";
import { findVolumeKey } from "./encryption";
import { existingNodes } from "./existingNodes";
import { findVpc, type FoundVpc } from "./existingVpc";
import { findImages, type Images } from "./images";
import { findRivalZones } from "./rivalZones";
import { quotaFaults } from "./quotas";
import { typeOfferings } from "./instanceTypeOfferings";

/** What the checks have learnt, and the components need. */
export interface Preflight {
  readonly images: Images;
  /** ARN of the KMS key of all disks. */
  readonly volumeKeyArn: string;
  /** The VPC that `vpcId` names; undefined without it. */
  readonly existingVpc?: FoundVpc;
  readonly network: NetworkPlan;
  readonly nodes: NodePlan;
  /** Names of the nodes that exist, or existed before the stack was destroyed. */
  readonly existingNodes: readonly string[];
  /** Whether some of ZooKeeper's volumes may hold what the ensemble has acknowledged. */
  readonly ensembleStarted: boolean;
}

/** The asker: the name of the `KafkaCluster` in its program, and the component whose provider is asked. */
export interface Asker {
  readonly name: string;
  readonly options: InvokeOptions;
}

/** The asker that is warned of what stops nothing. */
export interface WarnedAsker extends Asker {
  readonly warn: Warn;
}

/**
 * Asks AWS and the stack's own state, before anything is made and also in a preview, whether the settings fit what
 * exists. Rejects with ONE `SettingsError` that has every fault.
 * @param adopted node name -> id of the volume that it takes up
 */
export async function preflight(
  settings: Settings,
  adopted: Readonly<Record<string, string>>,
  { name, options, warn }: WarnedAsker,
): Promise<Preflight> {
  const [choice, offerings, images, volumeKey, quotas, vpc, rivalZones] = await Promise.all([
    volumesOf(settings, { name, options }),
    typeOfferings(settings, options),
    findImages(settings, options, warn),
    findVolumeKey(settings, options),
    quotaFaults(settings, options, warn),
    settings.network.vpcId ? findVpc(settings, options, warn) : undefined,
    findRivalZones(settings, options),
  ]);
  const { deployed, existing, volumes } = choice;
  // arn:aws:kms:REGION:ACCOUNT:key/…
  const topic = await alertTopicFaults(settings, volumeKey.arn?.split(":")[4], options);
  warn(noSubscriberWarning(settings));
  const network = vpc?.found?.network ?? planNetwork(settings);
  const nodes = planNodes(settings, network);
  // Volumes are marked as retained before a destroy begins.
  const isBack = existing.volumes.some((volume) => volume.retained !== undefined && volumes[volume.node] === volume);
  const wasStarted = deployed.ensembleStarted || isBack;
  throwFaults([
    ...identityFaults(settings, deployed),
    ...offeringFaults(settings, offerings),
    ...images.faults,
    ...volumeKey.faults,
    ...quotas,
    ...choice.faults,
    ...adoptionFaults(choice.adopted, adopted),
    ...existingVolumeFaults(nodes, volumes),
    ...ensembleFaults(nodes, volumes),
    ...(wasStarted ? lostEnsembleFaults(nodes, volumes) : []),
    ...existingSubnetFaults(settings, nodes, volumes, existing.subnets),
    ...(vpc?.faults ?? []),
    ...rivalZones,
    ...topic,
    ...monitoringVolumeFaults(settings, deployed.monitoringVolumeGiB),
  ]);
  if (!images.images || volumeKey.arn === undefined)
    throw new Error("something is missing, and no fault: this can't be");
  return {
    images: images.images,
    volumeKeyArn: volumeKey.arn,
    existingVpc: vpc?.found,
    network,
    nodes,
    existingNodes: Object.keys(volumes),
    ensembleStarted: wasStarted && nodes.zookeeper.some(({ name }) => name in volumes),
  };
}

/**
 * The volumes that the nodes of a cluster are to take up: retained ones with the cluster's tags that the stack's state
 * does not have. For `adoptVolumes` of a `KafkaCluster`: Pulumi has to know them before it begins.
 */
export async function retainedVolumes(settings: Settings, asker: Asker): Promise<Readonly<Record<string, string>>> {
  return (await volumesOf(settings, asker)).adopted;
}

async function volumesOf(settings: Settings, { name, options }: Asker) {
  const deployed = await deployedCluster(name);
  const existing = await existingNodes(deployed.clusterName ?? settings.clusterName, options);
  const choice = chooseVolumes(settings.clusterName, planNodes(settings), deployed.volumes, existing.volumes);
  return { deployed, existing, ...choice };
}
