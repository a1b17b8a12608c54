/** Convolution in N × H × W × C, of any grouping, stride and dilation, with a gradient where one is taken. */
import type { Operation, Pair } from '../graph.js';
import { inputOf, isConstant, plainInput } from './inputs.js';
import type { Made } from './layout.js';
import type { RunContext } from './context.js';
import { hasNativeKernels } from './native-kernels.js';
import type { Tensor, Tf } from './tf.js';
import { padForWindows, type WindowedImage } from './windows.js';

type Conv2d = Operation & { op: 'conv2d' };
/** Groups of one channel that are better made one full convolution on libtensorflow. */
const FEW_CHANNELS = 4;

type Image4 = Parameters<Tf['conv2d']>[0];
type Filter4 = Parameters<Tf['conv2d']>[1];

export function convolution(context: RunContext, operation: Conv2d): Made {
  const { tf, inputs, node } = context;
  const [outputs, perGroup, height, width] = context.shapeOf(node.inputs[1]?.shape ?? []) as [number, number, number, number];
  const { groups, stride, dilation, padding } = operation;
  // TensorFlow's depthwise kernels take one stride for both axes.
  // libtensorflow's take far longer for a few channels than a full convolution that is mostly zeros.
  const few = perGroup === 1 && groups > 1 && groups <= FEW_CHANNELS && hasNativeKernels(tf);
  const depthwise = perGroup === 1 && groups > 1 && stride[0] === stride[1] && !few;
  // It has no gradient of a dilated convolution, no stride and dilation at once, and on the CPU no dilated depthwise kernel.
  const spread = (dilation[0] > 1 || dilation[1] > 1) && (depthwise || context.differentiable || stride[0] > 1 || stride[1] > 1);
  const make = (): Tensor => {
    const plain = plainInput(context, 1);
    const whole: Tensor = few ? blockDiagonal(tf, plain, groups) : plain;
    const turned = depthwise
      ? tf.transpose(tf.reshape(plain, [groups, outputs / groups, height, width]), [2, 3, 0, 1])
      : tf.transpose(whole, [2, 3, 1, 0]);
    return spread ? spreadOut(tf, turned, dilation) : turned;
  };
  const filter = isConstant(context, 1) ? context.store.prepared(`${node.name}/filter`, make) : make();
  const reach: Pair = [dilation[0] * (height - 1) + 1, dilation[1] * (width - 1) + 1];
  const windows = padForWindows(tf, inputOf(context, 0).channelsLast(), reach, stride, padding, 0);
  const steps: Pair = spread ? [1, 1] : dilation;
  const y = depthwise ? eachChannel(tf, windows, filter, stride, steps) : grouped(tf, windows, filter, few ? 1 : groups, stride, steps);
  return { tensor: inputs[2] === undefined ? y : tf.add(y, inputs[2].plain()), layout: 'channels-last' };
}

/** An O × 1 × kH × kW filter of groups with one channel each as one of a full convolution, O × groups × kH × kW. */
function blockDiagonal(tf: Tf, filter: Tensor, groups: number): Tensor {
  const outputs = filter.shape[0];
  const mine = Float32Array.from({ length: outputs * groups }, (_, i) => (Math.floor(Math.floor(i / groups) / (outputs / groups)) === i % groups ? 1 : 0));
  return tf.mul(filter, tf.tensor(mine, [outputs, groups, 1, 1]));
}

/** Zeros between the taps of a kH × kW × … filter: what a dilation means. */
function spreadOut(tf: Tf, filter: Tensor, [rows, columns]: Pair): Tensor {
  const [height, width, ...channels] = filter.shape as [number, number, number, number];
  const cells = tf.reshape(filter, [height, 1, width, 1, channels[0] * channels[1]]);
  const wide = tf.reshape(tf.pad(cells, [[0, 0], [0, rows - 1], [0, 0], [0, columns - 1], [0, 0]]), [height * rows, width * columns, ...channels]);
  return tf.slice(wide, [0, 0, 0, 0], [rows * (height - 1) + 1, columns * (width - 1) + 1, ...channels]);
}

function eachChannel(tf: Tf, { image, pad }: WindowedImage, filter: Tensor, stride: Pair, dilation: Pair): Tensor {
  return tf.depthwiseConv2d(image as Image4, filter as Filter4, [...stride], pad, 'NHWC', [...dilation]);
}

/** TensorFlow.js has no groups: each goes on its own. */
function grouped(tf: Tf, { image, pad }: WindowedImage, filter: Tensor, groups: number, stride: Pair, dilation: Pair): Tensor {
  const one = (x: Tensor, w: Tensor): Tensor => tf.conv2d(x as Image4, w as Filter4, [...stride], pad, 'NHWC', [...dilation]);
  if (groups === 1) return one(image, filter);
  const images = tf.split(image, groups, 3);
  const filters = tf.split(filter, groups, 3);
  return tf.concat(images.map((x, i) => one(x, filters[i] ?? filter)), 3);
}
