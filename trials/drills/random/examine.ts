/** The look at what each step of a random series has come to: the first one that breaks a promise ends it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DrillRequest } from "../arguments";
import type { DrillInfo } from "../catalog";
import { isChange } from "../changeCatalog";
import type { LeastInService } from "../changes/leastInService";
import type { Machines } from "../machines";
import { brokersTaken } from "../pairs";
import { judge, type DrillRun } from "../report";
import { leftBehind, leftForGood } from "./leftBehind";

/** Seconds for reading one machine's logs. */
const logSeconds = 60;

/**
 * Begins a series, on a cluster that nothing has been done to, and gives the look at each of its steps: nothing lost,
 * all within budget, no more brokers out than the faults take, nothing left behind. It gives the reason for which the
 * series ends, with the way to repeat it, and keeps the logs of all machines in a folder beside the report.
 *
 * @param least is asked after a step for the least in service during it
 */
export async function examination(
  { stack, seed, html }: Pick<DrillRequest, "stack" | "seed" | "html">,
  machines: Machines,
  least: () => Pick<LeastInService, "tooFew">,
  signal: AbortSignal,
): Promise<(run: DrillRun, drill: DrillInfo) => Promise<string | undefined>> {
  const before = await machines.state();
  let step = 0;
  return async (run, drill) => {
    step++;
    // A change judges the nodes in service itself.
    const tooFew = isChange(drill) ? [] : least().tooFew("brokers", brokersTaken(drill.name));
    const broken = [...judge(run), ...tooFew];
    const look = () => leftBehind(stack, machines, before);
    const left = await (broken.length === 0 ? leftForGood(look, signal) : look().catch(() => []));
    broken.push(...left.map((what) => `left behind: ${what}`));
    if (broken.length === 0) return undefined;
    const folder = `${html.replace(/\.html$/, "")}-step-${step}`;
    await keepLogs(machines, Math.floor(run.startedAt / 1000), folder);
    return [
      `step ${step} of seed ${seed}, ${drill.name}:`,
      ...broken.map((what) => `  ${what}`),
      `the machines' logs are in ${folder}`,
      `alone: \`npm run drill -- ${drill.name}\`; from the start: \`npm run drill -- random --seed ${seed}\``,
    ].join("\n");
  };
}

/**
 * Writes the logs of every machine to a folder; in place of those that can't be had, the reason.
 * @param since seconds since 1970
 */
async function keepLogs(machines: Machines, since: number, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { brokers, zookeeper } = machines.cluster;
  const args = [String(since)];
  const keep = async (name: string, logs: Promise<string>) =>
    writeFileSync(join(folder, `${name}.log`), await logs.catch((error: Error) => `${error.message}\n`));
  await Promise.all([
    ...[...brokers, ...zookeeper].map(({ name }) => keep(name, machines.runOnNode(name, "logs", args, logSeconds))),
    keep("ops", machines.runOnOpsHost("logs", args, logSeconds)),
  ]);
}
