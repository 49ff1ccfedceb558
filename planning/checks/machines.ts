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
    return { key, type: instanceType, count, zones: zones.slice(0, count) };
  });
  return [
    ...pools,
    { key: "opsHostInstanceType", type: settings.opsHost.instanceType, count: 1, zones: [zoneOf(zones, 1)] },
  ];
}
