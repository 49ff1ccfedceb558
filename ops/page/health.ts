/** Is it well, and if not, what is wrong and what is being done about it: a pure function of what was seen. */
import { concernsOf, watches } from "../guardian/status";
import { canaryOf } from "./canary";
import { clientPromises, type ClusterPromise } from "./promises";
import { valueOf, type Alert, type Seen } from "./seen";
import { worksOf } from "./works";

/** The state of the cluster in a word. */
export type Level = "well" | "degraded" | "broken" | "unknown";

/** Something that is wrong. */
export interface Problem {
  /** `page`: a person now, unless the cluster mends it itself; `ticket`: in working hours; `note`: worth a line. */
  readonly severity: "page" | "ticket" | "note";
  readonly title: string;
  /** The zone of the node that it is about. */
  readonly where?: string;
  readonly details: readonly string[];
  /** When it began, ms since 1970. */
  readonly since?: number;
  /** What is being done about it. */
  readonly doing?: string;
  /** The section of the runbook that says what a person does. */
  readonly runbooks: readonly { readonly alert: string; readonly path: string }[];
}

/** The judgement. */
export interface Health {
  readonly level: Level;
  /** The state in one sentence. */
  readonly sentence: string;
  /** Since when it is so, ms since 1970; undefined when nobody knows. */
  readonly since?: number;
  readonly promises: readonly ClusterPromise[];
  /** The worst first. */
  readonly problems: readonly Problem[];
}

/** Judges what was seen. */
export function judge(seen: Seen): Health {
  const memory = valueOf(seen.guardian);
  const promises = [
    ...clientPromises(seen.cluster, seen.status, {
      areStopped: memory?.room.stoppedSince !== undefined,
      canary: canaryOf(seen.metrics, seen.at),
    }),
    watchedPromise(seen),
  ];
  const problems = problemsOf(seen);
  const level = levelOf(promises, problems);
  return {
    level,
    sentence: sentenceOf(seen, level, promises, problems),
    since: sinceOf(seen, level, problems),
    promises,
    problems,
  };
}

function levelOf(promises: readonly ClusterPromise[], problems: readonly Problem[]): Level {
  const [writes, reads] = promises;
  if (writes?.state === "broken" || reads?.state === "broken") return "broken";
  if (writes?.state === "unknown") return "unknown";
  const isThin = promises.some(({ state }) => state !== "kept");
  return isThin || problems.some(({ severity }) => severity === "page") ? "degraded" : "well";
}

/** Whether somebody repairs what fails, and tells people. */
function watchedPromise({ cluster, guardian, metrics, alerts, figures, at }: Seen): ClusterPromise {
  const canary = canaryOf(metrics, at);
  const faults = [
    ...("problem" in guardian ? [`the guardian's state can't be read (${guardian.problem})`] : []),
    ...(cluster.guardian.enabled && "value" in guardian && !watches(guardian.value.lookedAt, at)
      ? [silence(guardian.value.lookedAt, at)]
      : []),
    ...(cluster.monitored && "problem" in figures ? ["Prometheus does not answer"] : []),
    ...(typeof canary === "string" ? [canary] : []),
    ...(cluster.monitored && "problem" in alerts ? ["Alertmanager does not answer, so nobody is told"] : []),
  ];
  if (faults.length > 0) return { name: "Watched", state: "broken", text: faults.join("; ") };
  const { enabled, dryRun } = cluster.guardian;
  const repair = !enabled
    ? "the guardian is switched off (guardianEnabled)"
    : `the guardian ${dryRun ? "only says what it would do (guardianDryRun)" : "has broken nodes replaced"}`;
  const telling = cluster.monitored ? "alerts are sent" : "nobody is told (monitoringEnabled is false)";
  return { name: "Watched", state: "kept", text: `${repair}; ${telling}` };
}

const silence = (lookedAt: number, at: number) =>
  lookedAt === 0
    ? "the guardian has never looked"
    : `the guardian has not looked for ${Math.round((at - lookedAt) / 1000)} s`;

