import type { Values } from "../../cli/command";
import { flag, reportFile, wholeNumber, withDefault } from "../../cli/options";
import { UsageError } from "../../cli/userError";

/** The declaration of `npm run example`. */
export const exampleCommand = {
  name: "example",
  about:
    "Runs examples/activity on the local stack: a client host with collector, store and PostgreSQL, and the way to " +
    "it from a browser of this machine. Ctrl-C ends it and removes the host. With --minutes or --faults it ends by " +
    "itself, and counts: exit code 0 only when each event of the visitors is stored once.",
  options: {
    eventsPerSecond: withDefault(
      wholeNumber("N", "of made-up visitors, up to 20,000; 0: only what you click", 0, 20_000),
      "50",
    ),
    minutes: wholeNumber("N", "for which visitors come, up to 120 (default: until Ctrl-C; with --faults 10)", 1, 120),
    faults: flag("kill a broker, the store, the collector and PostgreSQL in turn, and roll the brokers"),
    port: withDefault(wholeNumber("N", "of 127.0.0.1, for the browser", 1024, 65_535), "8090"),
    html: reportFile("the reconciliation as a page (default reports/example-<time>.html)"),
  },
  notes: `It runs on the local stack only (npm start): PostgreSQL is in the image of its client host, and the lab leads
a port of this machine past the client security group, which lets nobody in. On AWS, deploy examples/activity as its
README says.`,
};

/** What one command is to run. */
export interface ExampleRequest {
  readonly eventsPerSecond: number;
  /** Minutes of a proof; undefined: there is none, and it runs until Ctrl-C. */
  readonly minutes: number | undefined;
  readonly faults: boolean;
  readonly port: number;
  readonly html: string;
}

const faultMinutes = 10;

/**
 * The request that options stand for. Throws a UsageError.
 * @param now for the name of the report
 */
export function exampleRequest(values: Values<(typeof exampleCommand)["options"]>, now: Date): ExampleRequest {
  const minutes = values.minutes ?? (values.faults ? faultMinutes : undefined);
  if (minutes !== undefined && values.eventsPerSecond === 0)
    throw new UsageError("--events-per-second 0: without visitors there is nothing to count; 1 or more is wanted");
  const html = values.html ?? `reports/example-${now.toISOString().slice(0, 19).replaceAll(":", "")}.html`;
  return { ...values, minutes, html };
}
