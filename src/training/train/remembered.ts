/** Examples that are looked at again and again. */
import type { Example, ExampleSource } from '../examples.js';

const bytesOf = (examples: readonly Example[]): number => examples.reduce((sum, { crops, mask }) => sum + crops.reduce((total, { data }) => total + data.length, 0) + (mask?.byteLength ?? 0), 0);

/** A source that keeps its batches, the first ones, in memory. @param limit - bytes that are kept at most */
export function remembered(source: ExampleSource, limit: number): ExampleSource {
  const kept = new Map<number, readonly Example[]>();
  let bytes = 0;
  return {
    inputSize: source.inputSize,
    clipLength: source.clipLength,
    batch: async (index) => {
      const known = kept.get(index);
      if (known !== undefined) return known;
      const examples = await source.batch(index);
      const size = bytesOf(examples);
      if (bytes + size <= limit && !kept.has(index)) {
        kept.set(index, examples);
        bytes += size;
      }
      return examples;
    },
    close: () => source.close(),
  };
}
