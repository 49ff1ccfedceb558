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

/** The warning that nobody is told: it stops nothing, as whoever subscribes to the topic himself need not say so. */
export function noSubscriberWarning({ monitoring, clusterName }: Settings): Fault | undefined {
  const { enabled, alertTopicArn, alertEmails } = monitoring;
  if (!enabled || alertTopicArn !== "" || alertEmails.length > 0) return undefined;
  const message =
    `[] and no alertTopicArn: nobody is told of faults but who subscribes to the topic ${clusterName}-alerts by ` +
    'himself; give e.g. ["kafka-on-call@example.com"]';
  return { path: "alertEmails", message };
}
