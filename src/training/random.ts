/** Seeded numbers for training: what is drawn is a function of the seed alone, whoever draws it and in whatever order. */

/** Normal numbers that noise is picked from: a power of two of them. */
const NORMALS = 1 << 16;

/** One stream of numbers. Each {@link Random.fork} is a stream of its own, whatever was drawn before. */
export class Random {
  readonly #seed: number;
  #state: number;
  #spare: number | undefined;

  /** @param seed - a whole number; its lowest 32 bits count */
  constructor(seed: number) {
    this.#seed = mix(seed >>> 0);
    this.#state = this.#seed;
  }

  /** The stream of a part of the work: the same name or number, the same stream. */
  fork(part: number | string): Random {
    return new Random(mix(this.#seed ^ mix((typeof part === 'number' ? part >>> 0 : textHash(part)) + 0x9e3779b9)));
  }

  /** 32 random bits: mulberry32. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    return mix(this.#state);
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (this.bits() / 2 ** 32) * (high - low);
  }

  /** A whole number from 0, below `end`. */
  below(end: number): number {
    return Math.floor(this.uniform(0, end));
  }

  /** True with the probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Normal (Box and Muller 1958). */
  normal(mean = 0, deviation = 1): number {
    if (this.#spare !== undefined) {
      const value = this.#spare;
      this.#spare = undefined;
      return mean + deviation * value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = this.uniform(0, 2 * Math.PI);
    this.#spare = radius * Math.sin(angle);
    return mean + deviation * radius * Math.cos(angle);
  }

  /** One of the values, each as likely. @throws RangeError where there is none */
  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError('Random.pick: there is nothing to pick from');
    return value;
  }

  /** One of the names, as likely as its weight. @throws RangeError where all weights are 0 */
  weighted<T extends string>(weights: Readonly<Partial<Record<T, number>>>): T {
    const entries = (Object.entries(weights) as [T, number | undefined][]).map(([name, weight]): [T, number] => [name, weight ?? 0]).filter(([, weight]) => weight > 0);
    let rest = this.uniform(0, entries.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [name, weight] of entries) {
      rest -= weight;
      if (rest < 0) return name;
    }
    const last = entries.at(-1);
    if (last === undefined) throw new RangeError('Random.weighted: every weight is 0');
    return last[0];
  }

  /** The values in a random order (Fisher and Yates). */
  shuffled<T>(values: readonly T[]): T[] {
    const order = [...values];
    for (let i = order.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j] as T, order[i] as T];
    }
    return order;
  }

  /** A picker of standard normal numbers for whole pictures, faster than {@link normal}: one of 65,536 at a time. */
  normals(): () => number {
    normalTable ??= makeNormals();
    const table = normalTable;
    return () => table[this.bits() & (NORMALS - 1)] ?? 0;
  }
}

let normalTable: Float32Array | undefined;

/** Fixed quantile-like table: noise differs by what is picked from it. */
function makeNormals(): Float32Array {
  const random = new Random(0x5eed);
  return Float32Array.from({ length: NORMALS }, () => random.normal());
}

/** Spreads the bits of a number (the finaliser of mulberry32). */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 15), value | 1);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
  return (mixed ^ (mixed >>> 14)) >>> 0;
}

/** FNV-1a over UTF-16 units. */
function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
