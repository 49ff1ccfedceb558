import type { Fault } from "../../settings/faults";
import { nodeSubnetPath } from "../../settings/networkLayout";
import type { Settings } from "../../settings/settings";
import { planNetwork } from "../node/addresses";
import type { NodePlan } from "../node/nodes";

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

/**
 * The faults of volumes that exist and don't fit the planned nodes.
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
      path: pool === "brokers" ? "brokerVolumeGiB" : "zookeeperVolumeGiB",
      message:
        `${node.volumeGiB} is smaller than the existing volume of ` +
        `${larger.map((pair) => `${pair.node.name} (${pair.volume.sizeGiB} GiB)`).join(", ")}; ` +
        `EBS volumes only grow: give ${largest} or more`,
    }));
    const zoneFaults = pairs
      .filter(({ node, volume }) => volume.zone !== node.zone)
      .map(({ node, volume }) => ({
        path: "availabilityZones",
        message:
          `${node.name} would move from ${volume.zone} to ${node.zone}, but its volume can't leave its zone; ` +
          `keep the list of zones in the order in which the cluster was made`,
      }));
    return [...sizeFaults, ...zoneFaults];
  });
}

/**
 * The faults of a change of the ensemble's members. An ensemble keeps them: each knows the others by its own
 * configuration only, so while nodes change from 3 members to 5 one by one, two majorities that know nothing of each
 * other could form.
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
      path: "zookeeperCount",
      message:
        `${planned.length} would change the existing ensemble of ${found.length} (${found.sort().join(", ")}); ` +
        `its members are fixed, as two majorities could form while they change one by one: keep ${found.length}`,
    },
  ];
}

/**
 * The faults of an ensemble that has lost its volumes. One that has been started once goes on only with those of a
 * majority of its members: a node with an empty one does not vote. And brokers whose ensemble has forgotten them refuse
 * to start.
 *
 * @param existing node name -> its volume
 */
export function lostEnsembleFaults(nodes: NodePlan, existing: Readonly<Record<string, ExistingVolume>>): Fault[] {
  const left = nodes.zookeeper.filter(({ name }) => existing[name]).map(({ name }) => name);
  const majority = Math.floor(nodes.zookeeper.length / 2) + 1;
  const others = Object.keys(existing).filter((name) => !left.includes(name));
  if (left.length >= majority || left.length + others.length === 0) return [];
  return [
    {
      path: "zookeeperCount",
      message:
        `the volumes of ${majority} of ${nodes.zookeeper.length} members are needed, and there are ` +
        `${left.length === 0 ? "none" : `only ${left.join(", ")}`}: without them nobody knows what is on the others ` +
        `(${others.join(", ")}); bring them back from snapshots, or give the cluster another name and begin afresh`,
    },
  ];
}

/**
 * The faults of nodes that have a volume and would get another address: their interfaces would be replaced, all at
 * once.
 *
 * @param existing the node subnets of the cluster
 */
export function existingSubnetFaults(
  settings: Settings,
  nodes: NodePlan,
  volumes: Readonly<Record<string, ExistingVolume>>,
  existing: readonly ExistingSubnet[],
): Fault[] {
  const { vpcId } = settings.network;
  return planNetwork(settings).nodeSubnets.flatMap(({ zone, cidr }, index) => {
    const subnet = existing.find((other) => other.zone === zone);
    const held = [...nodes.zookeeper, ...nodes.brokers].filter((node) => node.zone === zone && volumes[node.name]);
    if (!subnet || held.length === 0) return [];
    const names = held.map(({ name }) => name).join(", ");
    if (vpcId !== "" && vpcId !== subnet.vpcId) {
      return [
        {
          path: "vpcId",
          message: `${vpcId} is not ${subnet.vpcId}, which holds ${names}; keep the VPC in which the cluster was made`,
        },
      ];
    }
    if (subnet.cidr === cidr) return [];
    return [
      {
        path: nodeSubnetPath(settings.network, index),
        message:
          `${cidr} would take the place of ${subnet.cidr} in ${zone}, and the addresses of ${names} would be lost; ` +
          `keep the blocks with which the cluster was made`,
      },
    ];
  });
}
