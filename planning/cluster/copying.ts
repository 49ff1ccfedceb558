/** How long a change of the brokers takes by the copies that move. Pure. */
import { wireBytesPerSecond } from "../capacity/capacity";
import { describeCluster } from "./clusterDescription";
import { copyRate } from "../capacity/copyRate";
import { percent } from "./figures";
import type { Plan } from "./plan";
import { gibibyte } from "../capacity/diskLimits";
import type { Settings } from "../../settings/settings";

/**
 * The line of a preview about the copies that an update will move: how much at most, and how long that takes. Undefined
 * when the brokers are those that there are.
 *
 * @param existing names of the nodes that there are
 */
export function copyingAhead(settings: Settings, plan: Plan, existing: readonly string[]): string | undefined {
  const { brokers, brokerBytesPerSecond } = describeCluster(settings, "");
  const before = existing.filter((name) => name.startsWith("kafka-"));
  const after = brokers.map(({ name }) => name);
  const coming = after.filter((name) => !before.includes(name));
  const leaving = before.filter((name) => !after.includes(name));
  if (before.length === 0 || coming.length + leaving.length === 0) return undefined;
  const onEach = plan.retention.diskFill.allBrokers * settings.brokers.volumeGiB * gibibyte;
  // A new broker gets its share of all; what a leaving one has is shared by those that stay.
  const received = coming.length > 0 ? onEach : (onEach * leaving.length) / before.length;
  const written = (wireBytesPerSecond(settings) * settings.brokers.replicationFactor) / after.length;
  const hours = received / copyRate(brokerBytesPerSecond, written) / 3600;
  const who = coming.length > 0 ? `onto ${coming.join(", ")}` : `off ${leaving.join(", ")}`;
  return (
    `copies move ${who}: with disks as full as planned (${percent(plan.retention.diskFill.allBrokers)}) about ` +
    `${gigabytes(received)} to a broker, ${duration(hours)}. They move whoever waits; an update waits for ` +
    `${settings.update.waitMinutes} minutes of it (updateWaitMinutes), the next one goes on`
  );
}

const gigabytes = (bytes: number) => (bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${Math.round(bytes / 1e9)} GB`);
const duration = (hours: number) => (hours < 2 ? `${Math.ceil(hours * 60)} min` : `${Math.round(hours * 10) / 10} h`);
