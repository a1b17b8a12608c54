/**
 * `xception`: Xception with two classes, the baseline of FaceForensics++ (Rössler et al., ICCV 2019), in whose weights
 * class 0 is pristine and class 1 manipulated.
 */
import { fullyConnected } from '../inference/layers.js';
import type { NetworkDefinition } from './network.js';
import { xceptionBlocks, xceptionExit, xceptionFirst, xceptionSecond } from './xception-blocks.js';

/** The frame network. */
export const XCEPTION: NetworkDefinition = {
  name: 'xception',
  kind: 'frame',
  inputSize: 299,
  inputSizes: { minimum: 71, maximum: 1024 },
  clipLength: 1,
  range: 'rgb/127.5-1',
  outputs: [{ name: 'logits', meaning: 'N × 2: logit of each class, 0 = real, 1 = forged' }],
  decision: { kind: 'softmax', output: 'logits', fake: 1 },
  fixture: { model: 'xception' },
  checkpoint: {
    renamed: [
      // Wrapped for transfer learning, and with dropout before the classifier.
      { from: 'model.last_linear.1.', to: 'last_linear.' },
      { from: 'model.', to: '' },
      { from: 'last_linear.1.', to: 'last_linear.' },
    ],
  },
  description: 'Xception (depthwise separable convolutions), two classes, as trained on FaceForensics++; one face.',
  define(g, { inputSize }) {
    const x = g.input('input', ['N', 3, inputSize, inputSize]);
    const features = xceptionExit(g, xceptionBlocks(g, xceptionSecond(g, xceptionFirst(g, x)), 1, 12));
    const pooled = g.flatten(g.globalAveragePool(g.relu(features), 'pooled'), 1, 'features');
    return { logits: fullyConnected(g, 'last_linear', pooled, 2) };
  },
};
