/** What a proof has shown: pure. */
import { clockTime, duration } from "../drills/report";
import { grouped } from "../drills/table";
import type { Deed, ExampleResult, Stretch } from "../jobs/example/parameters";

/** What was not kept, one sentence each; empty when each event is stored once. */
export function exampleFaults(result: ExampleResult): string[] {
  const { made, accepted, refused, stored, reconciliation } = result;
  const faults: string[] = [];
  if (made === 0) faults.push("no visitor came: nothing is shown");
  if (refused > 0) faults.push(`the collector refused ${grouped(refused)} good events`);
  if (accepted + refused < made) faults.push(`${grouped(made - accepted - refused)} events were never accepted`);
  if (stored < accepted) faults.push(`${grouped(accepted - stored)} accepted events are not stored`);
  if (stored > accepted) faults.push(`${grouped(stored - accepted)} rows more than events`);
  if (!reconciliation.isWhole) faults.push("the reconciliation does not find each event stored once (above)");
  return faults;
}

/**
 * The result as a person reads it on a terminal.
 * @param deeds what the operator's side has broken or changed
 */
export function exampleText(result: ExampleResult, deeds: readonly Deed[] = []): string {
  const { withoutAcceptance, withoutRow, reconciliation, catchUpSeconds } = result;
  const period = { from: result.period.from, to: result.period.to + catchUpSeconds * 1000 };
  const all = [...result.kills, ...deeds].sort((one, other) => one.at - other.at);
  const rows = all.map(({ at, what }, index) => {
    const span = { from: at, to: all[index + 1]?.at ?? period.to };
    return [clockTime(at), longest(withoutAcceptance, span, 250), longest(withoutRow, span, 1_000), what];
  });
  const whole = [clockTime(period.from), longest(withoutAcceptance, period, 250), longest(withoutRow, period, 1_000)];
  const table = [["from", "no acceptance", "no row stored", ""], ...rows, [...whole, "all of it"]];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const { made, accepted, stored, rejected } = result;
  const rate = accepted / Math.max(1, (result.period.to - period.from) / 1000);
  return [
    reconciliation.text,
    "",
    ...lines,
    "",
    `events: ${grouped(made)} made, ${grouped(accepted)} accepted (${grouped(rate)} a second), ` +
      `${grouped(stored)} stored, ${grouped(rejected)} messages rejected; ` +
      `the last one was stored ${duration(catchUpSeconds * 1000)} after it was accepted`,
  ].join("\n");
}

/** The longest stretch that ends in this span; it begins with what came last before a fault. */
function longest(stretches: readonly Stretch[], span: Stretch, leastMs: number): string {
  const within = stretches.filter(({ to }) => to > span.from && to <= span.to);
  const ms = Math.max(0, ...within.map(({ from, to }) => to - from));
  return ms === 0 ? `under ${duration(leastMs)}` : duration(ms);
}
