/** What is wrong, and what is being done about it. Pure. */
import { counted } from "../../gateVerdict";
import type { Health, Problem } from "../health";
import { element, type Child, type Markup } from "../markup";
import { valueOf, type Seen } from "../seen";
import { bytes, seconds } from "../words";
import { worksOf, type Work } from "../works";
import { moment, withMoments } from "./moment";

/** Everything that is wrong, the worst first; notes are folded away. */
export function wrongSection({ problems }: Health, { at }: Pick<Seen, "at">): Markup {
  const wrong = problems.filter(({ severity }) => severity !== "note");
  const notes = problems.filter(({ severity }) => severity === "note");
  return element(
    "div",
    {},
    element(
      "h2",
      {},
      "What is wrong",
      wrong.length > 0 ? element("span", { class: "count" }, wrong.length) : undefined,
    ),
    wrong.length === 0
      ? element("p", { class: "nothing" }, "Nothing.")
      : element("ul", { class: "problems" }, ...wrong.map((one) => problemItem(one, at))),
    notes.length === 0
      ? undefined
      : element(
          "details",
          { "data-key": "notes" },
          element("summary", {}, `${counted(notes.length, "note")}: no fault, but not as the settings say`),
          element("ul", { class: "notes" }, ...notes.map(({ title }) => element("li", {}, title))),
        ),
  );
}

function problemItem(problem: Problem, at: number): Markup {
  const { severity, title, where, details, since, doing, runbooks } = problem;
  return element(
    "li",
    { class: severity },
    element(
      "p",
      { class: "title" },
      withMoments(title, at),
      where === undefined ? undefined : element("small", {}, where),
      since === undefined ? undefined : element("small", {}, "for ", moment(since, "age")),
    ),
    details.length === 0 ? undefined : element("p", {}, withMoments(details.join("; "), at)),
    doing === undefined ? undefined : element("p", { class: "doing" }, withMoments(doing, at)),
    element(
      "p",
      { class: "meta" },
      severity === "page" ? undefined : element("span", {}, "for working hours"),
      since === undefined ? undefined : element("span", {}, "since ", moment(since, "day")),
      ...runbooks.map(({ alert, path }) => element("span", {}, `${alert}: `, element("code", {}, path))),
    ),
  );
}

const workWords: Readonly<Record<string, string>> = {
  "roll kafka": "Roll of the brokers",
  "roll zookeeper": "Roll of ZooKeeper",
  balance: "Moving of copies and leaders",
};

/** Who does something: the rolls and movings under way with their progress, the guardian, and what it says of nodes. */
export function doingSection(seen: Seen): Markup {
  const works = worksOf(seen.metrics);
  return element(
    "div",
    {},
    element("h2", {}, "What is being done"),
    element(
      "ul",
      { class: "works" },
      ...works.filter(({ isUnderWay }) => isUnderWay).map((work) => workItem(work, seen.at)),
      guardianItem(seen),
      ...works.filter(({ isUnderWay }) => !isUnderWay).map((work) => endedItem(work)),
    ),
  );
}

function workItem(work: Work, at: number): Markup {
  const { name, began, done, total, unit, bytes: copied } = work;
  const part = copied !== undefined && copied.total > 0 ? copied.done / copied.total : total > 0 ? done / total : 0;
  const left = part > 0 && part < 1 ? ((at - began) / 1000) * (1 / part - 1) : undefined;
  return element(
    "li",
    { class: "under-way" },
    element("p", { class: "title" }, workWords[name] ?? name, element("small", {}, moment(began, "age"))),
    element(
      "div",
      { class: "bar", role: "progressbar", "aria-valuenow": Math.round(part * 100) },
      element("i", { style: `width:${(part * 100).toFixed(1)}%` }),
    ),
    element(
      "p",
      {},
      `${done} of ${total} ${unit}`,
      copied === undefined ? undefined : `, ${bytes(copied.done)} of ${bytes(copied.total)} copied`,
      left === undefined ? undefined : `, about ${seconds(left)} left`,
    ),
  );
}

const outcomeWords: Readonly<Record<string, string>> = {
  done: "ended well",
  unfinished: "has more to do: the next update goes on",
  failed: "failed",
};

function endedItem({ name, outcome, ended, done, total, unit }: Work): Markup {
  const how = outcome === undefined ? "was cut off" : (outcomeWords[outcome] ?? outcome);
  return element(
    "li",
    { class: outcome === "done" ? "ended" : "ended failed" },
    element(
      "p",
      {},
      `${workWords[name] ?? name} ${how}`,
      total > 0 ? `, ${done} of ${total} ${unit}` : undefined,
      ended === undefined ? undefined : [", ", moment(ended, "day")],
    ),
  );
}

function guardianItem({ cluster, guardian, at }: Seen): Markup {
  const memory = valueOf(guardian);
  const { enabled, dryRun, patienceSeconds } = cluster.guardian;
  const item = (title: string, ...lines: readonly Child[]) =>
    element(
      "li",
      { class: "guardian" },
      element("p", { class: "title" }, title),
      ...lines.map((line) => element("p", {}, line)),
    );
  if (!enabled) return item("The guardian is switched off", "guardianEnabled is false: nothing is replaced");
  if (memory === undefined)
    return item("The guardian's state can't be read", "problem" in guardian ? guardian.problem : "");
  const nodes = Object.entries(memory.nodes);
  const out = nodes.filter(([, { outSince }]) => outSince !== undefined);
  const mode = dryRun ? " (dry run: it only says what it would do)" : "";
  return item(`The guardian watches${mode}`, [
    `${nodes.length - out.length} of ${nodes.length} nodes well, looked `,
    // Each look would be another text: it is told in steps.
    at - memory.lookedAt < 15_000 ? "just now" : [moment(memory.lookedAt, "age"), " ago"],
    `; replaces what is out for ${seconds(patienceSeconds)}`,
  ]);
}
