import { Agent, createServer, request } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from "node:http";
import type { AdminCalls } from "./admin";
import { answer } from "./answer";
import type { Certificate } from "./certificate";
import { log, messageOf } from "./log";
import { operatorAddress } from "./names";
import type { Region } from "./region";

/** The region's AWS endpoint: passes every call on as it came; some answers wait until the machine has followed. */

/** A larger body is never a query API call, and is passed on without a look. */
const largestQueryBody = 256 * 1024;

/** Actions after whose answer the caller may count on the effect. */
const settledActions = [
  /^(Attach|Detach|Modify)Volume$/,
  /^(Authorize|Revoke|Modify)SecurityGroup/,
  /^(Disa|A)ssociate(Address|RouteTable)$/,
  /^ModifyNetworkInterfaceAttribute$/,
  /^(Create|Modify|Delete)(Route|VpcEndpoints?)$/,
  /^ReplaceRoute$/,
];

const attachTimeoutMs = 10_000;

/** Headers that belong to one connection, not to the message. `Expect` has been answered by this server already. */
const connectionHeaders = new Set(["connection", "keep-alive", "proxy-connection", "upgrade", "expect"]);

export function passedHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !connectionHeaders.has(name)));
}

/** The AWS service that a request is signed for, from its header or its presigned URL. */
export function serviceOf(headers: IncomingHttpHeaders, url: string): string | undefined {
  const signed = /Credential=[^/]+\/\d+\/[^/]+\/([^/,\s]+)\/aws4_request/.exec(headers.authorization ?? "");
  return signed?.[1] ?? /X-Amz-Credential=[^&]*%2F([a-z0-9-]+)%2Faws4_request/i.exec(url)?.[1];
}

/** The path with its bucket, which may be the host's first label: `bucket.s3.us-east-1.amazonaws.com`. */
export function pathOf(host: string | undefined, url: string): string {
  const bucket = /^(.+)\.s3[.-][a-z0-9.-]*amazonaws\.com(:\d+)?$/.exec(host ?? "")?.[1];
  return bucket === undefined ? url : `/${bucket}${url}`;
}

/** Whether the answer to this call waits until its effect is there. */
export function waitsForEffect(service: string | undefined, method: string, action: string | undefined): boolean {
  if (service === "ec2") return action !== undefined && settledActions.some((settled) => settled.test(action));
  return service === "route53" && method !== "GET";
}

const isQueryCall = (headers: IncomingHttpHeaders): boolean =>
  (headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded") &&
  Number(headers["content-length"] ?? "0") <= largestQueryBody;

const xml = (text: string): string => text.replace(/[<>&]/g, (sign) => ({ "<": "&lt;", ">": "&gt;" })[sign] ?? "&amp;");

export interface ProxySettings {
  readonly emulatorHost: string;
  readonly emulatorPort: number;
}

export class Proxy {
  private readonly agent = new Agent({ keepAlive: false });

  constructor(
    private readonly region: Region,
    private readonly admin: AdminCalls,
    private readonly settings: ProxySettings,
  ) {}

  server(): Server {
    return patient(createServer((incoming, response) => this.answer(incoming, response)));
  }

  /** The same by TLS, as AWS's public names and endpoints are served. */
  tlsServer(certificate: Certificate): Server {
    const server = createTlsServer(certificate, (incoming, response) => this.answer(incoming, response));
    return patient(server);
  }

  private answer(incoming: IncomingMessage, response: ServerResponse): void {
    this.handle(incoming, response).catch((error: unknown) => {
      log(`api: ${incoming.method} ${incoming.url}: ${messageOf(error)}`);
      if (!response.headersSent) answer(response, 503, `the lab's AWS emulator does not answer: ${messageOf(error)}\n`);
      else response.destroy();
    });
  }

  private async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = incoming.url ?? "/";
    if (/^\/_(lab|emulator)(\/|\?|$)/.test(path)) {
      const source = incoming.socket.remoteAddress?.replace(/^::ffff:/, "");
      if (source !== operatorAddress) return answer(response, 403, "only the operator may do this\n");
      if (path.startsWith("/_lab")) return this.admin.handle(incoming, response);
    }
    if (incoming.method !== "POST" || !isQueryCall(incoming.headers)) {
      return this.pass(incoming, response, undefined, undefined);
    }
    const body = await readAll(incoming);
    const parameters = new URLSearchParams(body.toString("utf8"));
    if (parameters.get("Action") === "GetConsoleOutput" && this.answerConsole(parameters, response)) return;
    return this.pass(incoming, response, body, parameters);
  }

  /** Sends the call on, and its answer back. */
  private pass(
    incoming: IncomingMessage,
    response: ServerResponse,
    body: Buffer | undefined,
    parameters: URLSearchParams | undefined,
  ): Promise<void> {
    const method = incoming.method ?? "GET";
    const { host } = incoming.headers;
    const url = pathOf(host, incoming.url ?? "/");
    const action = parameters?.get("Action") ?? undefined;
    const waits = waitsForEffect(serviceOf(incoming.headers, url), method, action);
    return new Promise((done, fail) => {
      const outgoing = request(
        {
          host: this.settings.emulatorHost,
          port: this.settings.emulatorPort,
          method,
          path: url,
          // By its own address: moto finds buckets in the names of hosts in a way of its own.
          headers: {
            ...passedHeaders(incoming.headers),
            host: `${this.settings.emulatorHost}:${this.settings.emulatorPort}`,
          },
          agent: this.agent,
        },
        (result) => {
          const status = result.statusCode ?? 502;
          const relay = (): void => {
            const headers: OutgoingHttpHeaders = passedHeaders(result.headers);
            response.writeHead(status, result.statusMessage, headers);
            result.pipe(response);
            result.on("error", fail);
            response.on("close", done);
          };
          if (!waits || status >= 300) relay();
          else void this.effect(action, parameters).then(relay, relay);
        },
      );
      outgoing.on("error", fail);
      // The caller hung up: so do we.
      response.on("close", () => outgoing.destroy());
      if (body !== undefined) outgoing.end(body);
      else incoming.pipe(outgoing);
    });
  }

  /** Waits until what the call asked for is so. */
  private async effect(action: string | undefined, parameters: URLSearchParams | undefined): Promise<void> {
    await this.region.refresh();
    const volumeId = parameters?.get("VolumeId");
    if (action !== "AttachVolume" || !volumeId) return;
    if (!(await this.region.volumeSettled(volumeId, true, attachTimeoutMs))) {
      log(`${volumeId}: not attached within ${attachTimeoutMs / 1000} s of the call`);
    }
  }

  /** GetConsoleOutput: the instance's console log. @returns false when the lab knows nothing of the instance */
  private answerConsole(parameters: URLSearchParams, response: ServerResponse): boolean {
    const instanceId = parameters.get("InstanceId") ?? "";
    const output = this.admin.consoleOf(instanceId, 64 * 1024);
    if (output === undefined) return false;
    const text =
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
      '<GetConsoleOutputResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">' +
      `<requestId>lab-console</requestId><instanceId>${xml(instanceId)}</instanceId>` +
      `<timestamp>${new Date().toISOString()}</timestamp><output>${output.toString("base64")}</output>` +
      "</GetConsoleOutputResponse>";
    response.writeHead(200, { "content-type": "text/xml;charset=UTF-8" });
    response.end(text);
    return true;
  }
}

/** Uploads and long polls take what they take. */
function patient<S extends Server | TlsServer>(server: S): S {
  server.requestTimeout = 0;
  server.keepAliveTimeout = 30_000;
  return server;
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
