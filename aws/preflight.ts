import {
  ensembleFaults,
  existingSubnetFaults,
  existingVolumeFaults,
  lostEnsembleFaults,
} from "../planning/checks/existingNodes";
import { identityFaults } from "../planning/checks/identity";
import { offeringFaults } from "../planning/checks/machines";
import { chooseVolumes } from "../planning/checks/volumeChoice";
import type { NodePlan } from "../planning/node/nodes";
import { throwFaults } from "../settings/faults";
import type { Settings } from "../settings/settings";
import { deployedStack } from "./deployedStack";
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
  /** Only with `vpcId`. */
  readonly existingVpc?: FoundVpc;
  /** Node name -> id of the volume that it takes up, with what a cluster of this name has left on it. */
  readonly adoptedVolumes: Readonly<Record<string, string>>;
  /** The nodes that there are, or were. */
  readonly existingNodes: readonly string[];
  /** Some of ZooKeeper's volumes may hold what the ensemble has acknowledged. */
  readonly ensembleStarted: boolean;
}

/**
 * Asks AWS and the stack's own state, before anything is made and also in a preview, whether the settings fit what exists.
 * Throws ONE `SettingsError` with every fault.
 */
export async function preflight(settings: Settings, nodes: NodePlan): Promise<Preflight> {
  const stack = deployedStack();
  const [deployed, offerings, images, volumeKey, quotas, existing, vpc, rivalZones] = await Promise.all([
    stack,
    typeOfferings(settings),
    findImages(settings),
    findVolumeKey(settings),
    quotaFaults(settings),
    stack.then(({ clusterName }) => existingNodes(clusterName ?? settings.clusterName)),
    settings.network.vpcId ? findVpc(settings) : undefined,
    findRivalZones(settings),
  ]);
  const { volumes, adopted, faults } = chooseVolumes(settings.clusterName, nodes, deployed.volumes, existing.volumes);
  // Volumes are marked as retained before a destroy begins.
  const isBack = existing.volumes.some((volume) => volume.retained !== undefined && volumes[volume.node] === volume);
  const wasStarted = deployed.ensembleStarted || isBack;
  throwFaults([
    ...identityFaults(settings, deployed),
    ...offeringFaults(settings, offerings),
    ...images.faults,
    ...volumeKey.faults,
    ...quotas,
    ...faults,
    ...existingVolumeFaults(nodes, volumes),
    ...ensembleFaults(nodes, volumes),
    ...(wasStarted ? lostEnsembleFaults(nodes, volumes) : []),
    ...existingSubnetFaults(settings, nodes, volumes, existing.subnets),
    ...(vpc?.faults ?? []),
    ...rivalZones,
  ]);
  if (!images.images || volumeKey.arn === undefined)
    throw new Error("something is missing, and no fault: this can't be");
  return {
    images: images.images,
    volumeKeyArn: volumeKey.arn,
    existingVpc: vpc?.found,
    adoptedVolumes: adopted,
    existingNodes: Object.keys(volumes),
    ensembleStarted: wasStarted && nodes.zookeeper.some(({ name }) => name in volumes),
  };
}
