import { counted } from "../../../ops/gateVerdict";
import { isChangeName } from "../changeCatalog";
import { faultsOf } from "../catalog";
import { duration, type DrillRun } from "../report";
import { grouped } from "../table";

/**
 * A random series in a line: `random --seed 7: 0.50 hours, 9 steps with 12 faults and 1 change, 301,250 events
 * acknowledged, 0 lost, longest gap 6.70 s (freeze+zk-corrupt)`.
 * @param ms that it took, with all that is between the steps
 */
export function seriesText(runs: readonly DrillRun[], seed: number, ms: number): string {
  const clients = runs.flatMap(({ fault, load }) => (load?.clients ?? []).map((client) => ({ ...client, fault })));
  const sum = (figure: "acknowledged" | "lost") => grouped(clients.reduce((total, one) => total + one[figure], 0));
  const worst = [...clients].sort((a, b) => b.longestGapMs - a.longestGapMs)[0];
  const gap = worst === undefined ? "" : `, longest gap ${duration(worst.longestGapMs)} (${worst.fault})`;
  const faults = runs.flatMap(({ fault }) => faultsOf(fault)).length;
  const changes = runs.filter(({ fault }) => isChangeName(fault)).length;
  return (
    `random --seed ${seed}: ${(ms / 3_600_000).toFixed(2)} hours, ${counted(runs.length, "step")} with ` +
    `${counted(faults, "fault")} and ${counted(changes, "change")}, ${sum("acknowledged")} events acknowledged, ` +
    `${sum("lost")} lost${gap}`
  );
}
