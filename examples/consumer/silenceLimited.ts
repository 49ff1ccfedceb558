import { connect, Socket } from "node:net";

/**
 * Good limits in ms. A producer's is just below its request timeout, at which kafkajs would keep the connection. To a
 * consumer over a slow link an answer may pause while packets are sent again.
 */
export const silenceMs = { producer: 1_700, consumer: 3_000 } as const;

/** Kafka's keys of the requests whose answer may wait for the rest of a group: JoinGroup, SyncGroup. */
const waitingForGroup = new Set([11, 14]);

/** Those whose answer may wait for the broker's followers, which may be the silent ones: Produce, OffsetCommit. */
const waitingForFollowers = new Set([0, 8]);

/**
 * The time in ms for which a broker that fell silent is not asked again. kafkajs asks it at each try, also for the
 * group that it coordinated, and waits each time: with two brokers silent at once a consumer read nothing for 57 s.
 */
const quietMs = 2_000;

/** Bytes that are read at a time. */
const readBytes = 65_536;

/**
 * Connections for kafkajs (`new Kafka({socketFactory})`) that are given up when a broker owes an answer and has sent
 * nothing for so long. After its own request timeout kafkajs 2.2.4 keeps the connection and asks the same broker again,
 * also for news of the others: a client that is connected to none but a frozen broker would never learn who leads now.
 * An answer that comes slowly, over a slow link, is no silence; nor is a group that waits for one of its members.
 *
 * A connection to a broker that was silent itself ends at once with an error, so that kafkajs asks the others;
 * every two seconds one tries it again.
 *
 * kafkajs is given whole answers only. It keeps the beginning of one whose connection was lost, and takes what the next
 * connection brings for the rest of it: then it reads nothing of that broker any more, or ends with a RangeError.
 */
export function silenceLimited(limitMs: number) {
  /** Broker -> until when it is not asked, in ms since 1970. */
  const quietUntil = new Map<string, number>();
  return ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }): Socket => {
    const broker = `${host}:${port}`;
    if ((quietUntil.get(broker) ?? 0) > Date.now())
      return new Socket().destroy(new Error(`${broker} was silent a moment ago`));
    const beQuiet = () => quietUntil.set(broker, Date.now() + quietMs);
    /** Keys of the requests that are not answered yet, the oldest first: a broker answers in this order. */
    const owed: number[] = [];
    let alarm: NodeJS.Timeout | undefined;
    let verdict: NodeJS.Immediate | undefined;
    const hush = () => {
      clearTimeout(alarm);
      clearImmediate(verdict);
    };
    // kafkajs listens for this, rejects what waits, and ends the socket.
    const giveUp = () => {
      if (!waitingForFollowers.has(owed[0] ?? 0)) beQuiet();
      socket.emit("timeout");
    };
    const listen = () => {
      hush();
      const [oldest] = owed;
      if (oldest === undefined || waitingForGroup.has(oldest)) return;
      // Where it is this process that stood still, what came meanwhile is read first.
      alarm = setTimeout(() => (verdict = setImmediate(giveUp)), limitMs);
    };
    const answersEndedBy = answerReader();
    const take = (bytes: number, buffer: Uint8Array): boolean => {
      const answers = answersEndedBy(Buffer.from(buffer.subarray(0, bytes)));
      owed.splice(0, answers.length);
      listen();
      for (const answer of answers) socket.emit("data", answer);
      return true;
    };
    const onread = { buffer: Buffer.allocUnsafe(readBytes), callback: take };
    const socket = connect({ host, port, noDelay: true, onread }, () => {
      quietUntil.delete(broker);
      onConnect();
    });
    const write = socket.write.bind(socket) as (data: Buffer, encoding?: BufferEncoding) => boolean;
    // kafkajs writes one whole request at a time: its length in four bytes, then its key in two.
    socket.write = ((data: Buffer, encoding?: BufferEncoding) => {
      owed.push(data.readInt16BE(4));
      if (owed.length === 1) listen();
      return write(data, encoding);
    }) as Socket["write"];
    socket.on("close", hush);
    // One that only ends lives on until the other side answers, and its late errors would hit the connection made after
    // it.
    socket.end = () => {
      // A broker that was silent is not back as long as no connection comes about. Else its link may be full.
      if (socket.connecting && quietUntil.has(broker)) beQuiet();
      return socket.destroy();
    };
    return socket;
  };
}

/** Gives the answers that end in each chunk of what a broker sends: each begins with its length in four bytes. */
function answerReader(): (chunk: Buffer) => readonly Buffer[] {
  let chunks: Buffer[] = [];
  let missing = 4;
  return (chunk) => {
    chunks.push(chunk);
    missing -= chunk.length;
    const answers: Buffer[] = [];
    if (missing > 0) return answers;
    for (let bytes = Buffer.concat(chunks); ;) {
      const end = bytes.length < 4 ? 4 : 4 + bytes.readUInt32BE();
      missing = end - bytes.length;
      chunks = [bytes];
      if (missing > 0) return answers;
      answers.push(bytes.subarray(0, end));
      bytes = bytes.subarray(end);
    }
  };
}
