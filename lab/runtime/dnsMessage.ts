/** The small part of RFC 1035 that a resolver needs which only knows addresses. */

const headerBytes = 12;
const typeA = 1;
/** Seconds for which an answer may be kept: short, since records of the lab come and go. */
const timeToLive = 5;
const noSuchName = 3;

/** The answer to a query for one name; undefined for what is none. @param resolve undefined: there is no such name */
export function answerQuery(
  query: Buffer,
  resolve: (name: string) => readonly string[] | undefined,
): Buffer | undefined {
  const question = readQuestion(query);
  if (question === undefined) return undefined;
  const { name, type, end } = question;
  const found = resolve(name);
  const addresses = type === typeA ? (found ?? []) : [];
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(query.readUInt16BE(0), 0);
  // An authoritative response with recursion available; "recursion desired" as it was asked.
  header.writeUInt16BE(0x8480 | (query.readUInt16BE(2) & 0x0100) | (found === undefined ? noSuchName : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  return Buffer.concat([header, query.subarray(headerBytes, end), ...addresses.map(addressRecord)]);
}

/** The one question of a query. */
function readQuestion(query: Buffer): { name: string; type: number; end: number } | undefined {
  const isQuery = query.length > headerBytes && (query.readUInt16BE(2) & 0xf800) === 0;
  if (!isQuery || query.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = headerBytes;
  for (;;) {
    const length = query[at];
    // No name is longer than 63 bytes, and nothing points back within a question.
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) break;
    labels.push(query.toString("latin1", at, at + length));
    at += length;
  }
  if (query.length < at + 4) return undefined;
  return { name: labels.join("."), type: query.readUInt16BE(at), end: at + 4 };
}

/** An A record for the name that the question has. */
function addressRecord(address: string): Buffer {
  const record = Buffer.alloc(16);
  record.writeUInt16BE(0xc000 | headerBytes, 0);
  record.writeUInt16BE(typeA, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(timeToLive, 6);
  record.writeUInt16BE(4, 10);
  Buffer.from(address.split(".").map(Number)).copy(record, 12);
  return record;
}
