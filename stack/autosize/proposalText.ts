import type { Measurements, Proposal } from "../../planning/autosize/autosize";
import { planCluster } from "../../planning/cluster/plan";
import { fenced } from "../../cli/report";
import type { Settings } from "../../settings/settings";

/** A proposal for people: what was found and what is to be done about it. */
export function proposalText(settings: Settings, measured: Measurements, proposal: Proposal): string[] {
  const { changes, notes, beyondLimits, costDifference, pressures } = proposal;
  const cost = planCluster(settings).monthlyCostUsd.total;
  return [
    `measured for ${measured.seconds} s, the tightest first:`,
    ...pressures.map(({ text }) => `  ${text}`),
    ...(changes.length === 0
      ? [beyondLimits.length === 0 ? "nothing is to be changed" : "nothing can be changed"]
      : []),
    ...changes.map(({ key, from, to, reason }) => `change: ${key} ${from} -> ${to}: ${reason}`),
    ...(changes.length === 0
      ? []
      : [
          `cost: $${dollars(costDifference)} a month more, $${dollars(cost + costDifference)} for all machines ` +
            "and volumes (us-east-1, on demand)",
        ]),
    ...beyondLimits.map((text) => `beyond the limits, a person is to decide: ${text}`),
    ...notes.map((text) => `note: ${text}`),
  ];
}

/** The same for a pull request. */
export function proposalMarkdown(stack: string, lines: readonly string[]): string {
  return `## Autosize of stack \`${stack}\`\n\n${fenced(lines.join("\n"))}\n`;
}

function dollars(amount: number): string {
  return amount.toFixed(2);
}
