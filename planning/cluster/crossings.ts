import { sum } from "../sum";
import { partitionShares } from "../capacity/partitionShares";
import { planNodes } from "../node/nodes";
import { placementOf } from "../placement/placement";
import type { Settings } from "../../settings/settings";

/** How often each byte that producers send goes from one zone into another. Clients are in all zones alike. */
export interface Crossings {
  /** To copies in other zones than the leader's. */
  readonly copies: number;
  /** From producers to leaders. */
  readonly producers: number;
  /** From brokers to the consumers of one group. */
  readonly consumers: number;
}

/** Counts them over the placement that the settings' topics are given, partition by partition. */
export function crossingsOf(settings: Settings, placement = placementOf(settings)): Crossings {
  const { workload, network } = settings;
  const zoneOf = new Map(planNodes(settings).brokers.map(({ id, zone }) => [id, zone]));
  const zonesOf = placement.map((copies) => copies.map((id) => zoneOf.get(id)));
  const leaderZones = zonesOf.map(([leader]) => leader);
  const shares = partitionShares(leaderZones, network.zones, workload);
  const mean = (crossed: (zones: readonly (string | undefined)[]) => number) =>
    sum(zonesOf.map((zones, partition) => crossed(zones) * (shares[partition] ?? 0)));
  const { length } = network.zones;
  const away = (length - 1) / length;
  const leaderless = network.zones.filter((zone) => !leaderZones.includes(zone)).length;
  return {
    copies: mean((zones) => zones.filter((zone) => zone !== zones[0]).length),
    producers: workload.produceInZone ? leaderless / length : away,
    consumers: workload.readNearestCopy
      ? Math.max(
          0,
          mean((zones) => 1 - new Set(zones).size / length),
        )
      : away,
  };
}
