import { cidrOf, cidrsOverlap, containsCidr } from "../settings/cidr";
import type { Fault } from "../settings/faults";
import { zoneOf } from "../settings/networkLayout";
import type { Settings } from "../settings/settings";
import { planNetwork } from "./addresses";
import { instanceFacts, type Architecture } from "./instanceTypes";
import type { NodePlan } from "./nodes";

/*
 * Checks of the settings against what exists: pure functions over facts that somebody else has fetched. Their faults have
 * the form of those of the settings, and are thrown in the same way (`throwFaults`).
 */

/** Type -> zones (of the region) that offer it, from `ec2.getInstanceTypeOfferings` with location type `availability-zone`. */
export type TypeOfferings = Readonly<Record<string, readonly string[]>>;

/** The image that will be started. */
export interface ImageFacts {
  readonly id: string;
  readonly architecture: Architecture;
}

/** A node's data volume that exists already. */
export interface ExistingVolume {
  readonly sizeGiB: number;
  readonly zone: string;
}

/** A subnet of the cluster's nodes that exists already. */
export interface ExistingSubnet {
  readonly zone: string;
  readonly cidr: string;
  readonly vpcId: string;
}

/** An existing VPC (`network.vpcId`). */
export interface ExistingVpc {
  readonly id: string;
  readonly cidrs: readonly string[];
  /** Its subnets that are not this cluster's own. */
  readonly subnets: readonly { readonly id: string; readonly cidr: string }[];
}

interface TypeUse {
  readonly key: string;
  readonly type: string;
  readonly zones: readonly string[];
}

/** Each instance type in use -> the zones in which instances of it will be started. */
export function zonesByType(settings: Settings): Record<string, string[]> {
  const zones = new Map<string, Set<string>>();
  for (const use of typeUses(settings)) {
    zones.set(use.type, new Set([...(zones.get(use.type) ?? []), ...use.zones]));
  }
  return Object.fromEntries([...zones].map(([type, used]) => [type, [...used].sort()]));
}

export function offeringFaults(settings: Settings, offerings: TypeOfferings): Fault[] {
  return typeUses(settings).flatMap(({ key, type, zones }) => {
    const offered = offerings[type] ?? [];
    const missing = zones.filter((zone) => !offered.includes(zone));
    if (missing.length === 0) return [];
    const where =
      offered.length > 0 ? `it is offered in ${offered.join(", ")}` : `it is offered nowhere in ${settings.region}`;
    return [
      {
        path: key,
        message: `${type} is not offered in ${missing.join(", ")}; ${where}: choose another type, or other network.zones`,
      },
    ];
  });
}

/** The image is one for all; without `image.id` each pool gets the newest image of its own architecture. */
export function imageFaults(settings: Settings, image: ImageFacts): Fault[] {
  return typeUses(settings).flatMap(({ key, type }) => {
    const { architecture } = instanceFacts(type);
    return architecture === image.architecture
      ? []
      : [
          {
            path: "image.id",
            message:
              `${image.id} is an image for ${image.architecture}, ${key} ${type} is ${architecture}; ` +
              `choose an image for ${architecture}, or another type`,
          },
        ];
  });
}

/**
 * @param existing node name (`kafka-3`) -> its volume; nodes that are new are not in it
 */
export function existingVolumeFaults(nodes: NodePlan, existing: Readonly<Record<string, ExistingVolume>>): Fault[] {
  return (["brokers", "zookeeper"] as const).flatMap((pool) => {
    const pairs = nodes[pool].flatMap((node) => {
      const volume = existing[node.name];
      return volume ? [{ node, volume }] : [];
    });
    const larger = pairs.filter(({ node, volume }) => volume.sizeGiB > node.volumeGiB);
    const largest = Math.max(...larger.map(({ volume }) => volume.sizeGiB));
    const sizeFaults = larger.slice(0, 1).map(({ node }) => ({
      path: `${pool}.volumeGiB`,
      message:
        `${node.volumeGiB} is smaller than the existing volume of ` +
        `${larger.map((pair) => `${pair.node.name} (${pair.volume.sizeGiB} GiB)`).join(", ")}; ` +
        `EBS volumes only grow: give ${largest} or more`,
    }));
    const zoneFaults = pairs
      .filter(({ node, volume }) => volume.zone !== node.zone)
      .map(({ node, volume }) => ({
        path: "network.zones",
        message:
          `${node.name} would move from ${volume.zone} to ${node.zone}, but its volume can't leave its zone; ` +
          `keep the list of zones in the order in which the cluster was made`,
      }));
    return [...sizeFaults, ...zoneFaults];
  });
}

