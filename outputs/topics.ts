import type { ClientOutputs } from "../planning/cluster/outputs";
import { didYouMean } from "../settings/nearest";

/** Throws, before anything is sent, when one of these topics is none of the stack's, and names those that are. */
export function requireTopics({ topics }: Pick<ClientOutputs, "topics">, wanted: readonly string[]): void {
  const there = topics.map(({ name }) => name).sort();
  const missing = wanted.filter((topic) => !there.includes(topic));
  const [first] = missing;
  if (first === undefined) return;
  throw new Error(
    `no topic ${missing.join(", ")} in the stack, which has: ${there.join(", ") || "none"}${didYouMean(first, there)}`,
  );
}
