import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import * as fs from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

import { SetupError } from "./errors";

export interface Download {
  readonly url: string;
  readonly file: string;
  readonly algorithm: "sha256" | "sha512";
  readonly checksum: string;
  /** For the whole transfer. */
  readonly timeoutSeconds: number;
}

/** A server that has not answered by then counts as out of reach. */
const answerSeconds = 5;

/** Thrown when a server can't be reached or does not have the file: try another source. */
export class Unreachable extends SetupError {}

/** Downloads a file and checks it; a cut or wrong download leaves no file. */
export async function download(wanted: Download): Promise<void> {
  const response = await get(wanted.url, wanted.timeoutSeconds);
  const hash = createHash(wanted.algorithm);
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const draft = `${wanted.file}.part`;
  try {
    await pipeline(Readable.fromWeb(response.body as never), counted, createWriteStream(draft));
    const got = hash.digest("hex");
    if (got !== wanted.checksum) {
      throw new SetupError(
        `${wanted.url} has the ${wanted.algorithm} ${got}, but ${wanted.checksum} is published: the download was ` +
          "changed on its way; start again, or check the proxy",
      );
    }
    fs.renameSync(draft, wanted.file);
  } catch (error) {
    fs.rmSync(draft, { force: true });
    if (error instanceof SetupError) throw error;
    throw new Unreachable(`the download of ${wanted.url} was cut: ${reasonOf(error)}`);
  }
}

/** Downloads a short text. */
export async function downloadText(url: string): Promise<string> {
  const response = await get(url, 30);
  try {
    return await response.text();
  } catch (error) {
    throw new Unreachable(`the download of ${url} was cut: ${reasonOf(error)}`);
  }
}

async function get(url: string, timeoutSeconds: number): Promise<Response> {
  const tooSlow = new AbortController();
  const timer = setTimeout(() => tooSlow.abort(new Error(`no answer in ${answerSeconds} s`)), answerSeconds * 1000);
  try {
    const signal = AbortSignal.any([tooSlow.signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    return response;
  } catch (error) {
    throw new Unreachable(`${url} can't be reached: ${reasonOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** `fetch` hides the reason ("ENOTFOUND …") one level down. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
