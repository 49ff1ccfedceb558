import type { ClientName } from "../../drills/loadReport";

/** The clients, by the number that their events' values begin with: VerifiableProducer's `--value-prefix`. */
export const clientNames: readonly ClientName[] = ["kafkajs", "java"];

/** The number that a client's events begin with. */
export const prefixOf = (client: ClientName): number => clientNames.indexOf(client);

/** Filling of an event: an activity event has about 370 bytes. */
const filling = ` ${"activity ".repeat(40)}`;

/** The value of a numbered event of kafkajs; VerifiableProducer's are like it, without filling. */
export const eventValue = (client: ClientName, number: number): string => `${prefixOf(client)}.${number}${filling}`;

/** The client and the number of an event, read from its value; undefined for anything else. */
export function parseEvent(value: string): { readonly client: ClientName; readonly number: number } | undefined {
  const [, prefix, digits] = /^(\d)\.(\d{1,15})(?: |$)/.exec(value.slice(0, 20)) ?? [];
  const client = clientNames[Number(prefix)];
  return client === undefined || digits === undefined ? undefined : { client, number: Number(digits) };
}
