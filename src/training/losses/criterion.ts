/** Losses that need nothing but log-odds, and can therefore judge clips, faces and patches alike. */
import type { Tensor, Tf } from '../../inference/tensorflow/tf.js';
import type { LossValue } from './loss.js';

/**
 * A loss over log-odds.
 *
 * @param logOdds - N × K, larger = more likely forged
 * @param labels - N, 1 = forged
 */
export type Criterion = (tf: Tf, logOdds: Tensor, labels: Tensor) => LossValue;
