import type { BrokerAddress } from "../kafka/metadata";
import { askBroker } from "../kafka/metadata";

const timeoutMs = 4000;

/** What came of asking one broker for the members of the cluster. */
export interface Probe {
  /** How long the answer took, connection included; undefined when there was none. */
  readonly seconds?: number;
}

/** Asks a broker. Never rejects. */
export async function probe(address: BrokerAddress): Promise<Probe> {
  const begun = performance.now();
  return askBroker(address, { topics: "none", timeoutMs }).then(
    () => ({ seconds: (performance.now() - begun) / 1000 }),
    () => ({}),
  );
}
