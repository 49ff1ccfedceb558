import { instanceNamespace, routerPort } from "./names";
import { run } from "./processes";

/** How fast an instance sends and receives: a token bucket at either end of its link. */

/** The kernel keeps a bucket's sizes in 32 bits. */
const largestBytes = 2 ** 32 - 1;

/**
 * The arguments of `tc` that limit what an interface sends to this rate; null ends it.
 *
 * The bucket holds what comes in 10 ms, so that a sender that is woken late (the kernel's tick is up to 10 ms) still
 * gets its rate, and never less than two of the packets of 64 KiB that TCP hands down in one piece: those that do not
 * fit are cut up one by one. Before it there is room for 50 ms more: enough for TCP to find its rate, without the
 * seconds of waiting in a long queue.
 *
 * @param megabytesPerSecond of 10^6 bytes
 */
export function sendingLimit(device: string, megabytesPerSecond: number | null): readonly string[] {
  const interfaceRoot = ["qdisc", "replace", "dev", device, "root"];
  if (megabytesPerSecond === null) return [...interfaceRoot, "noqueue"];
  // tc's "bps" is bytes per second.
  const rate = Math.ceil(megabytesPerSecond * 1e6);
  const burst = Math.max(Math.ceil(rate / 100), 2 * 64 * 1024);
  const limit = Math.min(Math.ceil(rate / 20) + burst, largestBytes);
  return [...interfaceRoot, "tbf", "rate", `${rate}bps`, "burst", String(burst), "limit", String(limit)];
}

/** Limits what an instance receives and what it sends, each to this rate; null ends it. Run inside the region. */
export async function limitNetwork(instanceId: string, megabytesPerSecond: number | null): Promise<void> {
  await run("tc", sendingLimit(routerPort(instanceId), megabytesPerSecond));
  await run("tc", ["-netns", instanceNamespace(instanceId), ...sendingLimit("eth0", megabytesPerSecond)]);
}
