import { createHash } from "node:crypto";

import { UserError } from "../settings/userError";

/** Thrown where a server can't be reached, or has no such file: there may be another way. */
export class Unreachable extends Error {}

/** Seconds after which a server that has not answered counts as out of reach. */
const answerSeconds = 5;

/**
 * Downloads a file. Throws `Unreachable`, or a `UserError` when it is not the one with this checksum.
 * @param timeoutSeconds how long all of it may take
 */
export async function download(url: string, sha256: string, timeoutSeconds: number): Promise<Buffer> {
  const noAnswer = new AbortController();
  const timer = setTimeout(() => noAnswer.abort(new Error(`no answer in ${answerSeconds} s`)), answerSeconds * 1000);
  let content: Buffer;
  try {
    const signal = AbortSignal.any([noAnswer.signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
    const response = await fetch(url, { signal });
    clearTimeout(timer);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    content = Buffer.from(await response.arrayBuffer());
  } catch (error) {
    // `fetch` hides the reason ("ENOTFOUND …") one level down.
    const { message, cause } = error as Error;
    throw new Unreachable(`${url} can't be reached: ${cause instanceof Error ? cause.message : message}`);
  } finally {
    clearTimeout(timer);
  }
  const got = createHash("sha256").update(content).digest("hex");
  if (got !== sha256) {
    throw new UserError(
      `${url} has the SHA-256 ${got}, and ${sha256} is published: the download was changed on its way; ` +
        "start again, or check the proxy",
    );
  }
  return content;
}
