/** The page's server: two answers and one page, to whoever reaches this machine's loopback address. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { ChartsAnswer } from "./answers";
import { spans, type Span } from "./charts";
import { nowAnswer, pageOf } from "./html";
import type { Lookout } from "./lookout";

/** The names by which a tunnel asks for the page; another one is a web page's that has led a browser here. */
const ownNames = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * The server.
 * @param program what runs in the browser
 * @param onRequest told of each request
 */
export function pageServer(
  lookout: Pick<Lookout, "seen" | "charts">,
  program: string,
  onRequest: () => void = () => undefined,
): Server {
  return createServer((request, response) => {
    onRequest();
    answer(lookout, program, request, response).catch((error: Error) => {
      console.error(`${request.url}: ${error.message}`);
      if (!response.headersSent) send(response, 500, "text/plain", `the page can't be made: ${error.message}\n`);
    });
  });
}

async function answer(
  lookout: Pick<Lookout, "seen" | "charts">,
  program: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!ownNames.test(request.headers.host ?? "")) {
    return send(response, 421, "text/plain", "this page is asked for as localhost\n");
  }
  if (request.method !== "GET") return send(response, 405, "text/plain", "only GET is known here\n");
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  switch (pathname) {
    case "/": {
      const { html, policy } = pageOf(await lookout.seen(), program);
      return send(response, 200, "text/html; charset=utf-8", html, { "content-security-policy": policy });
    }
    case "/now":
      return send(response, 200, "application/json", JSON.stringify(nowAnswer(await lookout.seen())));
    case "/charts": {
      const span = searchParams.get("span") ?? "1h";
      if (!Object.hasOwn(spans, span)) {
        return send(response, 400, "text/plain", `span: one of ${Object.keys(spans).join(", ")} is wanted\n`);
      }
      const answered: ChartsAnswer = { charts: await lookout.charts(span as Span) };
      return send(response, 200, "application/json", JSON.stringify(answered));
    }
    default:
      return send(response, 404, "text/plain", "there is /, /now and /charts\n");
  }
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    "content-type": type,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    ...headers,
  });
  response.end(body);
}
