import { gzipSync } from "node:zlib";
import type { TarFile } from "./tarArchive";

/** 1980-01-01, midnight: the first time that the format knows, in its units. */
const firstDate = 0x0021;

/** A jar of these files as they are, not compressed and without their times: the same bytes on every machine. */
export function jarOf(files: readonly TarFile[]): Buffer {
  let offset = 0;
  const parts = files.map(({ name, content }) => {
    const path = Buffer.from(name);
    // Version 1.0, no flags, stored, no time, date, checksum (gzip's, as Node.js has its own since 20.15), both sizes,
    // the length of the name, nothing more.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(10, 0);
    common.writeUInt16LE(firstDate, 8);
    gzipSync(content).subarray(-8, -4).copy(common, 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, path, content]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    offset += local.length;
    return { local, central: Buffer.concat([Buffer.from("PK\x01\x02\x0a\x00"), common, place, path]) };
  });
  const centralBytes = parts.reduce((sum, { central }) => sum + central.length, 0);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(centralBytes, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts.map(({ local }) => local), ...parts.map(({ central }) => central), end]);
}
