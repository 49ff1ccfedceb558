import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { cacheFolder } from "./cacheFolder";
import { withFileLock } from "./fileLock";
import type { Progress } from "./run";

export interface CachedFolder {
  /** A short name: the folder is `<cache>/<name>/<key>`. */
  readonly name: string;
  /** Changes with whatever decides the content; see {@link keyOf}. */
  readonly key: string;
  /** How long a second process waits for the first one to build. */
  readonly timeoutSeconds: number;
  readonly progress: Progress;
  /** Fills the empty folder it is given; the folder is moved to its place only when this has succeeded. */
  readonly build: (folder: string) => Promise<void>;
}

/** Gives a folder of the cache, built when it is not there yet. Only whole folders are ever seen under their name. */
export async function cachedFolder(wanted: CachedFolder): Promise<string> {
  const shelf = path.join(cacheFolder(), wanted.name);
  const folder = path.join(shelf, wanted.key);
  if (fs.existsSync(folder)) return folder;
  const lock = path.join(cacheFolder(), "locks", wanted.name);
  const onWait = (holder: number): void =>
    wanted.progress(`${wanted.name}: waiting for process ${holder}, which is making it`);
  return withFileLock(lock, { timeoutSeconds: wanted.timeoutSeconds, onWait }, async () => {
    if (fs.existsSync(folder)) return folder;
    // Under the lock every draft is what a killed process left behind.
    for (const entry of fs.existsSync(shelf) ? fs.readdirSync(shelf) : []) {
      if (entry.startsWith(draftPrefix)) discard(path.join(shelf, entry));
    }
    const draft = path.join(shelf, `${draftPrefix}${randomBytes(6).toString("hex")}`);
    fs.mkdirSync(draft, { recursive: true });
    try {
      await wanted.build(draft);
      fs.renameSync(draft, folder);
    } catch (error) {
      discard(draft);
      throw error;
    }
    return folder;
  });
}

const draftPrefix = "draft-";

/** Removes what is not needed; if something still writes there, the next process does it. */
function discard(folder: string): void {
  try {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // It is found again by its prefix.
  }
}

/** A key of 16 hexadecimal digits over texts and the contents of files. */
export function keyOf(parts: readonly (string | { readonly file: string })[]): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    const content = typeof part === "string" ? part : fs.readFileSync(part.file);
    hash.update(`${content.length}:`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}
