/** The folder in which archives and programs are kept from one run to the next. */
import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { UserError } from "../settings/userError";

/** A folder of the cache, there after the call: `$XDG_CACHE_HOME/kafka-on-ec2/SHELF`, by default in `~/.cache`. */
export function cacheFolder(shelf: string): string {
  const base = process.env.XDG_CACHE_HOME;
  // The XDG specification has relative paths ignored.
  const root = base !== undefined && path.isAbsolute(base) ? base : path.join(os.homedir(), ".cache");
  const folder = path.join(root, "kafka-on-ec2", shelf);
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

/** Writes a file of which others see all or nothing. */
export function writeWhole(file: string, content: Uint8Array): void {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  fs.writeFileSync(draft, content);
  fs.renameSync(draft, file);
}

/** Seconds for which a process waits for another that makes a folder: longer than any download or build may take. */
const makerSeconds = 3600;

/**
 * Makes a folder once for all processes: whoever comes while another makes it waits for that one. Throws a `UserError`
 * when that takes more than an hour.
 * @param fill fills the empty folder that it is given, which is moved to its place only when this has succeeded
 */
export async function folderOnce(
  folder: string,
  fill: (draft: string) => Promise<void>,
  waitSeconds = makerSeconds,
): Promise<void> {
  const claim = `${folder}.maker`;
  const deadline = Date.now() + waitSeconds * 1000;
  while (!fs.existsSync(folder)) {
    if (!claimed(claim)) {
      if (Date.now() > deadline) {
        throw new UserError(
          `${folder} has not been made within ${waitSeconds} s by the process that ${claim} names: ` +
            "wait for it, or end it, delete that file and start again",
        );
      }
      await new Promise((done) => setTimeout(done, 500));
      continue;
    }
    const draft = `${folder}.${randomBytes(6).toString("hex")}`;
    try {
      fs.mkdirSync(draft);
      await fill(draft);
      fs.renameSync(draft, folder);
    } finally {
      fs.rmSync(draft, { recursive: true, force: true });
      fs.rmSync(claim, { force: true });
    }
  }
}

/** Whether this process is now the maker. The claim of one that has ended is taken away. */
function claimed(claim: string): boolean {
  try {
    fs.writeFileSync(claim, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const holder = fs.existsSync(claim) ? Number(fs.readFileSync(claim, "utf8")) : 0;
  if (holder > 0 && !isAlive(holder)) fs.rmSync(claim, { force: true });
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** 16 hexadecimal digits over texts. */
export function keyOf(texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest("hex").slice(0, 16);
}
