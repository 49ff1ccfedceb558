import type { Settings, Workload } from "../../settings/settings";
import { sum } from "../sum";
import { planNodes } from "../node/nodes";
import { placementOf } from "../placement/placement";

/**
 * The part of all events that each partition gets: as much as any other, or, where producers choose partitions led in
 * their zone, its part of a zone's events. Every zone has as many producers; those of a zone without leaders use all.
 *
 * @param leaderZones the zone of each partition's leader
 * @param zones all of them
 */
export function partitionShares(
  leaderZones: readonly (string | undefined)[],
  zones: readonly string[],
  { produceInZone }: Pick<Workload, "produceInZone">,
): number[] {
  const shares = leaderZones.map(() => (produceInZone ? 0 : 1 / leaderZones.length));
  if (!produceInZone) return shares;
  for (const zone of zones) {
    const local = [...leaderZones.keys()].filter((partition) => leaderZones[partition] === zone);
    const chosen = local.length > 0 ? local : [...leaderZones.keys()];
    for (const partition of chosen) shares[partition] = (shares[partition] ?? 0) + 1 / zones.length / chosen.length;
  }
  return shares;
}

/** The part of all events that the busiest partition of the settings' topics gets, while all brokers run. */
export function busiestShare(settings: Settings): number {
  const { topics, workload } = settings;
  if (!workload.produceInZone) return 1 / sum(topics.map(({ partitions }) => partitions));
  const zoneOf = new Map(planNodes(settings).brokers.map(({ id, zone }) => [id, zone]));
  const leaderZones = placementOf(settings).map(([leader = 0]) => zoneOf.get(leader));
  return Math.max(...partitionShares(leaderZones, [...new Set(zoneOf.values())], workload));
}
