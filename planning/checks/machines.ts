import type { Fault } from "../../settings/faults";
import { zoneOf } from "../../settings/networkLayout";
import type { Settings } from "../../settings/settings";

/*
 * Checks of the settings against what exists: pure functions over facts that `aws/` has fetched. Their faults have the
 * form of those of the settings, and are thrown in the same way (`throwFaults`).
 */

/**
 * Type -> zones (of the region) that offer it, from `ec2.getInstanceTypeOfferings` with location type
 * `availability-zone`.
 */
export type TypeOfferings = Readonly<Record<string, readonly string[]>>;

interface TypeUse {
  readonly key: string;
  readonly type: string;
  /** How many instances. */
  readonly count: number;
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

/** The faults of instance types that a zone in use does not offer. */
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
        message:
          `${type} is not offered in ${missing.join(", ")}; ${where}: choose another type, or other ` +
          "availabilityZones",
      },
    ];
  });
}

/** The instances that the settings start: how many of which type, and in which zones. */
export function typeUses(settings: Settings): TypeUse[] {
  const { zones } = settings.network;
  const pools = (
    [
      ["brokerInstanceType", settings.brokers],
      ["zookeeperInstanceType", settings.zookeeper],
    ] as const
  ).map(([key, { instanceType, count }]): TypeUse => {
    const used = zones.filter((zone, index) => index < count && zone !== "");
    return { key, type: instanceType, count, zones: used };
  });
  return [
    ...pools,
    { key: "opsHostInstanceType", type: settings.opsHost.instanceType, count: 1, zones: [zoneOf(zones, 1)] },
  ];
}
