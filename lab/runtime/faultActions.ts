import { isIPv4 } from "node:net";
import { z } from "zod";
import { FaultError } from "./faultError";

/** The faults that the lab can be asked for, as they come over HTTP. */

const isRange = (text: string): boolean => {
  const [address = "", bits, ...more] = text.split("/");
  return isIPv4(address) && more.length === 0 && (bits === undefined || (/^\d{1,2}$/.test(bits) && Number(bits) <= 32));
};

const peer = z.string().refine(isRange, { error: "must be an IPv4 address or range, as 10.20.0.12 or 10.20.0.0/20" });

/** Id or `Name` tag; for faults of the network also the private address, which outlives the machine behind it. */
const instance = z.string().min(1);

/** Megabytes (10^6 bytes) per second; null: no limit. */
const rate = z.number().positive().max(100_000).nullable().default(null);

const plain = <Name extends string>(name: Name) => z.strictObject({ action: z.literal(name), instance });

const action = z.discriminatedUnion("action", [
  /** The machine dies at this moment, as when its host fails. */
  plain("kill"),
  /** The machine stops where it is, and says nothing. */
  plain("freeze"),
  plain("thaw"),
  /** Ends the cuts and the loss of the instance's address. */
  plain("heal"),
  /** Packets between the instance and its peers are dropped: both ways, or only those from or to the instance. */
  plain("cut").extend({
    peers: z.array(peer).min(1).default(["0.0.0.0/0"]),
    direction: z.enum(["both", "from", "to"]).default("both"),
  }),
  /** So many of a hundred packets from and to the instance are lost; 0 ends it. */
  plain("loss").extend({ percent: z.number().min(0).max(100) }),
  /**
   * The machine dies and its address says nothing: no connection is refused or reset. With `hold` its successor at that
   * address is cut off too, until it is healed; else the silence ends when the dead machine has been taken away.
   */
  plain("silence").extend({ hold: z.boolean().default(true) }),
  /** Services that were started with the lab's clock (image/files/usr/local/share/lab/clock.conf) see this offset. */
  plain("clock").extend({ offsetSeconds: z.number().min(-1e9).max(1e9) }),
  /** Whatever reads or writes one of the instance's disks waits, its root disk's too: programs can't be started. */
  plain("disks").extend({ hang: z.boolean().default(true) }),
  /**
   * The instance receives and sends, and reads and writes each of its volumes, no faster than this, each way by itself.
   * What is not given is unlimited again. Lasts until the machine is stopped or gone, through reboots.
   */
  plain("limit").extend({ networkMBps: rate, diskMBps: rate }),
]);

/** An action with its defaults filled in. */
export type Action = z.infer<typeof action>;

/** An action as a caller writes it. */
export type FaultAction = z.input<typeof action>;

const request = z.strictObject({ actions: z.array(action).min(1) });

/** Checks the body of a request as a whole. @throws FaultError with one line that names what is wrong */
export function parseActions(body: unknown): readonly Action[] {
  const parsed = request.safeParse(body);
  if (parsed.success) return parsed.data.actions;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? [])
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("");
  throw new FaultError(400, `${path.replace(/^\./, "") || "the request"}: ${issue?.message ?? "is not understood"}`);
}
