/** The result of `npm run deploy` for a pull request: what changes, what it costs, the plan, warnings. Pure. */
import { fenced } from "../cli/report";
import type { CostItem } from "../planning/cluster/bill";
import type { DeployedPlan } from "../planning/cluster/outputs";
import { lastLines } from "../planning/cluster/outputText";
import type { Plan } from "../planning/cluster/plan";
import { planTable } from "../planning/cluster/planText";
import { changesText } from "../stack/engineProgress";
import type { PlannedChanges } from "../stack/plannedChanges";
import type { DeployResult } from "./deploy";

/** The result of one stack: as much of it as there is where it could not begin. */
export type StackResult = Pick<DeployResult, "stack" | "action" | "succeeded"> & Partial<DeployResult>;

/** GitHub takes 65,536 characters in a comment; of an error the end says what went wrong. */
const errorLines = 60;
const longestError = 20_000;

/** The resources that a row names. */
const shownResources = 12;

/** The summary of one command, a section for each stack. */
export function deployMarkdown(results: readonly StackResult[]): string {
  return `${results.map(sectionOf).join("\n\n")}\n`;
}

function sectionOf(result: StackResult): string {
  const { stack, action, succeeded, planned, changes, seconds, error, smoke, warnings = [], notes = [] } = result;
  const counts = changes === undefined ? "" : `: ${changesText(changes, action === "preview")}`;
  const took = seconds === undefined ? "" : ` in ${Math.round(seconds)} s`;
  return [
    `## Stack \`${stack}\`: ${action}`,
    `${succeeded ? "✅ done" : "❌ **failed**"}${took}${counts}`,
    ...(error === undefined ? [] : [fenced(lastLines(error, errorLines).slice(-longestError))]),
    ...(planned === undefined ? [] : [changesTable(planned), costText(planned)]),
    ...listed("Notes", notes),
    ...listed("Warnings", warnings),
    ...(smoke === undefined ? [] : [`Smoke test: ${smoke.passed ? "passed" : smoke.faults.join("; ")}`]),
    ...(planned?.plan === undefined ? [] : planText(planned.plan, planned.deployedPlan)),
  ]
    .filter((text) => text !== "")
    .join("\n\n");
}

function changesTable(planned: PlannedChanges): string {
  const { created, rolled, deleted, moved, resources, commands } = planned;
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["created", [...created.map(strong), ...some(resources.created)]],
    ["rolled, one by one", rolled.map(strong)],
    ["moved", moved ? ["copies and leaders of partitions"] : []],
    ["replaced", some(resources.replaced)],
    ["deleted", [...deleted.map(strong), ...some(resources.deleted)]],
    ["updated", some(resources.updated)],
    ["run on the ops host", commands.map(code)],
  ];
  const full = rows.filter(([, what]) => what.length > 0);
  if (full.length === 0) return "";
  return ["| | |", "| --- | --- |", ...full.map(([label, what]) => `| ${label} | ${what.join(", ")} |`)].join("\n");
}

/** What a month costs, and by which lines of the bill that differs from what is deployed. */
function costText({ plan, deployedPlan }: PlannedChanges): string {
  const { cost } = plan ?? {};
  if (cost === undefined) return "";
  const after = `**Cost**: $${dollars(cost.total)} a month`;
  if (deployedPlan === undefined) return `${after}, where nothing is deployed yet`;
  if (deployedPlan.cost === undefined) return `${after}; what is deployed is of a version that did not reckon it`;
  const more = cost.total - deployedPlan.cost.total;
  const difference = Math.round(more) === 0 ? "as what is deployed" : `**${signed(more)}** to what is deployed`;
  return [`${after}, ${difference}`, ...itemLines(deployedPlan.cost.items, cost.items)].join("\n");
}

function itemLines(before: readonly CostItem[], after: readonly CostItem[]): string[] {
  const names = [...new Set([...before, ...after].map(({ item }) => item))];
  const one = (items: readonly CostItem[], name: string) => items.find(({ item }) => item === name);
  const lines = names.flatMap((name) => {
    const more = (one(after, name)?.usd ?? 0) - (one(before, name)?.usd ?? 0);
    const of = one(after, name)?.of ?? "none";
    return Math.abs(more) < 0.5
      ? []
      : [`- ${name}: ${signed(more)} (${of}, before ${one(before, name)?.of ?? "none"})`];
  });
  return lines.length === 0 ? [] : ["", ...lines];
}

/** The plan, beside that of what is deployed where they differ. */
function planText(plan: DeployedPlan, deployedPlan: DeployedPlan | undefined): string[] {
  if (!isWhole(plan)) return [];
  const after = planTable([{ title: "", plan }]);
  const isChanged =
    deployedPlan !== undefined && isWhole(deployedPlan) && planTable([{ title: "", plan: deployedPlan }]) !== after;
  const table = isChanged
    ? planTable([
        { title: "deployed", plan: deployedPlan },
        { title: "this", plan },
      ])
    : after;
  return [`<details><summary>The plan</summary>\n\n${fenced(table)}\n\n</details>`];
}

function isWhole(plan: DeployedPlan): plan is Plan {
  return [plan.workload, plan.capacity, plan.retention, plan.cost].every((part) => part !== undefined);
}

function some(labels: readonly string[]): string[] {
  const more = labels.length - shownResources;
  return [...labels.slice(0, shownResources).map(code), ...(more > 0 ? [`and ${more} more`] : [])];
}

function listed(title: string, texts: readonly string[]): string[] {
  const lines = [...new Set(texts)].map((text) => `- ${text.replaceAll("\n", "\n  ")}`);
  return lines.length === 0 ? [] : [`**${title}**`, lines.join("\n")];
}

const code = (text: string) => `\`${text}\``;
const strong = (text: string) => `**${text}**`;
const dollars = (usd: number) => Math.round(Math.abs(usd)).toLocaleString("en-US");
const signed = (usd: number) => `${usd < 0 ? "−" : "+"}$${dollars(usd)}`;
