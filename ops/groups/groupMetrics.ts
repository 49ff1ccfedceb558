import { Registry } from "prom-client";
import { addGauge, type Sample } from "../metrics";
import type { Lag } from "./lag";
import type { GroupReport } from "./lookout";

/**
 * The most groups and topics that are told of: Prometheus takes a few thousand values of this host, and none of them
 * when there are more.
 */
const mostTold = 300;

/** The metrics of a look at the groups that has just ended. */
export function groupRegistry(report: GroupReport, now: number): Registry {
  const registry = new Registry();
  const lags = [...report.lags].sort(urgency).slice(0, mostTold);
  const states = [...report.states].slice(0, mostTold);
  const each = (value: (lag: Lag) => number): Sample[] =>
    lags.map((lag) => [{ group: lag.group, topic: lag.topic }, value(lag)]);
  addGauge(
    registry,
    "kafka_group_lag_messages",
    "Events that are not read yet",
    each(({ messages }) => messages),
  );
  addGauge(
    registry,
    "kafka_group_lag_seconds",
    "Age of the oldest event that is not read yet",
    each((lag) => lag.seconds),
  );
  addGauge(
    registry,
    "kafka_group_seconds_until_deleted",
    "Until an event that is not read yet may be deleted",
    each(({ secondsUntilDeleted }) => secondsUntilDeleted),
  );
  addGauge(
    registry,
    "kafka_group_deleted_unread_messages",
    "Events that were deleted and that the group had not read",
    each(({ deletedUnread }) => deletedUnread),
  );
  addGauge(
    registry,
    "kafka_group_state",
    "The group's state",
    states.map(([group, state]) => [{ group, state }, 1]),
  );
  addGauge(registry, "kafka_group_left_out", "Groups and topics that are not told of, as there are too many", [
    [{}, Math.max(0, report.lags.length - lags.length)],
  ]);
  addGauge(registry, "kafka_group_look_timestamp_seconds", "When the groups were last looked at", [[{}, now / 1000]]);
  return registry;
}

/** Those first that lose events first, then those that are the furthest behind. */
function urgency(a: Lag, b: Lag): number {
  const [soonA, soonB] = [a.secondsUntilDeleted, b.secondsUntilDeleted];
  return soonA === soonB ? b.messages - a.messages : soonA - soonB;
}
