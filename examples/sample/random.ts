/** Seeded noise for the sample: the clip is a function of the portrait and the seed alone. */

/** A stream of uniform numbers in [0, 1): mulberry32, 32 bits of state. */
export function uniformNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A stream of standard normal numbers (Box and Muller 1958), two for each pair of uniform ones. */
export function normalNumbers(seed: number): () => number {
  const uniform = uniformNumbers(seed);
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/**
 * A flickering quantity: a first-order autoregressive series with mean 0 and standard deviation 1.
 *
 * @param memory - correlation between neighbours, 0 (white) to 1 (frozen)
 */
export function flicker(seed: number, memory: number): () => number {
  const normal = normalNumbers(seed);
  const innovation = Math.sqrt(1 - memory * memory);
  let value = normal();
  return () => {
    value = memory * value + innovation * normal();
    return value;
  };
}
