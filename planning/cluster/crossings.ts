import { sum } from "../sum";
import { partitionShares } from "../capacity/partitionShares";
import { planNodes } from "../node/nodes";
import { placementOf } from "../placement/placement";
import type { Settings } from "../../settings/settings";

/** How often each byte that producers send goes from one zone into another. */
export interface Crossings {
  /** To copies in other zones than the leader's. */
  readonly copies: number;
  /** From producers to leaders. */
  readonly producers: number;
  /** From brokers to the consumers of one group. */
  readonly consumers: number;
}

/**
 * Counts them over the placement that the settings' topics are given, partition by partition.
 * @param clientZones where clients are, as many in each
 */
export function crossingsOf(
  settings: Settings,
  placement = placementOf(settings),
  clientZones: readonly string[] = settings.network.zones,
): Crossings {
  const { workload } = settings;
  const zoneOf = new Map(planNodes(settings).brokers.map(({ id, zone }) => [id, zone]));
  const zonesOf = placement.map((copies) => copies.map((id) => zoneOf.get(id)));
  const leaderZones = zonesOf.map(([leader]) => leader);
  const shares = partitionShares(leaderZones, clientZones, workload);
  const mean = (crossed: (zones: readonly (string | undefined)[]) => number) =>
    sum(zonesOf.map((zones, partition) => crossed(zones) * (shares[partition] ?? 0)));
  const { length } = clientZones;
  /** The part of all clients for which none of these zones is their own. */
  const away = (...zones: readonly (string | undefined)[]) =>
    clientZones.filter((zone) => !zones.includes(zone)).length / length;
  return {
    copies: mean((zones) => zones.filter((zone) => zone !== zones[0]).length),
    producers: workload.produceInZone ? away(...leaderZones) : mean(([leader]) => away(leader)),
    consumers: mean((zones) => (workload.readNearestCopy ? away(...zones) : away(zones[0]))),
  };
}
