import * as fs from "node:fs";
import * as path from "node:path";

import { SetupError } from "./errors";

/** Throws a {@link SetupError} unless the disk that holds (or will hold) the folder has this much space left. */
export function requireFreeSpace(folder: string, neededGiB: number, purpose: string, remedy: string): void {
  let existing = folder;
  while (!fs.existsSync(existing)) existing = path.dirname(existing);
  const { bavail, bsize } = fs.statfsSync(existing);
  const freeGiB = (bavail * bsize) / 2 ** 30;
  if (freeGiB >= neededGiB) return;
  throw new SetupError(
    `${purpose} needs ${neededGiB} GiB of free disk space in ${folder}, there are ${freeGiB.toFixed(1)}: free ` +
      `some, or ${remedy}`,
  );
}
