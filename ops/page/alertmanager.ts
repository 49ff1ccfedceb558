/** Asks the Alertmanager for what fires (https://github.com/prometheus/alertmanager, api/v2/openapi.yaml). */
import { z } from "zod";
import { fetched } from "./prometheus";
import type { Alert } from "./seen";

const found = z.array(
  z.object({
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
    startsAt: z.string(),
  }),
);

/** The alert that fires always, so that its silence is noticed. */
const watchdog = "Watchdog";

/** Reads what Alertmanager answers. Throws when it is something else. */
export function parseAlerts(text: string): Alert[] {
  return found.parse(JSON.parse(text)).flatMap(({ labels, annotations, startsAt }) => {
    const { alertname: name = "an alert without a name", severity, node } = labels;
    if (name === watchdog) return [];
    return [
      {
        name,
        severity: severity === "ticket" ? "ticket" : "page",
        node,
        summary: annotations.summary ?? name,
        description: annotations.description ?? "",
        runbook: annotations.runbook,
        since: Date.parse(startsAt),
      },
    ];
  });
}

/** The alerts that fire, by the Alertmanager at this address. Rejects when it does not answer. */
export async function alertsAt(url: string, deadlineMs = 5000): Promise<Alert[]> {
  // What is silenced is wrong all the same; what is inhibited is there under the name of its cause.
  return parseAlerts(await fetched(`${url}/api/v2/alerts?silenced=true&inhibited=false`, deadlineMs));
}
