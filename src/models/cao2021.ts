/**
 * `cao2021`: Cao, Zou, Mao, Ye and Wang, "Metric Learning for Anti-Compression Facial Forgery Detection" (ACM MM 2021): an
 * Xception cut in two. The head finds where a face is forged and multiplies its features by that mask; the tail makes an
 * embedding that training draws to the origin for real faces and pushes away from it for forged ones, so that the
 * embedding's length decides.
 *
 * The authors train one head for each quality of compression beside one tail, and judge compressed video by the head for
 * low quality. Their files hold one of the two each, without the prefixes `head.` and `tail.` that both have here.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import type { NetworkDefinition } from './network.js';
import { separableConvolution, xceptionBlocks, xceptionExit, xceptionFirst, xceptionSecond } from './xception-blocks.js';

/** What the head makes of faces, at a sixteenth of their size (299: 19 × 19). */
export interface CaoHead {
  /** N × 728 × h × w: `features` times `mask`, what the tail reads. */
  readonly masked: Value;
  /** N × 1 × h × w in 0 to 1: how forged each place is. */
  readonly mask: Value;
  /** N × 728 × h × w, which the discriminator of training compares between qualities. */
  readonly features: Value;
}

/** The first half, over the scope of the head: N × 3 × H × W in [-1, 1]. */
export function caoHead(g: GraphBuilder, x: Value): CaoHead {
  const features = xceptionBlocks(g, xceptionSecond(g, xceptionFirst(g, x)), 1, 7);
  const mask = g.sigmoid(separableConvolution(g.scope('map'), 'c', features, 1), 'map');
  return { masked: g.mul(features, mask, 'masked'), mask, features };
}

/** The second half, over the scope of the tail: the head's masked features to an embedding N × 2048, no value below 0. */
export function caoTail(g: GraphBuilder, masked: Value): Value {
  const y = g.relu(xceptionExit(g, xceptionBlocks(g, masked, 8, 12)));
  return g.flatten(g.globalAveragePool(y, 'pooled'), 1, 'embedding');
}

/** The frame network. */
export const CAO2021: NetworkDefinition = {
  name: 'cao2021',
  kind: 'frame',
  inputSize: 299,
  inputSizes: { minimum: 71, maximum: 1024 },
  clipLength: 1,
  range: 'rgb/127.5-1',
  outputs: [
    { name: 'embedding', meaning: 'N × 2048: the longer, the more forged; training draws real faces to length 0 and forged ones to 18 or more' },
    { name: 'mask', meaning: 'N × 1 × 19 × 19 (input 299): 1 = this place is forged' },
  ],
  // Half way between the two margins of training (0.01 and 18), which is also the threshold that the authors watch while
  // training; their test program takes 5. The calibration of a card moves it.
  decision: { kind: 'length', output: 'embedding', threshold: 9 },
  map: { output: 'mask', meaning: 'how forged the network finds each place' },
  fixture: { model: 'cao2021', layers: { head: 'head.masked', tail: 'tail.embedding' } },
  description: 'Xception cut in two: a head that finds the forged places, a tail whose embedding is long for forged faces; one face.',
  define(g, { inputSize }) {
    const x = g.input('input', ['N', 3, inputSize, inputSize]);
    const { masked, mask } = caoHead(g.scope('head'), x);
    return { embedding: caoTail(g.scope('tail'), masked), mask };
  },
};
