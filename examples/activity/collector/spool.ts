import { mkdirSync, readdirSync, statSync } from "node:fs";
import { open, readFile, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

/** The spool has no room for more. */
export class SpoolFullError extends Error {}

/** A file is closed at this size: what is sent is removed by the file. */
const segmentBytes = 4_194_304;
const segmentName = /^\d{10}\.ndjson$/;

interface Segment {
  readonly name: string;
  readonly file: FileHandle;
  bytes: number;
}

/**
 * Lines that wait on the disk, the oldest first, in files of their own folder: written at the end, read from the
 * beginning, removed when all of a file has been forgotten. After a death it begins again with the first line of the
 * oldest file that is there, so some lines may be read a second time, and none is lost.
 */
export class Spool {
  private readonly closed: { readonly name: string; readonly bytes: number }[] = [];
  private written: Segment | undefined;
  private read: { readonly lines: readonly string[]; at: number; given: number } | undefined;
  private nextNumber = 1;
  private size = 0;
  private last: Promise<unknown> = Promise.resolve();

  /** Opens the folder, or makes it. What it holds from earlier comes first. */
  constructor(
    private readonly folder: string,
    private readonly maxBytes: number,
  ) {
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)
      .filter((name) => segmentName.test(name))
      .sort()) {
      const { size } = statSync(join(folder, name));
      this.closed.push({ name, bytes: size });
      this.size += size;
      this.nextNumber = parseInt(name) + 1;
    }
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return this.size;
  }

  get isEmpty(): boolean {
    return this.closed.length === 0 && this.written === undefined;
  }

  /**
   * Resolves when the lines are on the disk (fsync). Throws a {@link SpoolFullError}, or the disk's own error, such as
   * that it is full: they are taken back then, and only a disk that refuses that too may have some of them later.
   */
  append(lines: readonly string[]): Promise<void> {
    return this.oneAtATime(async () => {
      const text = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      if (this.size + text.length > this.maxBytes) throw new SpoolFullError(`the spool has ${this.size} bytes`);
      const segment = (this.written ??= await this.begin());
      const before = segment.bytes;
      try {
        for (let at = 0; at < text.length;) {
          const { bytesWritten } = await segment.file.write(text, at);
          at += bytesWritten;
          segment.bytes += bytesWritten;
          this.size += bytesWritten;
        }
        await segment.file.datasync();
      } catch (error) {
        await this.takeBack(segment, before);
        throw error;
      }
      if (segment.bytes >= segmentBytes) await this.close();
    });
  }

  /** The oldest lines, up to so many bytes, but at least one; none when it is empty. The same until forgotten. */
  next(maxBytes: number): Promise<readonly string[]> {
    return this.oneAtATime(async () => {
      if (this.closed.length === 0) await this.close();
      const [oldest] = this.closed;
      if (oldest === undefined) return [];
      if (this.read === undefined) {
        const text = await readFile(join(this.folder, oldest.name), "utf8");
        // After the last end of a line is nothing, or what was being written when the collector died: not promised.
        this.read = { lines: text.split("\n").slice(0, -1), at: 0, given: 0 };
      }
      const { lines, at } = this.read;
      let end = at;
      for (let bytes = 0; end < lines.length; end++) {
        bytes += Buffer.byteLength(lines[end] as string);
        if (bytes > maxBytes && end > at) break;
      }
      this.read.given = end - at;
      return lines.slice(at, end);
    });
  }

  /** Forgets the lines that `next` gave. */
  forget(): Promise<void> {
    return this.oneAtATime(async () => {
      const [oldest] = this.closed;
      if (this.read === undefined || oldest === undefined) return;
      this.read.at += this.read.given;
      this.read.given = 0;
      if (this.read.at < this.read.lines.length) return;
      await unlink(join(this.folder, oldest.name));
      this.read = undefined;
      this.closed.shift();
      this.size -= oldest.bytes;
    });
  }

  private async begin(): Promise<Segment> {
    const name = `${String(this.nextNumber++).padStart(10, "0")}.ndjson`;
    const file = await open(join(this.folder, name), "ax");
    try {
      // The file's name has to last too.
      const folder = await open(this.folder);
      await folder.sync().finally(() => folder.close());
    } catch (error) {
      await file.close();
      throw error;
    }
    return { name, file, bytes: 0 };
  }

  /**
   * Takes away what was written beyond so many bytes: the next line must not be joined to half of one, and a disk that
   * is full has the room again.
   */
  private async takeBack(segment: Segment, bytes: number): Promise<void> {
    try {
      await segment.file.truncate(bytes);
      this.size -= segment.bytes - bytes;
      segment.bytes = bytes;
    } catch {
      await this.close();
    }
  }

  private async close(): Promise<void> {
    const segment = this.written;
    if (segment === undefined) return;
    this.written = undefined;
    this.closed.push({ name: segment.name, bytes: segment.bytes });
    await segment.file.close();
  }

  private oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }
}
