/** Recurrent layers, step by step, in PyTorch's gate order. */
import type { Operation } from '../graph.js';
import { plainInput } from './inputs.js';
import type { Made } from './layout.js';
import type { RunContext } from './context.js';
import type { Tensor, Tf } from './tf.js';

/** What one step hands to the next: hidden state, and cell state (LSTM). */
interface State {
  readonly hidden: Tensor;
  readonly cell: Tensor;
}

/** @param input - the step's share of all gates, from its input; @param recurrent - from the hidden state; N × gates·H both */
type Step = (tf: Tf, input: Tensor, recurrent: Tensor, state: State) => State;

const gruStep: Step = (tf, input, recurrent, { hidden, cell }) => {
  const [inputReset, inputUpdate, inputNew] = tf.split(input, 3, 1) as [Tensor, Tensor, Tensor];
  const [reset, update, fresh] = tf.split(recurrent, 3, 1) as [Tensor, Tensor, Tensor];
  const r = tf.sigmoid(tf.add(inputReset, reset));
  const z = tf.sigmoid(tf.add(inputUpdate, update));
  const n: Tensor = tf.tanh(tf.add(inputNew, tf.mul(r, fresh)));
  return { hidden: tf.add(n, tf.mul(z, tf.sub(hidden, n))), cell };
};

const lstmStep: Step = (tf, input, recurrent, { cell }) => {
  const [i, f, g, o] = tf.split(tf.add(input, recurrent), 4, 1) as [Tensor, Tensor, Tensor, Tensor];
  const next: Tensor = tf.add(tf.mul(tf.sigmoid(f), cell), tf.mul(tf.sigmoid(i), tf.tanh(g)));
  return { hidden: tf.mul(tf.sigmoid(o), tf.tanh(next)), cell: next };
};

export function recurrent(context: RunContext, { op, hiddenSize, direction }: Operation & { op: 'gru' | 'lstm' }): Made {
  const { tf } = context;
  const [x, inputWeight, recurrentWeight, inputBias, recurrentBias] = [0, 1, 2, 3, 4].map((i) => plainInput(context, i)) as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const [items, steps, features] = x.shape as [number, number, number];
  const step = op === 'gru' ? gruStep : lstmStep;
  // Every step's share of the input in one product.
  const shares: Tensor = tf.add(tf.matMul(tf.reshape(x, [items * steps, features]), inputWeight, false, true), inputBias);
  // Never turned in place: the gradient goes by where the engine put them.
  const split = tf.unstack(tf.reshape(shares, [items, steps, -1]), 1);
  const order = direction === 'reverse' ? split.toReversed() : split;
  let state: State = { hidden: tf.zeros([items, hiddenSize]), cell: tf.zeros([items, hiddenSize]) };
  const states: Tensor[] = [];
  for (const share of order) {
    state = step(tf, share, tf.add(tf.matMul(state.hidden, recurrentWeight, false, true), recurrentBias), state);
    states.push(state.hidden);
  }
  return { tensor: tf.stack(direction === 'reverse' ? states.toReversed() : states, 1), layout: 'plain' };
}
