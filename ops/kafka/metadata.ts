import type { ClusterView } from "../kafkaGate";
import { ask, NoAnswer, type Address } from "./connection";
import type { Request } from "./protocol";

/** The id and address of a broker. */
export interface BrokerAddress extends Address {
  readonly id: number;
}

/**
 * The host and port of a broker.
 * @param address `host:port`
 */
export function brokerAddress({ id, address }: { readonly id: number; readonly address: string }): BrokerAddress {
  const colon = address.lastIndexOf(":");
  return { id, host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

/** The extent of a question for metadata, and its time. */
export interface Question {
  /** The topics to tell of; "none" gives the brokers and the controller. */
  readonly topics: "all" | "none";
  readonly timeoutMs: number;
}

/**
 * The request for metadata. A partition without a leader is data, not an error. Version 1 is the first in which an
 * empty list means no topic.
 */
export function metadata(topics: Question["topics"]): Request<ClusterView> {
  return {
    apiKey: 3,
    apiVersion: 1,
    flexible: false,
    write: (writer) => writer.structures(topics === "all" ? null : [], () => undefined),
    read: (reader) => ({
      brokers: reader
        .structures(() => {
          const [id, host, port] = [reader.int32(), reader.text(), reader.int32()];
          reader.text(); // rack
          return { id, host, port };
        })
        .sort((a, b) => a.id - b.id),
      controllerId: reader.int32(),
      topics: reader.structures(() => {
        reader.int16(); // error
        const name = reader.text();
        reader.boolean(); // internal
        const partitions = reader.structures(() => {
          reader.int16(); // error: no leader, for one
          return {
            partition: reader.int32(),
            leader: reader.int32(),
            replicas: reader.int32s(),
            isr: reader.int32s(),
          };
        });
        return { name, partitions: partitions.sort((a, b) => a.partition - b.partition) };
      }),
    }),
  };
}

/** The cluster as the broker at this address sees it. Rejects with NoAnswer. */
export function askBroker(address: Address, { topics, timeoutMs }: Question): Promise<ClusterView> {
  return ask(address, metadata(topics), timeoutMs);
}

/** Asks every broker at once, and gives the answer to go by. Rejects with NoAnswer when none comes. */
export async function askAll(brokers: readonly BrokerAddress[], question: Question): Promise<ClusterView> {
  const answers = new Map<number, ClusterView>();
  const problems: string[] = [];
  await Promise.all(
    brokers.map((broker) =>
      askBroker(broker, question).then(
        (view) => answers.set(broker.id, view),
        (error: Error) => problems.push(`broker ${broker.id}: ${error.message}`),
      ),
    ),
  );
  const view = mostTrusted(answers);
  if (view === undefined) throw new NoAnswer(`no broker answers: ${problems.sort().join(", ")}`);
  return view;
}

/**
 * The one answer of several brokers to go by. A broker that is cut off still tells of the past, so: the controller that
 * most name, and among those who name it itself, if it answers.
 * @param answers by the broker that gave it
 */
export function mostTrusted(answers: ReadonlyMap<number, ClusterView>): ClusterView | undefined {
  const votes = new Map<number, number>();
  for (const { controllerId } of answers.values()) votes.set(controllerId, (votes.get(controllerId) ?? 0) + 1);
  const [winner] = [...votes].sort(([idA, a], [idB, b]) => b - a || idB - idA)[0] ?? [];
  if (winner === undefined) return undefined;
  const own = answers.get(winner);
  if (own?.controllerId === winner) return own;
  return [...answers.values()].find(({ controllerId }) => controllerId === winner);
}