function problemsOf(seen: Seen): Problem[] {
  const alerts = valueOf(seen.alerts) ?? [];
  const nodes = nodeProblems(seen, alerts);
  const named = new Set(nodes.map(({ node }) => node));
  const rank = { page: 0, ticket: 1, note: 2 } as const;
  return [
    ...nodes.map(({ problem }) => problem),
    ...clusterProblems(seen),
    ...alerts.filter(({ node }) => node === undefined || !named.has(node)).map(alertProblem),
    ...watchProblems(seen),
    ...notes(seen),
  ].sort((a, b) => rank[a.severity] - rank[b.severity] || (a.since ?? Infinity) - (b.since ?? Infinity));
}

/** One problem for each node that is out or behind, with all that is known of it. */
function nodeProblems(seen: Seen, alerts: readonly Alert[]): { readonly node: string; readonly problem: Problem }[] {
  const { status, guardian } = seen;
  const memory = valueOf(guardian);
  const missing = [...status.zookeeper.missing, ...status.kafka.missing];
  return status.nodes.flatMap(({ name, zone, state }) => {
    const own = missing.filter(({ node }) => node === name).map(({ what }) => what);
    const known = memory?.nodes[name];
    if (own.length === 0 && known?.outSince === undefined) return [];
    const isIn = /^(in service|leader|follower)/.test(state);
    const about = alerts.filter(({ node }) => node === name);
    // An alert for working hours is about more than this moment: a broker that has come and gone for hours.
    const urgent = about.filter(({ severity }) => severity === "page");
    const since = known?.outSince ?? earliest(urgent.map((one) => one.since));
    const problem: Problem = {
      severity: "page",
      title: isIn ? (own.length > 0 ? `${name} is behind` : `${name} is coming back`) : `${name} is out`,
      where: zone,
      details: [...new Set([...own, ...about.map(({ summary }) => summary)])],
      since,
      doing: known?.next === undefined || known.next === "" ? undefined : `guardian: ${known.next}`,
      runbooks: runbooksOf(about),
    };
    return [{ node: name, problem }];
  });
}

/** What is wrong with the cluster as a whole, by its own words and the guardian's. */
function clusterProblems({ status, guardian }: Seen): Problem[] {
  const memory = valueOf(guardian);
  // What has a node at fault, or a partition, is told with these: the ensemble and the topics only say the same.
  const whole = [status.zookeeper, status.kafka].flatMap(({ missing }) => {
    const ofNodes = missing.some(({ node }) => node !== undefined);
    return missing.filter(({ node, partitions }) => node === undefined && (!ofNodes || partitions !== undefined));
  });
  const answers = status.nodes.some(({ state }) => state.startsWith("in service"));
  const unknownTopics = status.topics.missing.filter(({ what }) => /is not known yet$/.test(what));
  const concerns = memory === undefined ? [] : concernsOf(memory);
  const of = (title: string, since?: number): Problem => ({
    severity: "page",
    title,
    details: [],
    since,
    runbooks: [],
  });
  return [
    ...[...whole, ...(answers ? unknownTopics : [])].map(({ what }) => of(capital(what))),
    ...concerns.map((text) => of(text, /^WRITING/.test(text) ? memory?.room.stoppedSince : undefined)),
    ...(memory !== undefined && memory.trouble !== "" ? [of(`The groups can't be asked: ${memory.trouble}`)] : []),
  ];
}

function alertProblem({ severity, summary, description, since, ...alert }: Alert): Problem {
  return {
    severity,
    title: summary,
    details: description === "" ? [] : [description],
    since,
    runbooks: runbooksOf([{ ...alert, severity, summary, description, since }]),
  };
}

const runbooksOf = (alerts: readonly Alert[]) =>
  alerts.flatMap(({ name, runbook }) => (runbook === undefined ? [] : [{ alert: name, path: runbook }]));

