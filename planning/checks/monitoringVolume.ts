import type { Fault } from "../../settings/faults";
import type { Settings } from "../../settings/settings";

/**
 * The fault of a volume for metrics that would shrink, which no volume can.
 * @param deployedGiB the size of the one that the stack has; undefined without one
 */
export function monitoringVolumeFaults({ monitoring }: Pick<Settings, "monitoring">, deployedGiB = 0): Fault[] {
  const { enabled, volumeGiB } = monitoring;
  if (!enabled || volumeGiB >= deployedGiB) return [];
  const message =
    `${volumeGiB} is less than the ${deployedGiB} GiB that the volume for metrics has, and volumes only grow; give ` +
    `${deployedGiB} or more`;
  return [{ path: "monitoringVolumeGiB", message }];
}
