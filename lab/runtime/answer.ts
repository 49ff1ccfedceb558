import type { ServerResponse } from "node:http";

/** Answers with a text, or with an object as JSON. */
export function answer(response: ServerResponse, status: number, body: string | object): void {
  const isText = typeof body === "string";
  response.writeHead(status, { "content-type": isText ? "text/plain; charset=utf-8" : "application/json" });
  response.end(isText ? body : JSON.stringify(body));
}
