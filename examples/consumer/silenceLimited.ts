import { connect, type Socket } from "node:net";

/**
 * Good limits in ms. A producer's is just below its request timeout, at which kafkajs would keep the connection. To a
 * consumer over a slow link an answer may pause while packets are sent again.
 */
export const silenceMs = { producer: 1_700, consumer: 3_000 } as const;

/** Kafka's keys of the requests whose answer may wait for the rest of a group: JoinGroup, SyncGroup. */
const waitingForGroup = new Set([11, 14]);

/**
 * Connections for kafkajs (`new Kafka({socketFactory})`) that are given up when a broker owes an answer and has sent
 * nothing for so long. After its own request timeout kafkajs 2.2.4 keeps the connection and asks the same broker again,
 * also for news of the others: a client that is connected to none but a frozen broker would never learn who leads now.
 * An answer that comes slowly, over a slow link, is no silence; nor is a group that waits for one of its members.
 */
export function silenceLimited(limitMs: number) {
  return ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }): Socket => {
    const socket = connect({ host, port, noDelay: true }, onConnect);
    /** Keys of the requests that are not answered yet, the oldest first: a broker answers in this order. */
    const owed: number[] = [];
    let alarm: NodeJS.Timeout | undefined;
    const listen = () => {
      clearTimeout(alarm);
      const [oldest] = owed;
      const silent = oldest !== undefined && !waitingForGroup.has(oldest);
      // kafkajs listens for this, rejects what waits, and ends the socket.
      alarm = silent ? setTimeout(() => socket.emit("timeout"), limitMs) : undefined;
    };
    const write = socket.write.bind(socket) as (data: Buffer, encoding?: BufferEncoding) => boolean;
    // kafkajs writes one whole request at a time: its length in four bytes, then its key in two.
    socket.write = ((data: Buffer, encoding?: BufferEncoding) => {
      owed.push(data.readInt16BE(4));
      if (owed.length === 1) listen();
      return write(data, encoding);
    }) as Socket["write"];
    const answersEndedBy = answerCounter();
    socket.on("data", (chunk) => {
      owed.splice(0, answersEndedBy(chunk));
      listen();
    });
    socket.on("close", () => clearTimeout(alarm));
    // One that only ends lives on until the other side answers, and its late errors would hit the connection made after
    // it.
    socket.end = () => socket.destroy();
    return socket;
  };
}

/** Counts the answers that end in each chunk of what a broker sends: each begins with its length in four bytes. */
function answerCounter(): (chunk: Buffer) => number {
  let length: number[] = [];
  let left = 0;
  return (chunk) => {
    let ended = 0;
    for (let at = 0; at < chunk.length;) {
      if (left === 0) {
        length.push(chunk[at++] as number);
        if (length.length < 4) continue;
        left = Buffer.from(length).readInt32BE();
        length = [];
      }
      const taken = Math.min(left, chunk.length - at);
      left -= taken;
      at += taken;
      if (left === 0) ended++;
    }
    return ended;
  };
}
