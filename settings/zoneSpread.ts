import { zoneOf } from "./networkLayout";

/** How many nodes of a pool are in each zone that has any. */
function nodesPerZone(zones: readonly string[], nodes: number): Map<string, number> {
  const perZone = new Map<string, number>();
  for (let id = 1; id <= nodes; id++) {
    const zone = zoneOf(zones, id);
    perZone.set(zone, (perZone.get(zone) ?? 0) + 1);
  }
  return perZone;
}

/** The number of a pool's nodes in the zone that has most of them. */
export function largestInOneZone(zones: readonly string[], nodes: number): number {
  return Math.max(0, ...nodesPerZone(zones, nodes).values());
}

/**
 * The fewest copies of a partition that are left when a zone is lost, if copies are spread over the zones as evenly as
 * brokers allow.
 */
export function copiesLeftWithoutZone(zones: readonly string[], brokers: number, copies: number): number {
  const sizes = [...nodesPerZone(zones, brokers).values()];
  for (let limit = 1; limit <= copies; limit++) {
    const room = sizes.reduce((sum, size) => sum + Math.min(size, limit), 0);
    if (room >= copies) return copies - limit;
  }
  return 0;
}
