import type { Entry } from "./entry";

/** Entries of several machines as one sequence, the earliest first. Each machine's own order stays. */
export async function* merged(sources: readonly AsyncIterable<Entry>[]): AsyncGenerator<Entry> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const heads = await Promise.all(iterators.map((one) => one.next()));
  for (;;) {
    let first: number | undefined;
    for (const [index, head] of heads.entries()) {
      const best = first === undefined ? undefined : heads[first];
      if (head.done !== true && (best === undefined || best.done === true || head.value.micros < best.value.micros)) {
        first = index;
      }
    }
    const [head, iterator] = first === undefined ? [] : [heads[first], iterators[first]];
    if (first === undefined || head === undefined || head.done === true || iterator === undefined) return;
    yield head.value;
    heads[first] = await iterator.next();
  }
}
