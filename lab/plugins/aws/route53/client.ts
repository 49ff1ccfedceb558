import { GetChangeCommand, Route53Client } from "@aws-sdk/client-route-53";

import type { Context } from "../core/context";
import { serviceClient } from "../core/context";
import { textOf } from "../core/kinds";
import { waitFor } from "../core/wait";

export const route53 = serviceClient("route53", (settings) => new Route53Client(settings));

const label = "[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?";

export const dnsName = textOf(
  new RegExp(`^(?=.{1,255}$)(\\*\\.)?(${label}\\.)*${label}\\.?$`),
  "a DNS name like kafka-1.example.internal",
);

export const hostedZoneId = textOf(/^Z[A-Z0-9]{1,31}$/, "a hosted zone id like Z0123456789ABCDEFGHIJ");

export function withoutDot(name: string): string {
  return name.replace(/\.$/, "").toLowerCase();
}

/** Route 53 answers before its name servers know. */
export async function waitForChange(context: Context, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  let status = "";
  await waitFor(context, {
    what: `Route 53's name servers to take over change ${id}`,
    timeoutSeconds: 30 * 60,
    seen: () => status,
    poll: async () => {
      status = (await route53(context).send(new GetChangeCommand({ Id: id }))).ChangeInfo?.Status ?? "";
      return status === "INSYNC" ? true : undefined;
    },
  });
}
