/** What a browser sees of the example: the collector as behind a load balancer, and the page of what is stored. */
import { readFileSync } from "node:fs";
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { programNames, type ProgramName } from "./parameters";
import { minuteOf, type Pipeline } from "./pipeline";
import { lastRows, rowsByMinute } from "./rows";

/** How far back the page looks. */
const shownMs = 600_000;
const collectorMs = 30_000;
/** What was received so long ago is in Kafka, unless that is away. */
const settledMs = 10_000;

interface Accepted {
  readonly minutes: readonly {
    readonly minute: string;
    readonly acknowledged: number;
    readonly spooled: number;
    readonly refused: number;
  }[];
}

/** What the front is made of. */
export interface FrontParts {
  readonly pipeline: Pipeline;
  readonly databaseUrl: string;
  /** File with the page. */
  readonly page: string;
  readonly port: number;
  /** Told what a person has killed. */
  readonly onKill: (program: ProgramName) => void;
}

/** Serves `/live`, `/live/counts`, `/reconciliation` and `POST /kill/NAME`; all else is the collector's. */
export function serveFront({ pipeline, databaseUrl, page, port, onKill }: FrontParts): Server {
  const counts = async () => {
    const from = new Date(Math.max(pipeline.beganAt, Date.now() - shownMs));
    const period = new URLSearchParams({ from: from.toISOString(), to: new Date(Date.now() + 60_000).toISOString() });
    const accepted = fetch(`${pipeline.collector}/accepted?${period}`, { signal: AbortSignal.timeout(collectorMs) })
      .then(async (answer) => ((await answer.json()) as Accepted).minutes)
      // It is away for as long as it takes to start again.
      .catch(() => undefined);
    const stored = Promise.all([rowsByMinute(databaseUrl, from), lastRows(databaseUrl, from)]).catch(() => undefined);
    const [minutes, rows] = [await accepted, await stored];
    return {
      accepted: minutes,
      stored: rows?.[0],
      rows: rows?.[1],
      programs: programNames.map((name) => ({ name, starts: pipeline.programs[name].starts })),
    };
  };
  const own: Readonly<Record<string, () => Promise<readonly [type: string, text: string]>>> = {
    "GET /live": () => Promise.resolve(["text/html; charset=utf-8", readFileSync(page, "utf8")]),
    "GET /live/counts": async () => ["application/json", JSON.stringify(await counts())],
    "GET /reconciliation": async () => {
      const until = minuteOf(Date.now() - settledMs);
      if (until.getTime() <= pipeline.beganAt) return ["text/plain", "no minute is over that could be compared\n"];
      const found = await pipeline.reconcile(until);
      return found.page === "" ? ["text/plain; charset=utf-8", found.text] : ["text/html; charset=utf-8", found.page];
    },
    ...Object.fromEntries(
      programNames.map((name) => [
        `POST /kill/${name}`,
        () => {
          onKill(name);
          return Promise.resolve(["text/plain", `${name} is killed\n`] as const);
        },
      ]),
    ),
  };
  const server = createServer((incoming, response) => {
    const answer = own[`${incoming.method} ${incoming.url}`];
    if (answer === undefined) return pass(incoming, response, pipeline.collector);
    answer().then(
      ([type, text]) => response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(text),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  return server.listen(port, "127.0.0.1");
}

/** Hands a request on, and its answer back. */
function pass(incoming: IncomingMessage, response: ServerResponse, to: string): void {
  const { method, headers, url } = incoming;
  const outgoing = request(`${to}${url}`, { method, headers, timeout: collectorMs }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  outgoing.on("timeout", () => outgoing.destroy(new Error("no answer")));
  outgoing.on("error", () => {
    if (response.headersSent) return response.destroy();
    response.writeHead(503, { "retry-after": "1" }).end("the collector is away\n");
  });
  incoming.pipe(outgoing);
}