/**
 * An ensemble keeps its members: each knows the others by its own configuration only, so while nodes change from 3 members to
 * 5 one by one, two majorities that know nothing of each other could form.
 *
 * @param existing node name -> its volume
 */
export function ensembleFaults(nodes: NodePlan, existing: Readonly<Record<string, ExistingVolume>>): Fault[] {
  const planned = nodes.zookeeper.map(({ name }) => name);
  const found = Object.keys(existing).filter((name) => name.startsWith("zookeeper-"));
  // A creation that was interrupted leaves some nodes of what is planned: it may go on.
  const isWhole = found.length >= 3 && planned.slice(0, found.length).every((name) => found.includes(name));
  const shrinks = found.some((name) => !planned.includes(name));
  if (!shrinks && !(isWhole && found.length % 2 === 1 && found.length < planned.length)) return [];
  return [
    {
      path: "zookeeper.count",
      message:
        `${planned.length} would change the existing ensemble of ${found.length} (${found.sort().join(", ")}); ` +
        `its members are fixed, as two majorities could form while they change one by one: keep ${found.length}`,
    },
  ];
}

/**
 * Nodes that have a volume and would get another address: their interfaces would be replaced, all at once.
 *
 * @param existing the node subnets of the cluster
 */
export function existingSubnetFaults(
  settings: Settings,
  nodes: NodePlan,
  volumes: Readonly<Record<string, ExistingVolume>>,
  existing: readonly ExistingSubnet[],
): Fault[] {
  const { vpcId, nodeSubnetCidrs } = settings.network;
  return planNetwork(settings).nodeSubnets.flatMap(({ zone, cidr }, index) => {
    const subnet = existing.find((other) => other.zone === zone);
    const held = [...nodes.zookeeper, ...nodes.brokers].filter((node) => node.zone === zone && volumes[node.name]);
    if (!subnet || held.length === 0) return [];
    const names = held.map(({ name }) => name).join(", ");
    if (vpcId !== "" && vpcId !== subnet.vpcId) {
      return [
        {
          path: "network.vpcId",
          message: `${vpcId} is not ${subnet.vpcId}, which holds ${names}; keep the VPC in which the cluster was made`,
        },
      ];
    }
    if (subnet.cidr === cidr) return [];
    return [
      {
        path: nodeSubnetCidrs.length > 0 ? `network.nodeSubnetCidrs[${index}]` : "network.vpcCidr",
        message:
          `${cidr} would take the place of ${subnet.cidr} in ${zone}, and the addresses of ${names} would be lost; ` +
          `keep the blocks with which the cluster was made`,
      },
    ];
  });
}

export function existingVpcFaults(settings: Settings, vpc: ExistingVpc): Fault[] {
  const { vpcCidr, nodeSubnetCidrs, opsSubnetCidr } = settings.network;
  if (!vpc.cidrs.some((cidr) => containsCidr(cidrOf(cidr), cidrOf(vpcCidr)))) {
    return [
      {
        path: "network.vpcCidr",
        message: `${vpcCidr} is not inside ${vpc.id}, which has ${vpc.cidrs.join(", ")}; give a free block of that VPC`,
      },
    ];
  }
  const { nodeSubnets, opsSubnet } = planNetwork(settings);
  const planned = [
    ...nodeSubnets.map(({ cidr }, index) => ({
      cidr,
      path: nodeSubnetCidrs.length > 0 ? `network.nodeSubnetCidrs[${index}]` : "network.vpcCidr",
    })),
    { cidr: opsSubnet.cidr, path: opsSubnetCidr ? "network.opsSubnetCidr" : "network.vpcCidr" },
  ];
  return planned.flatMap(({ cidr, path }) =>
    vpc.subnets
      .filter((subnet) => cidrsOverlap(cidrOf(subnet.cidr), cidrOf(cidr)))
      .map((subnet) => ({
        path,
        message:
          `subnet ${cidr} overlaps ${subnet.id} (${subnet.cidr}) of ${vpc.id}; ` +
          `give network.nodeSubnetCidrs and network.opsSubnetCidr in free space`,
      })),
  );
}

function typeUses(settings: Settings): TypeUse[] {
  const { zones } = settings.network;
  const used = (count: number): string[] => zones.filter((zone, index) => index < count && zone !== "");
  return [
    { key: "brokers.instanceType", type: settings.brokers.instanceType, zones: used(settings.brokers.count) },
    { key: "zookeeper.instanceType", type: settings.zookeeper.instanceType, zones: used(settings.zookeeper.count) },
    { key: "opsHost.instanceType", type: settings.opsHost.instanceType, zones: [zoneOf(zones, 1)] },
  ];
}