/** What is wrong with those who watch. */
function watchProblems({ cluster, guardian, alerts, figures, past, at }: Seen): Problem[] {
  const of = (title: string, details: readonly string[], since?: number): Problem => ({
    severity: "page",
    title,
    details,
    since,
    runbooks: [],
  });
  const missing = !cluster.monitored
    ? undefined
    : "problem" in figures
      ? figures.problem
      : "problem" in past
        ? past.problem
        : undefined;
  return [
    ...("problem" in guardian
      ? [of("Nobody knows what the guardian does", [guardian.problem])]
      : cluster.guardian.enabled && !watches(guardian.value.lookedAt, at)
        ? [
            of(
              "The guardian does not watch",
              [`${silence(guardian.value.lookedAt, at)}: systemctl status kafka-guardian`],
              guardian.value.lookedAt || undefined,
            ),
          ]
        : []),
    ...(missing === undefined
      ? []
      : [of("Prometheus does not answer: no charts, and no alert can fire", [missing, "systemctl status prometheus"])]),
    ...(cluster.monitored && "problem" in alerts
      ? [of("Alertmanager does not answer: nobody is told", [alerts.problem, "systemctl status alertmanager"])]
      : []),
  ];
}

/** What differs from the settings though nothing is amiss. */
function notes({ status, guardian }: Seen): Problem[] {
  const isStopped = valueOf(guardian)?.room.stoppedSince !== undefined;
  return [...(status.kafka.notes ?? []), ...(status.topics.notes ?? [])]
    .filter((note) => !(isStopped && note.startsWith("WRITING IS STOPPED")))
    .map((title) => ({ severity: "note", title, details: [], runbooks: [] }));
}

/** When the present state began: with the oldest of its problems, or when the last node got well. */
function sinceOf({ guardian }: Seen, level: Level, problems: readonly Problem[]): number | undefined {
  if (level !== "well") {
    return earliest(
      problems.flatMap(({ severity, since }) => (severity === "page" && since !== undefined ? [since] : [])),
    );
  }
  const well = Object.values(valueOf(guardian)?.nodes ?? {}).map(({ wellSince }) => wellSince);
  // All at once is the first look of a guardian on a new ops host: nobody knows what was before.
  const isKnown = well.length > 0 && !well.includes(undefined) && new Set(well).size > 1;
  return isKnown ? Math.max(...well.map((time) => time ?? 0)) : undefined;
}

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const earliest = (times: readonly number[]) => (times.length === 0 ? undefined : Math.min(...times));

function sentenceOf(
  seen: Seen,
  level: Level,
  [writes, reads, copies, next, watched]: readonly ClusterPromise[],
  problems: readonly Problem[],
): string {
  const rolls = worksOf(seen.metrics).some(({ name, isUnderWay }) => isUnderWay && name.startsWith("roll"));
  const sentence = (...parts: readonly (string | undefined)[]) => {
    return `${capital(parts.filter((part) => part !== undefined).join("; "))}.`;
  };
  switch (level) {
    case "unknown":
      return "No broker answers the ops host: whether clients are served can't be told from here.";
    case "broken":
      return sentence(
        writes?.state === "broken" ? writes.text : undefined,
        reads?.state === "broken" ? reads.text : undefined,
      );
    case "well":
      return sentence(writes?.text, copies?.text, next?.text);
    case "degraded": {
      const nodesThat = (are: string, words = are) => {
        const ending = ` is ${are}`;
        const names = problems.flatMap(({ title }) => (title.endsWith(ending) ? [title.slice(0, -ending.length)] : []));
        return names.length === 0 ? undefined : `${names.join(", ")} ${names.length === 1 ? "is" : "are"} ${words}`;
      };
      const unwatched = watched?.state === "kept" ? undefined : watched?.text;
      const why =
        nodesThat("out", rolls ? "being replaced by a roll" : "out") ??
        (rolls ? "a roll is under way" : undefined) ??
        (copies?.state === "kept" ? undefined : copies?.text) ??
        nodesThat("coming back") ??
        (writes?.state === "kept" && unwatched === undefined ? problems[0]?.title : undefined);
      return sentence(writes?.text, why, next?.text, unwatched);
    }
  }
}
