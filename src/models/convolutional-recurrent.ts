/**
 * Recurrent layers whose gates are convolutions, on maps instead of vectors: ConvLSTM (Shi et al., "Convolutional LSTM
 * Network", NeurIPS 2015, without peepholes) and ConvGRU (Ballas et al., "Delving Deeper into Convolutional Networks for
 * Learning Video Representations", ICLR 2016). Keys and gate order as in the two PyTorch packages that are in common use:
 * `cell_list.K.conv` (input, forget, output, cell) and `cell_list.K.conv_gates` (reset, update) with `cell_list.K.conv_can`.
 * Each convolution reads the input's channels, then the state's. The initial state is zero.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';

/** Options of {@link convolutionalRecurrentLayers}. */
export interface ConvolutionalRecurrentOptions {
  readonly cell: 'gru' | 'lstm';
  /** Channels of each layer's state. */
  readonly channels: readonly number[];
  /** Odd; padded so that maps keep their extent. */
  readonly kernel: number;
}

/** What {@link convolutionalRecurrentLayers} gives. */
export interface ConvolutionalRecurrentResult {
  /** N × T × C × H × W: the last layer's states. */
  readonly states: Value;
  /** N × C × H × W: what the last layer remembers after the last step; of a GRU, its state, of an LSTM, its cell. */
  readonly memory: Value;
}

/** One convolution over [input, state], as one over the inputs of all steps and one over the state of each. */
interface SplitConvolution {
  /** Share of the input at each step, with the bias. */
  readonly inputs: readonly Value[];
  /** Share of a state. */
  readonly ofState: (state: Value, label: string) => Value;
}

function splitConvolution(g: GraphBuilder, name: string, x: Value, outputs: number, stateChannels: number, kernel: number): SplitConvolution {
  const [, steps, channels, height, width] = x.shape.map(Number);
  if (steps === undefined || channels === undefined || height === undefined || width === undefined) throw new TypeError(`${name}: the input must be N × T × C × H × W`);
  const module = g.scope(name);
  const weight = module.parameter('weight', [outputs, channels + stateChannels, kernel, kernel]);
  const padding = (kernel - 1) / 2;
  const flat = module.reshape(x, [`${steps}*N`, channels, height, width], 'steps');
  const shares = module.conv2d(flat, module.slice(weight, 1, 0, channels, 'weight.input'), { bias: module.parameter('bias', [outputs]), padding }, 'input');
  const sequence = module.reshape(shares, ['N', steps, outputs, height, width], 'sequence');
  const inputs = Array.from({ length: steps }, (_, step) => module.reshape(module.slice(sequence, 1, step, step + 1, `at${step}`), ['N', outputs, height, width], `input${step}`));
  const stateWeight = module.slice(weight, 1, channels, channels + stateChannels, 'weight.state');
  return { inputs, ofState: (state, label) => module.conv2d(state, stateWeight, { padding }, label) };
}

interface LayerResult {
  readonly states: readonly Value[];
  readonly memory: Value;
}

function lstmLayer(g: GraphBuilder, x: Value, channels: number, kernel: number): LayerResult {
  const { inputs, ofState } = splitConvolution(g, 'conv', x, 4 * channels, channels, kernel);
  const states: Value[] = [];
  let memory: Value | undefined;
  inputs.forEach((input, step) => {
    const at = g.scope(`step${step}`);
    const before = states[step - 1];
    const sum = before === undefined ? input : at.add(input, ofState(before, `state${step}`), 'sum');
    const gates = at.sigmoid(at.slice(sum, 1, 0, 3 * channels, 'gates'), 'open');
    const [enter, keep, leave] = [0, 1, 2].map((gate) => at.slice(gates, 1, gate * channels, (gate + 1) * channels, ['enter', 'keep', 'leave'][gate])) as [Value, Value, Value];
    const entered = at.mul(enter, at.tanh(at.slice(sum, 1, 3 * channels, 4 * channels, 'candidate'), 'new'), 'entered');
    memory = memory === undefined ? entered : at.add(at.mul(keep, memory, 'kept'), entered, 'memory');
    states.push(at.mul(leave, at.tanh(memory, 'shown'), 'state'));
  });
  return finished(states, memory);
}

function gruLayer(g: GraphBuilder, x: Value, channels: number, kernel: number): LayerResult {
  const gates = splitConvolution(g, 'conv_gates', x, 2 * channels, channels, kernel);
  const candidates = splitConvolution(g, 'conv_can', x, channels, channels, kernel);
  const states: Value[] = [];
  gates.inputs.forEach((input, step) => {
    const at = g.scope(`step${step}`);
    const before = states[step - 1];
    const candidateInput = candidates.inputs[step];
    if (candidateInput === undefined) throw new TypeError('the two convolutions read the same steps');
    const open = at.sigmoid(before === undefined ? input : at.add(input, gates.ofState(before, `state${step}`), 'sum'), 'open');
    const update = at.slice(open, 1, channels, 2 * channels, 'update');
    if (before === undefined) {
      states.push(at.mul(update, at.tanh(candidateInput, 'new'), 'state'));
      return;
    }
    const remembered = at.mul(at.slice(open, 1, 0, channels, 'reset'), before, 'remembered');
    const candidate = at.tanh(at.add(candidateInput, candidates.ofState(remembered, `state${step}`), 'candidate'), 'new');
    // (1 - update) · before + update · candidate
    states.push(at.add(before, at.mul(update, at.sub(candidate, before, 'change'), 'step'), 'state'));
  });
  return finished(states, states.at(-1));
}

function finished(states: readonly Value[], memory: Value | undefined): LayerResult {
  if (memory === undefined) throw new TypeError('a clip has one step or more');
  return { states, memory };
}

/** Stacked layers, called `name`: N × T × C × H × W in. */
export function convolutionalRecurrentLayers(g: GraphBuilder, name: string, x: Value, { cell, channels, kernel }: ConvolutionalRecurrentOptions): ConvolutionalRecurrentResult {
  const [, , , height, width] = x.shape;
  let sequence = x;
  let memory = x;
  channels.forEach((count, index) => {
    const module = g.scope(`${name}.cell_list.${index}`);
    const layer = (cell === 'lstm' ? lstmLayer : gruLayer)(module, sequence, count, kernel);
    const single = layer.states.map((state, step) => module.reshape(state, ['N', 1, count, Number(height), Number(width)], `one${step}`));
    // The last layer has the module's own name, as a probe of the module would have it.
    sequence = g.concat(single, 1, index === channels.length - 1 ? name : `${name}.cell_list.${index}`);
    memory = layer.memory;
  });
  return { states: sequence, memory };
}
