import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { DesiredInstance } from "./desiredState";
import type { MetadataContext } from "./metadataTree";
import { lookUp, metadataTree, metadataVersions } from "./metadataTree";

/** What the service asks of the rest of the daemon. */
export interface MetadataSource {
  /** The running instance with this private address. */
  instanceAt(address: string): DesiredInstance | undefined;
  /** Region, account and current role credentials for an instance. */
  contextOf(instance: DesiredInstance): Promise<MetadataContext>;
}

interface Answer {
  readonly status: number;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
}

const longestTokenLife = 21_600;

/**
 * The instance metadata service, version 2: every read needs a token that the same instance got by PUT. Version 1
 * (no token) is answered only for an instance whose metadata options permit it.
 */
export class MetadataService {
  private readonly tokens = new Map<string, { readonly instanceId: string; readonly expires: number }>();

  constructor(
    private readonly source: MetadataSource,
    private readonly now: () => number = Date.now,
  ) {}

  server(): Server {
    return createServer((request, response) => {
      this.handle(request).then(
        (answer) => send(response, answer),
        () => send(response, { status: 500 }),
      );
    });
  }

  private async handle(request: IncomingMessage): Promise<Answer> {
    const address = request.socket.remoteAddress?.replace(/^::ffff:/, "") ?? "";
    return this.answer(request.method ?? "GET", request.url ?? "/", request.headers, address);
  }

  /** One request, without a socket. */
  async answer(
    method: string,
    url: string,
    headers: Readonly<Record<string, string | string[] | undefined>>,
    address: string,
  ): Promise<Answer> {
    const instance = this.source.instanceAt(address);
    if (instance === undefined) return { status: 404 };
    if (instance.metadataOptions.httpEndpoint === "disabled") return { status: 403 };
    const path = decodeURI(url.split("?")[0] ?? "/");

    if (method === "PUT") return path === "/latest/api/token" ? this.giveToken(instance, headers) : { status: 405 };
    if (method !== "GET" && method !== "HEAD") return { status: 405 };

    const token = headers["x-aws-ec2-metadata-token"];
    const known = typeof token === "string" ? this.tokens.get(token) : undefined;
    const valid = known !== undefined && known.instanceId === instance.id && known.expires > this.now();
    const mayOmit = instance.metadataOptions.httpTokens === "optional" && token === undefined;
    if (!valid && !mayOmit) return { status: 401 };

    const [version, ...rest] = path.split("/").filter(Boolean);
    if (version === undefined) return { status: 200, body: metadataVersions.join("\n") };
    if (!(metadataVersions as readonly string[]).includes(version)) return { status: 404 };
    const tree = metadataTree(instance, await this.source.contextOf(instance));
    if (rest[0] === "user-data" && rest.length === 1) {
      if (instance.userData === null) return { status: 404 };
      return {
        status: 200,
        body: Buffer.from(instance.userData, "base64"),
        headers: { "content-type": "application/octet-stream" },
      };
    }
    const text = lookUp(tree, rest.join("/"));
    return text === undefined ? { status: 404 } : { status: 200, body: text };
  }

  private giveToken(
    instance: DesiredInstance,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): Answer {
    // A request that some proxy passed on is not the instance's own.
    if (headers["x-forwarded-for"] !== undefined) return { status: 403 };
    const seconds = Number(headers["x-aws-ec2-metadata-token-ttl-seconds"]);
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > longestTokenLife) return { status: 400 };
    for (const [token, { expires }] of this.tokens) if (expires <= this.now()) this.tokens.delete(token);
    const token = randomBytes(40).toString("base64url");
    this.tokens.set(token, { instanceId: instance.id, expires: this.now() + seconds * 1000 });
    return {
      status: 200,
      body: token,
      headers: { "x-aws-ec2-metadata-token-ttl-seconds": String(seconds) },
    };
  }
}

function send(response: ServerResponse, answer: Answer): void {
  const body = answer.body ?? (answer.status === 200 ? "" : `${answer.status}\n`);
  response.writeHead(answer.status, {
    "content-type": "text/plain",
    server: "EC2ws",
    "content-length": String(Buffer.byteLength(body)),
    ...answer.headers,
  });
  response.end(body);
}
