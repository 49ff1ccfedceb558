/** Entries of a machine's journal, as `journalctl --output=json` tells them (systemd's "Journal JSON Format"). */

/** The fields that are asked for; `node/bin/ship-logs` keeps the same ones in the bucket. */
export const journalFields = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_PID,_SYSTEMD_UNIT,UNIT";

/** An entry of a machine's journal. */
export interface Entry {
  readonly node: string;
  /** Its time, microseconds since 1970, by the machine's clock. */
  readonly micros: number;
  /** Its place in the journal, for journalctl. */
  readonly cursor: string;
  /** The unit that said it, or that systemd says it of: `kafka.service`. Empty for the kernel and others. */
  readonly unit: string;
  /** The program: `java`, `kernel`. */
  readonly identifier: string;
  readonly pid: string;
  /** The level of syslog: 3 is an error, 6 the usual. */
  readonly priority: string;
  readonly message: string;
}

/** The entry in a line; undefined for a line that is none. */
export function parseEntry(node: string, line: string): Entry | undefined {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const micros = Number(fields["__REALTIME_TIMESTAMP"]);
  if (!Number.isFinite(micros)) return undefined;
  const text = (name: string) => textOf(fields[name]);
  // systemd itself tells how a unit fares.
  const unit = text("UNIT") || text("_SYSTEMD_UNIT");
  return {
    node,
    micros,
    cursor: text("__CURSOR"),
    unit,
    identifier: text("SYSLOG_IDENTIFIER"),
    pid: text("_PID"),
    priority: text("PRIORITY"),
    message: text("MESSAGE"),
  };
}

/** A field is a text; bytes, where it is no UTF-8; or, where it was given several times, a list of them. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return "";
  if (value.every((one) => typeof one === "number")) return Buffer.from(value).toString();
  return textOf(value.at(-1));
}

const unitOf = (name: string): string => (/\.\w+$/.test(name) ? name : `${name}.service`);

/** Whether an entry is of a unit, `kafka` or `kafka.service`, or of a program of this name. */
export function isOf(entry: Entry, name: string): boolean {
  return entry.unit === unitOf(name) || entry.identifier === name;
}

/** The same in journalctl's words. */
export function journalMatches(name: string): string[] {
  return [`_SYSTEMD_UNIT=${unitOf(name)}`, "+", `UNIT=${unitOf(name)}`, "+", `SYSLOG_IDENTIFIER=${name}`];
}

/** Programs that say nothing of who speaks: the unit does. */
const anyone = new Set(["java", "node-22", "python3"]);

/** The entry as lines for people: `2026-11-29T01:07:00.123Z kafka-3 kafka: INFO …`. */
export function entryText({ node, micros, unit, identifier, message }: Entry): string {
  const name = unit.replace(/\.service$/, "");
  const who = name === "" || name === identifier ? identifier : anyone.has(identifier) ? name : `${name}/${identifier}`;
  const start = `${isoTime(micros)} ${node} ${who || "?"}: `;
  return message
    .split("\n")
    .map((line) => start + line)
    .join("\n");
}

/** Microseconds since 1970 as `2026-11-29T01:07:00.123Z`. */
export const isoTime = (micros: number): string => new Date(micros / 1000).toISOString();

/** The journal of which an entry is a part, and its number there. Undefined when the cursor is of another form. */
export function placeOf({ cursor }: Entry): { readonly journal: string; readonly number: number } | undefined {
  const [, journal, number] = /^s=([0-9a-f]+);i=([0-9a-f]+);/.exec(cursor) ?? [];
  return journal === undefined || number === undefined ? undefined : { journal, number: parseInt(number, 16) };
}
