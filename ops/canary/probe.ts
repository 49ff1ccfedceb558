import { askBroker, type BrokerAddress } from "../kafka/metadata";

const timeoutMs = 4000;

/** Whether a broker answers a question for the members of the cluster. Never rejects. */
export async function answers(address: BrokerAddress): Promise<boolean> {
  return askBroker(address, { topics: "none", timeoutMs }).then(
    () => true,
    () => false,
  );
}
