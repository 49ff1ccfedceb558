import { connect, type Socket } from "node:net";

/**
 * Connections for kafkajs producers (`new Kafka({socketFactory})`) that are given up when a broker is silent for so
 * long. After its own request timeout kafkajs 2.2.4 keeps the connection and asks the same broker again, also for news
 * of the others: a producer that is connected to none but a frozen broker would never learn who leads now. Not for
 * consumers: a member that waits for the rest of its group hears nothing for longer.
 */
export function silenceLimited(limitMs: number) {
  return ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }): Socket => {
    const socket = connect({ host, port, noDelay: true }, onConnect);
    // kafkajs listens for this, rejects what waits, and ends the socket.
    socket.setTimeout(limitMs);
    // One that only ends lives on until the other side answers, and its late errors would hit the connection made after
    // it.
    socket.end = () => socket.destroy();
    return socket;
  };
}
