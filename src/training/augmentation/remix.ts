/** Batches put together anew from batches that were made before: the same pairs in other company. */
import type { Example } from '../example.js';
import { Random } from '../random.js';

/** Parts of a batch that go different ways. */
const PARTS = 4;

/** Which parts of which made batches make up a later batch. Every part of every batch comes once in `distinct` batches. */
export function remixParts(index: number, distinct: number, seed: number): readonly { readonly batch: number; readonly part: number }[] {
  const round = new Random(seed).fork('remix').fork(Math.floor(index / distinct));
  const batches = Array.from({ length: distinct }, (_, batch) => batch);
  return Array.from({ length: PARTS }, (_, part) => ({ batch: round.fork(part).shuffled(batches)[index % distinct] ?? 0, part }));
}

/** A quarter of a batch; pairs stay together. */
export function partOf(examples: readonly Example[], part: number): readonly Example[] {
  const units = new Map<string, Example[]>();
  examples.forEach((example, i) => {
    const key = example.pair === undefined ? `example ${i}` : `pair ${example.pair}`;
    units.set(key, [...(units.get(key) ?? []), example]);
  });
  return [...units.values()].filter((_, i) => Math.floor((i * PARTS) / units.size) === part).flat();
}

/** Examples of several batches as one: their pairs numbered anew. */
export function renumbered(parts: readonly (readonly Example[])[]): readonly Example[] {
  const numbers = new Map<string, number>();
  return parts.flatMap((examples, part) =>
    examples.map((example) => {
      if (example.pair === undefined) return example;
      const key = `${part} ${example.pair}`;
      const pair = numbers.get(key) ?? numbers.size;
      numbers.set(key, pair);
      return { ...example, pair };
    }),
  );
}
