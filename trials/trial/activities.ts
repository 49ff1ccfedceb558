/** The findings in an Auto Scaling group's activities. Pure. */
import type { Activity } from "@aws-sdk/client-auto-scaling";

const isLaunch = ({ Description = "" }: Activity) => Description.startsWith("Launching");
const isEnd = ({ Description = "" }: Activity) => Description.startsWith("Terminating");
const begun = ({ StartTime }: Activity) => StartTime?.getTime() ?? 0;

const inOrder = (activities: readonly Activity[]) => [...activities].sort((a, b) => begun(a) - begun(b));

/** The time in ms within which two instants count as one: AWS and our clocks give whole seconds here and there. */
const sameMomentMs = 1000;

/**
 * Whether the group never started an instance before the one before it had ended: `always`, or when not.
 * @param activities of one group
 */
export function terminatedFirst(activities: readonly Activity[]): string {
  const ordered = inOrder(activities);
  for (const launch of ordered.filter(isLaunch)) {
    const underWay = ordered.find(
      (end) =>
        isEnd(end) &&
        begun(end) <= begun(launch) &&
        (end.EndTime?.getTime() ?? Infinity) > begun(launch) + sameMomentMs,
    );
    if (underWay !== undefined) {
      return (
        `${launch.AutoScalingGroupName} launched at ${launch.StartTime?.toISOString()}, and ended the one before ` +
        `until ${underWay.EndTime?.toISOString() ?? "later"}`
      );
    }
  }
  return "always";
}

/**
 * Seconds from each failed launch to the next one; empty when none has failed.
 * @param activities of one group
 */
export function retrySeconds(activities: readonly Activity[]): number[] {
  const launches = inOrder(activities).filter(isLaunch);
  return launches.flatMap((launch, index) => {
    const next = launches[index + 1];
    return launch.StatusCode === "Failed" && next !== undefined ? [(begun(next) - begun(launch)) / 1000] : [];
  });
}

/**
 * The time at which the group began its first launch after an instant.
 * @param after ms since 1970
 */
export function nextLaunch(activities: readonly Activity[], after: number): number | undefined {
  const launch = inOrder(activities).find((one) => isLaunch(one) && begun(one) >= after - sameMomentMs);
  return launch === undefined ? undefined : begun(launch);
}
