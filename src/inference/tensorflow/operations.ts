/** Each graph operation in TensorFlow.js operations. */
import { convolution } from './convolution.js';
import { dropout, elementwise, larger, pairwise, prelu, softmax } from './elementwise.js';
import type { Made } from './layout.js';
import { nativeRelu } from './native-kernels.js';
import { batchNormalisation } from './normalisation.js';
import { globalAverage, maximumOfWindows, reduced, resized } from './pooling.js';
import { recurrent } from './recurrent.js';
import type { RunContext } from './context.js';
import { concatenated, linear, matrixProduct, padded, reshaped, sliced, transposed } from './shaping.js';

/** Computes a node. Called inside a `tidy`: whatever is made on the way goes when the result is there. */
export function computeNode(context: RunContext): Made {
  const { tf } = context;
  const { operation } = context.node;
  switch (operation.op) {
    case 'conv2d':
      return convolution(context, operation);
    case 'batchNorm':
      return batchNormalisation(context, operation.epsilon);
    case 'relu':
      return elementwise(context, (x) => (context.differentiable ? nativeRelu(tf, x) : undefined) ?? tf.relu(x));
    case 'sigmoid':
      return elementwise(context, (x) => tf.sigmoid(x));
    case 'tanh':
      return elementwise(context, (x) => tf.tanh(x));
    case 'exp':
      return elementwise(context, (x) => tf.exp(x));
    case 'sqrt':
      return elementwise(context, (x) => tf.sqrt(x));
    case 'erf':
      return elementwise(context, (x) => tf.erf(x));
    case 'clip':
      return elementwise(context, (x) => tf.clipByValue(x, operation.minimum, operation.maximum));
    case 'prelu':
      return prelu(context);
    case 'add':
      return pairwise(context, (a, b) => tf.add(a, b));
    case 'sub':
      return pairwise(context, (a, b) => tf.sub(a, b));
    case 'mul':
      return pairwise(context, (a, b) => tf.mul(a, b));
    case 'div':
      return pairwise(context, (a, b) => tf.div(a, b));
    case 'maximum':
      return larger(context);
    case 'softmax':
      return softmax(context, operation.axis);
    case 'dropout':
      return dropout(context, operation.rate);
    case 'matMul':
      return matrixProduct(context);
    case 'linear':
      return linear(context);
    case 'concat':
      return concatenated(context, operation.axis);
    case 'pad':
      return padded(context, operation);
    case 'reshape':
      return reshaped(context, operation.shape);
    case 'transpose':
      return transposed(context, operation.permutation);
    case 'slice':
      return sliced(context, operation);
    case 'maxPool':
      return maximumOfWindows(context, operation);
    case 'globalAveragePool':
      return globalAverage(context);
    case 'resizeBilinear':
      return resized(context, operation);
    case 'reduceMean':
    case 'reduceMax':
      return reduced(context, operation);
    case 'gru':
    case 'lstm':
      return recurrent(context, operation);
  }
}
