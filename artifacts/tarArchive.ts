import { Header } from "tar";

/** A file of an archive. */
export interface TarFile {
  /** Its path in the archive, with `/`. */
  readonly name: string;
  readonly content: Uint8Array;
}

const blockBytes = 512;

/**
 * A tar archive, not compressed: every zlib compresses a little differently, and jars are compressed already. It is
 * sorted, and without times and owners. Scripts (`#!`) and Linux's programs (ELF) can be executed; the mode on this
 * machine depends on its umask, and tar.create would take it from there.
 */
export function tarOf(files: readonly TarFile[]): Buffer {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  const end = Buffer.alloc(2 * blockBytes);
  return Buffer.concat([...sorted.flatMap(entryOf), end]);
}

function entryOf({ name, content }: TarFile): Uint8Array[] {
  const isProgram = ["#!", "\x7fELF"].some((magic) => magic === String.fromCharCode(...content.slice(0, magic.length)));
  const header = new Header({
    path: name,
    mode: isProgram ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size: content.length,
    mtime: new Date(0),
    type: "File",
  });
  const block = Buffer.alloc(blockBytes);
  if (header.encode(block)) throw new Error(`${name} is too long or too large for a plain tar archive`);
  return [block, content, Buffer.alloc(-content.length & (blockBytes - 1))];
}
