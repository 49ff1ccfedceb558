import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { encodeSent, type EventMessage } from "../events/message";
import type { Ledger } from "./ledger";
import type { Metrics } from "./metrics";
import type { Outbox } from "./outbox";
import type { CollectorSettings } from "./settings";
import type { Spool } from "./spool";

/** What the server works with. */
export interface ServerParts {
  readonly settings: CollectorSettings;
  readonly outbox: Outbox;
  readonly spool: Spool;
  readonly ledger: Ledger;
  readonly metrics: Metrics;
  /** Bytes of the bodies that are being read; the server adds to it. */
  readonly reading: { bytes: number };
  readonly onError: (error: Error) => void;
}

const mostEvents = 1_000;
/** Ms for a request to arrive: less than load balancers give it, more than a slow phone needs for 256 KiB. */
const requestMs = 30_000;
const headersMs = 10_000;
/** A connection that rests is kept longer than an Application Load Balancer does (60 s): it closes, never this. */
const keepAliveMs = 65_000;
const retryAfterSeconds = { busy: 1, spoolFull: 30 };
const longestQueryDays = 7;
const otherOrigin = { reasons: ["this origin may not send events (ORIGINS)"] };

interface Refused {
  readonly index: number;
  readonly reasons: readonly string[];
}

/** The HTTP server; the README says what each path answers. */
export function makeServer(parts: ServerParts): FastifyInstance {
  const { settings, outbox, spool, ledger, metrics } = parts;
  const app = fastify({
    bodyLimit: settings.BODY_KIB * 1024,
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    // The load balancer, which is the connection's other end, writes who it speaks for at the end of the header.
    trustProxy: settings.KEEP_ADDRESS === "forwarded" && ((_address: string, hop: number) => hop === 0),
    forceCloseConnections: "idle",
    http: { headersTimeout: headersMs, connectionsCheckingInterval: 1_000 },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(["text/plain", "application/json"], { parseAs: "buffer" }, (_request, body, done) => {
    done(null, body);
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ reasons: ["no such path; see /healthz"] }));
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) parts.onError(error);
    return reply.code(status).send({ reasons: [status >= 500 ? "an error of the collector" : error.message] });
  });

  const mayUse = (request: FastifyRequest, reply: FastifyReply): boolean => {
    const { origin } = request.headers;
    if (settings.ORIGINS.includes("*")) reply.header("access-control-allow-origin", "*");
    else if (origin !== undefined && settings.ORIGINS.includes(origin)) {
      reply.headers({ "access-control-allow-origin": origin, vary: "origin" });
    } else return origin === undefined;
    return true;
  };

  app.options("/events", (request, reply) => {
    if (!mayUse(request, reply)) return reply.code(403).send(otherOrigin);
    const allowed = { "access-control-allow-methods": "POST", "access-control-allow-headers": "content-type" };
    return reply
      .code(204)
      .headers({ ...allowed, "access-control-max-age": "86400" })
      .send();
  });

  app.post("/events", {
    onRequest: async (request, reply) => {
      reply.raw.once("close", () => metrics.answers.inc({ status: reply.statusCode }));
      if (!mayUse(request, reply)) return reply.code(403).send(otherOrigin);
      if (request.headers["content-encoding"] !== undefined) {
        return reply.code(415).send({ reasons: ["bodies are taken without content-encoding only"] });
      }
      // A body that says it is larger is refused before it is read.
      const most = settings.BODY_KIB * 1024;
      const bytes = Math.min(Number(request.headers["content-length"] ?? most), most);
      if (parts.reading.bytes + outbox.bytes + bytes > settings.IN_FLIGHT_MIB * 2 ** 20) {
        reply.header("retry-after", retryAfterSeconds.busy);
        return reply.code(429).send({ reasons: ["too many events are under way; send the same again later"] });
      }
      parts.reading.bytes += bytes;
      reply.raw.once("close", () => (parts.reading.bytes -= bytes));
    },
    handler: async (request, reply) => {
      const receivedMs = Date.now();
      const events = readBatch(request.body);
      if ("reasons" in events) return reply.code(400).send(events);
      if (events.length > mostEvents) {
        return reply
          .code(413)
          .send({ reasons: [`${events.length} events, but at most ${mostEvents} are taken at once`] });
      }
      const keepsAddress = settings.KEEP_ADDRESS !== "no" && isIP(request.ip) !== 0;
      const added = keepsAddress ? { address: request.ip } : undefined;
      const good: EventMessage[] = [];
      const refused: Refused[] = [];
      for (const [index, sent] of events.entries()) {
        const result = encodeSent(sent, receivedMs, added);
        if ("message" in result) good.push(result.message);
        else refused.push({ index, reasons: result.reasons });
      }
      if (refused.length > 0) {
        ledger.add(receivedMs, "refused", refused.length);
        metrics.events.inc({ outcome: "refused" }, refused.length);
      }
      if (good.length === 0) return reply.code(400).send({ refused });
      try {
        await outbox.add(good);
      } catch (error) {
        parts.onError(error as Error);
        reply.header("retry-after", retryAfterSeconds.spoolFull);
        return reply
          .code(503)
          .send({ reasons: ["neither Kafka nor the spool takes events; send the same again later"] });
      }
      return reply.code(202).send({ accepted: good.length, refused });
    },
  });

  app.get("/healthz", () => ({ kafka: outbox.isConnected ? "connected" : "away", spoolBytes: spool.bytes }));
  app.get("/metrics", async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  app.get<{ Querystring: { from?: string; to?: string } }>("/accepted", (request, reply) => {
    const { from, to } = request.query;
    const [fromMs, toMs] = [Date.parse(String(from)), Date.parse(String(to))];
    // Not `>` alone: no time at all is no such period either.
    if (!(toMs > fromMs && toMs - fromMs <= longestQueryDays * 86_400_000)) {
      const rule = `at most ${longestQueryDays} days, such as ?from=2026-11-29T12:00Z&to=2026-11-29T13:00Z`;
      return reply.code(400).send({ reasons: [`from and to give no period: ${rule}`] });
    }
    return reply.send({ minutes: ledger.between(fromMs, toMs) });
  });

  const file = (path: string, name: string, type: string) => {
    const text = readFileSync(join(__dirname, "browser", name), "utf8");
    app.get(path, (_request, reply) => reply.type(type).header("cache-control", "max-age=300").send(text));
  };
  file("/activity.js", "activity.js", "text/javascript; charset=utf-8");
  if (settings.DEMO_PAGE === "yes") file("/", "demo.html", "text/html; charset=utf-8");
  return app;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The events of a body: a list of them, or one. */
function readBatch(body: unknown): readonly unknown[] | { readonly reasons: readonly string[] } {
  if (!Buffer.isBuffer(body) || body.length === 0) return { reasons: ["the body is empty; send a list of events"] };
  try {
    const value = JSON.parse(utf8.decode(body)) as unknown;
    const events = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    return events.length > 0 ? events : { reasons: ["the list has no events"] };
  } catch (error) {
    return { reasons: [`the body is no JSON in UTF-8: ${(error as Error).message.slice(0, 200)}`] };
  }
}
