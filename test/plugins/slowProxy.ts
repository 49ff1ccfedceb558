import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** A call that changes something, on its way to the emulator or back. */
export interface ChangingCall {
  /** Counted from 1. */
  readonly number: number;
  /** What it is, such as `CreateVolume`. */
  readonly name: string;
  readonly when: "before" | "after";
}

export interface SlowProxy {
  readonly endpoint: string;
  readonly calls: () => number;
  stop(): void;
}

/**
 * Stands between callers and the emulator and is as slow as AWS: whatever changes something takes a while to be carried
 * out, and its answer another. `watch` is called at both moments.
 */
export async function startSlowProxy(
  emulator: string,
  delayMs: number,
  watch: (call: ChangingCall) => void,
): Promise<SlowProxy> {
  const target = new URL(emulator);
  let calls = 0;
  const pause = () => new Promise((resolve) => setTimeout(resolve, delayMs));
  const server = http.createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const name = changeOf(request, body);
      const number = name === undefined ? 0 : ++calls;
      if (name !== undefined) {
        await pause();
        watch({ number, name, when: "before" });
      }
      const { method, url: path, headers } = request;
      const passed = http.request({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("end", () => {
          const end = () => response.writeHead(answer.statusCode ?? 500, answer.headers).end(Buffer.concat(parts));
          if (name === undefined) end();
          else {
            watch({ number, name, when: "after" });
            void pause().then(end);
          }
        });
      });
      passed.on("error", () => response.destroy());
      passed.end(body);
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The name of a call that changes something. */
function changeOf({ method = "", url = "", headers }: http.IncomingMessage, body: Buffer): string | undefined {
  if (method === "GET" || method === "HEAD") return undefined;
  const target = String(headers["x-amz-target"] ?? "").split(".")[1];
  const name = target ?? /(?:^|&)Action=(\w+)/.exec(body.toString("latin1"))?.[1] ?? `${method} ${url.split("?")[0]}`;
  return /^(Describe|Get|List|AssumeRole)/.test(name) ? undefined : name;
}
