/** Seeded choices: a run of a test that failed can be had again, as far as other processes let it. */
import { uniformNumbers } from '../../examples/sample/random.js';

/** Numbers and choices from one seed. */
export interface Dice {
  /** Uniform in [from, to). */
  between(from: number, to: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

/** Dice that fall the same way for the same seed. */
export function seededDice(seed: number): Dice {
  const uniform = uniformNumbers(seed);
  return {
    between: (from, to) => from + (to - from) * uniform(),
    chance: (probability) => uniform() < probability,
    pick: (items) => {
      const item = items[Math.floor(uniform() * items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
}
