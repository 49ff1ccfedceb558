import { ensembleFaults, existingSubnetFaults, existingVolumeFaults } from "../planning/checks/existingNodes";
import { offeringFaults } from "../planning/checks/machines";
import type { NodePlan } from "../planning/nodes";
import { throwFaults } from "../settings/faults";
import type { Settings } from "../settings/settings";
import { existingNodes } from "./existingNodes";
import { findVpc, type FoundVpc } from "./existingVpc";
import { findImages, type Images } from "./images";
import { typeOfferings } from "./instanceTypeOfferings";

/** What the checks have learnt, and the components need. */
export interface Preflight {
  readonly images: Images;
  /** Only with `network.vpcId`. */
  readonly existingVpc?: FoundVpc;
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
