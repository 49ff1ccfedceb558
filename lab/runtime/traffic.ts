import { z } from "zod";
import { run } from "./processes";

/**
 * Counts what passes the region's router, by sender and receiver. A table of its own, as the firewall's is made anew at
 * every change.
 */

const [tableName, setName] = ["kafka_on_ec2_lab_traffic", "pairs"] as const;

/** What one private address has sent to another since the lab began. What was dropped is not in it. */
export interface Traffic {
  readonly from: string;
  readonly to: string;
  /**
   * IP packets whole. TCP hands down up to 64 KiB with one head, where a VPC has one each 9,001 bytes: there it is
   * 0.6 % more.
   */
  readonly bytes: number;
}

/** The rules that count, after both stages of the firewall. A pair that finds no more room is not counted. */
export const trafficRules = [
  `table inet ${tableName}`,
  `delete table inet ${tableName}`,
  `table inet ${tableName} {`,
  `  set ${setName} { type ipv4_addr . ipv4_addr; size 65535; flags dynamic; counter; }`,
  "  chain passing {",
  "    type filter hook forward priority filter + 10; policy accept;",
  `    update @${setName} { ip saddr . ip daddr }`,
  "  }",
  "}",
  "",
].join("\n");

const pair = z.object({
  elem: z.object({
    val: z.object({ concat: z.tuple([z.string(), z.string()]) }),
    counter: z.object({ bytes: z.number() }),
  }),
});
// One object says what wrote it, the other is the set; an empty one has no elements.
const listing = z.object({
  nftables: z.array(z.object({ set: z.object({ elem: z.array(pair).default([]) }).optional() })),
});

/** Reads what `nft --json list set` prints. @throws Error when it is something else */
export function readTraffic(text: string): readonly Traffic[] {
  return listing.parse(JSON.parse(text)).nftables.flatMap(({ set }) =>
    (set?.elem ?? []).map(({ elem: { val, counter } }) => {
      const [from, to] = val.concat;
      return { from, to, bytes: counter.bytes };
    }),
  );
}

/** Begins to count, from nothing. Run inside the region. */
export async function countTraffic(): Promise<void> {
  await run("nft", ["-f", "-"], { input: trafficRules });
}

/** What has been counted. Run inside the region. */
export async function countedTraffic(): Promise<readonly Traffic[]> {
  return readTraffic(await run("nft", ["--json", "list", "set", "inet", tableName, setName]));
}

/** What was sent between two counts. */
export function trafficSince(before: readonly Traffic[], now: readonly Traffic[]): readonly Traffic[] {
  const known = new Map(before.map(({ from, to, bytes }) => [`${from} ${to}`, bytes]));
  return now.map((one) => ({ ...one, bytes: one.bytes - (known.get(`${one.from} ${one.to}`) ?? 0) }));
}

/**
 * The same by zones, the most first; from zone to zone, where something was sent.
 * @param zoneOf the zone of an address; undefined: none of an instance's that is there
 */
export function trafficByZone(
  traffic: readonly Traffic[],
  zoneOf: (address: string) => string | undefined,
): readonly Traffic[] {
  const sums = new Map<string, Traffic>();
  for (const { from, to, bytes } of traffic) {
    const zones = { from: zoneOf(from) ?? "-", to: zoneOf(to) ?? "-" };
    const key = `${zones.from} ${zones.to}`;
    sums.set(key, { ...zones, bytes: (sums.get(key)?.bytes ?? 0) + bytes });
  }
  return [...sums.values()].filter(({ bytes }) => bytes > 0).sort((left, right) => right.bytes - left.bytes);
}
