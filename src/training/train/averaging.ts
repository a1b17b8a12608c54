/** The exponential average of a network's weights, running statistics too. */
import type { NetworkVariables } from '../../inference/tensorflow/stores.js';
import type { Tf } from '../../inference/tensorflow/tf.js';

/**
 * Moves an average towards the weights as they are now. It forgets the first steps sooner than later ones, as it would
 * otherwise hold random weights for long.
 *
 * @param decay - what is kept, 0 to 1
 * @param step - from 0
 */
export function moveAverage(tf: Tf, average: NetworkVariables, weights: NetworkVariables, decay: number, step: number): void {
  const keep = Math.min(decay, step / (step + 10));
  for (const [key, variable] of average.byKey) {
    const now = weights.byKey.get(key);
    if (now === undefined) continue;
    tf.tidy(() => {
      variable.assign(tf.add(tf.mul(variable, keep), tf.mul(now, 1 - keep)));
    });
  }
}
