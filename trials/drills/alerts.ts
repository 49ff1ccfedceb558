/** Which alerts a drill is to raise, which it may, and what to think of those that fired. Pure. */

/** An alert that has to fire. */
export interface ExpectedAlert {
  readonly name: string;
  /** Seconds from the fault until it fires, at most. */
  readonly withinSeconds: number;
}

/** The alerts of a drill's plan. Default: none. */
export interface AlertPlan {
  /** Those that have to fire. */
  readonly alerts?: readonly ExpectedAlert[];
  /** Those that may, as it is a matter of seconds, or as a page has been sent that says more. */
  readonly mayAlert?: readonly string[];
}

/** An alert that began to fire in a drill, on one node or more. */
export interface FiredAlert {
  readonly name: string;
  readonly severity: string;
  /** Seconds from the fault until it fired first. */
  readonly afterSeconds: number;
  /** Seconds from the fault until it fired no more; absent: it still did at the end. */
  readonly endedAfterSeconds?: number;
}

/** A series of Prometheus' answer to a query over a range of time: values at seconds since 1970. */
export interface AlertSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [at: number, value: string])[];
}

/** A message that a topic of SNS has published. */
export interface PublishedMessage {
  /** When, ISO 8601. */
  readonly at: string;
  readonly subject: string | null;
  readonly message: string;
}

/** The seconds of a minute that are left of it when Alertmanager has waited for what belongs together. */
const soonSeconds = 55;

/** An alert of which a person is to know within a minute. */
export const soon = (name: string): ExpectedAlert => ({ name, withinSeconds: soonSeconds });

/**
 * Alerts of no drill: the one that fires always, one of hours in which a broker has seen several drills, and one of the
 * root disk.
 */
const ofNoDrill = ["Watchdog", "BrokerUnstable", "HostDiskNearlyFull"];

/** The subjects of what Alertmanager publishes. */
const byAlertmanager = /^(PAGE|TICKET|RESOLVED) /;

/** Seconds between two values of a series while an alert fires. */
export const alertStepSeconds = 5;
/** A longer pause is one in which it did not fire. */
const pauseSeconds = 2 * alertStepSeconds;

/**
 * The alerts that began to fire after a moment, in the order in which they did. One that fired before is not a drill's.
 * @param series of `ALERTS{alertstate="firing"}`, from some time before that moment on
 * @param faultAt ms since 1970
 * @param askedAt when Prometheus was asked, ms since 1970
 */
export function firedAlerts(series: readonly AlertSeries[], faultAt: number, askedAt: number): FiredAlert[] {
  const after = (at: number) => Math.round(at - faultAt / 1000);
  const each = series.flatMap(({ metric, values }) => {
    const { alertname: name = "", severity = "" } = metric;
    const times = values.map(([at]) => at);
    const begun = times.find((at, index) => at * 1000 >= faultAt && at - (times[index - 1] ?? 0) > pauseSeconds);
    const last = times.at(-1) ?? 0;
    if (begun === undefined || ofNoDrill.includes(name)) return [];
    return [{ name, severity, begun, ended: askedAt / 1000 - last > pauseSeconds ? last : Infinity }];
  });
  const names = [...new Set(each.map(({ name }) => name))];
  return names
    .map((name): FiredAlert => {
      const own = each.filter((one) => one.name === name);
      const ended = Math.max(...own.map((one) => one.ended));
      return {
        name,
        severity: own[0]?.severity ?? "",
        afterSeconds: after(Math.min(...own.map(({ begun }) => begun))),
        ...(Number.isFinite(ended) && { endedAfterSeconds: after(ended) }),
      };
    })
    .sort((a, b) => a.afterSeconds - b.afterSeconds);
}

/**
 * What AWS's own services have told the topic since a moment, past Prometheus: each by its section of the runbook.
 * @param faultAt ms since 1970
 */
export function toldByAws(messages: readonly PublishedMessage[], faultAt: number): FiredAlert[] {
  const told = messages.flatMap(({ at, subject, message }) => {
    const after = Date.parse(at) - faultAt;
    const [, name] = /docs\/runbook\.md#(\w+)/.exec(message) ?? [];
    if (after < 0 || name === undefined || byAlertmanager.test(subject ?? "")) return [];
    return [{ name, severity: "event", afterSeconds: Math.round(after / 1000) }];
  });
  return told.filter(({ name }, index) => told.findIndex((one) => one.name === name) === index);
}

/** What was not as the plan has it, one sentence each; empty when all was. */
export function judgeAlerts({ alerts = [], mayAlert = [] }: AlertPlan, fired: readonly FiredAlert[]): string[] {
  const missing = alerts.flatMap(({ name, withinSeconds }) => {
    const found = fired.find((alert) => alert.name === name);
    if (found === undefined) return [`the alert ${name} did not fire`];
    return found.afterSeconds > withinSeconds
      ? [`the alert ${name} fired after ${found.afterSeconds} s; ${withinSeconds} s are allowed`]
      : [];
  });
  const allowed = [...alerts.map(({ name }) => name), ...mayAlert];
  const unexpected = fired
    .filter(({ name }) => !allowed.includes(name))
    .map(({ name, severity, afterSeconds }) => `the alert ${name} (${severity}) fired after ${afterSeconds} s`);
  return [...missing, ...unexpected];
}

/** What two faults at once may raise: whether each does what it does alone is not promised. */
export function alertsTogether(one: AlertPlan, other: AlertPlan): AlertPlan {
  const all = [one, other].flatMap(({ alerts = [], mayAlert = [] }) => [
    ...alerts.map(({ name }) => name),
    ...mayAlert,
  ]);
  return all.length === 0 ? {} : { mayAlert: [...new Set(all)] };
}

/** Alerts in words: `WritingStopped 21 s, DiskNearlyFull 24 s`; `none`. */
export const alertsText = (fired: readonly FiredAlert[]): string =>
  fired.map(({ name, afterSeconds }) => `${name} ${afterSeconds} s`).join(", ") || "none";
