/** Dropout masks that are a function of a seed, so that a training run can be repeated on any back end. */

/** Any integer; another one for each step of a training. */
export type DropoutSeed = number;

/** FNV-1a, 32 bit, over UTF-16 code units. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return state >>> 0;
}

/**
 * 0 with probability `rate`, else 1 / (1 - rate), for each of `length` elements.
 *
 * @param layer - name of the layer: every layer of a run draws for itself
 */
export function dropoutMask(length: number, rate: number, seed: DropoutSeed, layer: string): Float32Array {
  const start = hash(`${seed}/${layer}`);
  const kept = 1 / (1 - rate);
  return Float32Array.from({ length }, (_, i) => {
    // A 32-bit integer mixer over a Weyl sequence.
    let z = (start + Math.imul(i + 1, 0x9e3779b9)) | 0;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32 < rate ? 0 : kept;
  });
}
