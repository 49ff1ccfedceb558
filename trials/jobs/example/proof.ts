import { setTimeout as pause } from "node:timers/promises";
import type { Operator } from "../drill/operator";
import { until } from "../drill/within";
import { storedLine, type Deed, type ExampleResult, type Proof } from "./parameters";
import { minuteOf, type Pipeline } from "./pipeline";
import { countRows, RowWatch } from "./rows";
import type { Visitors } from "./visitors";

/** The topic may have millions of events from before, which are stored first. */
const firstMs = 900_000;
/** How long the operator may take beyond the visitors' time: a roll of all brokers, twice. */
const operatorMs = 1_800_000;
const leaveMs = 300_000;
const catchUpMs = 600_000;

/** What a proof is made with. */
export interface ProofParts {
  readonly pipeline: Pipeline;
  readonly databaseUrl: string;
  readonly visitors: Visitors;
  /** Absent where there is no CONTROL_URL. */
  readonly operator: Operator | undefined;
}

/** Lets visitors come while programs are killed, waits until everything is stored, and counts. */
export async function prove(proof: Proof, parts: ProofParts): Promise<ExampleResult> {
  const { pipeline, databaseUrl, visitors, operator } = parts;
  const began = new Date(pipeline.beganAt);
  const rows = () => countRows(databaseUrl, began);
  await until(firstMs, async () => {
    await pause(1_000);
    const { stored } = await rows().catch(() => ({ stored: 0 }));
    return stored > 0 ? "" : "no event of a visitor is stored";
  });
  console.log(storedLine);
  const from = Date.now();
  const watch = new RowWatch(databaseUrl);
  const kills: Deed[] = [];
  for (const { program, atSecond } of [...proof.kills].sort((one, other) => one.atSecond - other.atSecond)) {
    await pause(Math.max(0, from + atSecond * 1000 - Date.now()));
    kills.push({ at: Date.now(), what: `kill -9 of ${program}` });
    console.log(`kill -9 of ${program}`);
    pipeline.programs[program].kill();
  }
  await pause(Math.max(0, from + proof.seconds * 1000 - Date.now()));
  if (proof.awaitsOperator) await operator?.hears("undone", operatorMs);

  console.log("the visitors leave");
  let all = false;
  void visitors.leave().then(() => (all = true));
  await until(leaveMs, () => (all ? "" : `${visitors.made - visitors.accepted} events have not been accepted`));
  console.log("waiting until everything that was accepted is stored");
  await until(catchUpMs, async () => {
    // Counting takes the processors that the store needs.
    await pause(1_000);
    const { stored } = await rows().catch(() => ({ stored: 0 }));
    return stored >= visitors.accepted ? "" : `${visitors.accepted - stored} events are not stored`;
  }).catch(({ message }: Error) => console.log(message));
  const catchUpSeconds = (Date.now() - visitors.lastAt) / 1000;
  await watch.end();
  console.log("comparing what was accepted, is in Kafka and is stored");
  const reconciliation = await pipeline.reconcile(minuteOf(Date.now() + 60_000));
  const inPeriod = ({ to }: { readonly to: number }) => to > from;
  return {
    made: visitors.made,
    accepted: visitors.accepted,
    refused: visitors.refused,
    ...(await rows()),
    catchUpSeconds,
    period: { from, to: visitors.lastAt },
    withoutAcceptance: visitors.acceptances.stretches.filter(inPeriod),
    withoutRow: watch.rows.stretches.filter(inPeriod),
    kills,
    reconciliation,
  };
}
