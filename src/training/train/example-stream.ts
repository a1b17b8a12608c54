/** Examples in the order in which they are trained on, from a place that a checkpoint can hold. */
import { FramewitnessError } from '../../domain/errors.js';
import type { Example, ExampleSource } from '../examples.js';
import { strengthOfPair } from './changed-map.js';

/** A place in a source: what is next. */
export interface StreamPlace {
  readonly batch: number;
  /** Pairs of that batch that were passed already. */
  readonly pair: number;
}

/** Where every stream begins. */
export const STREAM_START: StreamPlace = { batch: 0, pair: 0 };

/** Batches in a row that may hold no pair that is strong enough. */
const MOST_EMPTY = 64;

/** Pulls batches from a source, asking for the next one ahead of its turn. */
export class ExampleStream {
  #next: { readonly index: number; readonly batch: Promise<readonly Example[]> } | undefined;

  constructor(
    private readonly source: ExampleSource,
    private readonly batchSize: number,
    private place: StreamPlace = STREAM_START,
  ) {}

  /** What is next. */
  get position(): StreamPlace {
    return this.place;
  }

  /**
   * The examples of a step.
   *
   * @param floor - least strength of a pair; absent: everything is taken as it comes
   * @throws FramewitnessError FW_TRAINING_DATA where the source gives nothing that can be taken
   */
  async take(floor?: number): Promise<readonly Example[]> {
    const examples = floor === undefined ? await this.#whole() : await this.#strong(floor);
    if (examples.length === 0) throw new FramewitnessError('FW_TRAINING_DATA', 'the source of examples gave an empty batch');
    return examples;
  }

  /** Begins to make what will be asked for next. */
  prefetch(): void {
    void this.#batch(this.place.batch);
  }

  async #whole(): Promise<readonly Example[]> {
    const { batch } = this.place;
    const examples = await this.#batch(batch);
    this.place = { batch: batch + 1, pair: 0 };
    return examples;
  }

  /** Pairs, one after another, that are strong enough. */
  async #strong(floor: number): Promise<readonly Example[]> {
    const taken: Example[] = [];
    let numbered = 0;
    for (let empty = 0; empty < MOST_EMPTY; empty++) {
      const { batch, pair } = this.place;
      const pairs = pairsOf(await this.#batch(batch));
      for (const [index, [real, forged]] of pairs.entries()) {
        if (index < pair || strengthOfPair(real, forged) < floor) continue;
        // Numbers of pairs are a batch's own; these come from several.
        taken.push({ ...real, pair: numbered }, { ...forged, pair: numbered });
        numbered++;
        empty = 0;
        if (taken.length >= this.batchSize) {
          this.place = index + 1 < pairs.length ? { batch, pair: index + 1 } : { batch: batch + 1, pair: 0 };
          return taken;
        }
      }
      this.place = { batch: batch + 1, pair: 0 };
    }
    throw new FramewitnessError('FW_TRAINING_DATA', `${MOST_EMPTY} batches in a row held no pair of strength ${floor.toFixed(3)} or more: lower data.curriculum.from, or take a recipe that gives pairs`);
  }

  #batch(index: number): Promise<readonly Example[]> {
    if (this.#next?.index !== index) {
      const batch = this.source.batch(index);
      // Whoever awaits it hears of a failure; until then it is nobody's.
      batch.catch(() => undefined);
      this.#next = { index, batch };
    }
    return this.#next.batch;
  }
}

/** The real and the forged example of each pair, in the order of the pairs' first examples. */
function pairsOf(examples: readonly Example[]): readonly (readonly [real: Example, forged: Example])[] {
  const byPair = new Map<number, Example[]>();
  for (const example of examples) if (example.pair !== undefined) byPair.set(example.pair, [...(byPair.get(example.pair) ?? []), example]);
  return [...byPair.values()].flatMap((pair) => {
    const [real, forged] = [pair.find(({ label }) => label === 0), pair.find(({ label }) => label === 1)];
    return real === undefined || forged === undefined ? [] : [[real, forged] as const];
  });
}
