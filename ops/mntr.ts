import { connect } from "node:net";

/** The part of ZooKeeper's answer to `mntr` that a gate needs. */
export interface Mntr {
  readonly serverState: string;
  /** The state of a follower: `following - broadcast` once it has caught up; absent before 3.6. */
  readonly peerState?: string;
  /** The number of followers in sync; only a leader has it. */
  readonly syncedFollowers?: number;
  readonly version?: string;
}

/** Reads an answer to `mntr`. Throws when the server answers with something else, e.g. that it does not serve. */
export function parseMntr(text: string): Mntr {
  const values = new Map(
    text.split("\n").flatMap((line) => {
      const tab = line.indexOf("\t");
      return tab < 0 ? [] : [[line.slice(0, tab), line.slice(tab + 1).trim()] as const];
    }),
  );
  const serverState = values.get("zk_server_state");
  if (serverState === undefined) {
    const answer = text.trim().split("\n")[0] ?? "";
    if (answer === "") throw new Error("closes the connection without an answer");
    if (/not currently serving/.test(answer)) throw new Error("runs, but is in no quorum");
    throw new Error(`answers mntr with "${answer.slice(0, 120)}"`);
  }
  const synced = values.get("zk_synced_followers");
  return {
    serverState,
    peerState: values.get("zk_peer_state"),
    syncedFollowers: synced === undefined ? undefined : Number(synced),
    version: values.get("zk_version")?.split(/[-,]/)[0],
  };
}

/** Whether the server takes part in the quorum, by its own word. */
export function inQuorum({ serverState, peerState }: Mntr): boolean {
  const takesPart = serverState === "leader" || serverState === "follower";
  return takesPart && (peerState === undefined || peerState.endsWith("broadcast"));
}

/** Sends a four-letter word by plain TCP and reads until the server closes. Rejects after `timeoutMs`. */
export function fourLetterWord(host: string, port: number, word: string, timeoutMs = 2000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const chunks: Buffer[] = [];
    let connected = false;
    const alarm = setTimeout(() => {
      socket.destroy();
      reject(
        new Error(`${connected ? "no answer" : "no connection"} from ${host}:${port} within ${timeoutMs / 1000} s`),
      );
    }, timeoutMs);
    socket.on("connect", () => {
      connected = true;
      socket.write(word);
    });
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(alarm);
      reject(
        new Error(`${error.code === "ECONNREFUSED" ? "connection refused by" : `${error.message} at`} ${host}:${port}`),
      );
    });
    socket.on("close", () => {
      clearTimeout(alarm);
      resolve(Buffer.concat(chunks).toString("utf8"));
    });
  });
}
