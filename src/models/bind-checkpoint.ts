/** Fits a checkpoint's tensors to the parameters that a network's graph asks for. */
import { FramewitnessError } from '../domain/errors.js';
import type { Checkpoint } from '../inference/checkpoints/checkpoint.js';
import { foldConstant } from '../inference/constant-folding.js';
import type { Graph } from '../inference/graph.js';
import { bindParameters } from '../inference/parameters.js';
import type { Shape } from '../inference/shapes.js';
import type { FloatTensor } from '../inference/tensor.js';
import type { CheckpointLayout, KerasLayout } from './checkpoint-layout.js';

type Tensors = ReadonlyMap<string, FloatTensor>;

/** Wrappers that put a word before every key, in the order in which they are taken off. */
const WRAPPERS = ['module.', 'model.', 'net.', 'network.'] as const;

/** Takes off what wraps all keys: always `module.`, the others where that makes more of the graph's keys appear. */
function unwrapped(tensors: Tensors, wanted: (key: string) => boolean): Tensors {
  let current = tensors;
  const hits = (candidates: Tensors): number => [...candidates.keys()].filter(wanted).length;
  for (const wrapper of WRAPPERS) {
    if (current.size === 0 || ![...current.keys()].every((key) => key.startsWith(wrapper))) continue;
    const shorter = new Map([...current].map(([key, tensor]) => [key.slice(wrapper.length), tensor]));
    if (wrapper === 'module.' || hits(shorter) > hits(current)) current = shorter;
  }
  return current;
}

/** Keys as the graph has them: a rule is applied where a key is not one of the graph's and becomes one by it. */
function renamed(tensors: Tensors, rules: NonNullable<CheckpointLayout['renamed']>, wanted: (key: string) => boolean): Tensors {
  const result = new Map<string, FloatTensor>();
  for (const [key, tensor] of tensors) {
    const candidates = wanted(key) ? [] : rules.filter(({ from }) => key.startsWith(from)).map(({ from, to }) => to + key.slice(from.length));
    const name = candidates.find(wanted) ?? key;
    // Where two stored tensors would be one, both keep their names, and the second is reported as surplus.
    result.set(result.has(name) || (name !== key && tensors.has(name)) ? key : name, tensor);
  }
  return result;
}

/** Pointwise kernels that were stored without their axes of extent 1, and the reverse. */
function reshaped(tensor: FloatTensor, shape: Shape | undefined): FloatTensor {
  if (shape === undefined) return tensor;
  const [long, short] = tensor.dims.length > shape.length ? [tensor.dims, shape] : [shape, tensor.dims];
  const fits = short.length >= 2 && short.every((extent, axis) => extent === long[axis]) && long.slice(short.length).every((extent) => extent === 1);
  return fits && short.length < long.length ? { ...tensor, dims: shape.map(Number) } : tensor;
}

const turned = (tensor: FloatTensor, permutation: readonly number[]): FloatTensor => {
  if (tensor.dims.length !== permutation.length) return tensor;
  return foldConstant({ op: 'transpose', permutation }, [tensor]) ?? tensor;
};
const same = (tensor: FloatTensor): FloatTensor => tensor;

/** What each weight of a Keras layer is called here, and how its axes are turned. */
const KERAS_WEIGHTS: Readonly<Record<keyof KerasLayout, Readonly<Record<string, readonly [name: string, turn: (tensor: FloatTensor) => FloatTensor]>>>> = {
  conv2d: { kernel: ['weight', (tensor) => turned(tensor, [3, 2, 0, 1])], bias: ['bias', same] },
  dense: { kernel: ['weight', (tensor) => turned(tensor, [1, 0])], bias: ['bias', same] },
  batch_normalization: { gamma: ['weight', same], beta: ['bias', same], moving_mean: ['running_mean', same], moving_variance: ['running_var', same] },
};

/** Keras numbers the layers of a class through all networks of a program: only their order says which is which. */
function fromKeras(tensors: Tensors, layout: KerasLayout): Tensors {
  const result = new Map<string, FloatTensor>();
  const places = new Map<string, string>();
  for (const [kind, modules] of Object.entries(layout) as [keyof KerasLayout, readonly string[]][]) {
    const pattern = new RegExp(`^${kind}(?:_(\\d+))?$`);
    const layers = [...new Set([...tensors.keys()].map((key) => key.split('/')[0] ?? ''))].filter((layer) => pattern.test(layer));
    const number = (layer: string): number => Number(pattern.exec(layer)?.[1] ?? 0);
    layers.sort((a, b) => number(a) - number(b)).forEach((layer, i) => {
      const module = modules[i];
      if (module !== undefined) places.set(layer, `${kind}/${module}`);
    });
  }
  for (const [key, tensor] of tensors) {
    const [kind, module] = places.get(key.split('/')[0] ?? '')?.split('/') ?? [];
    const weight = /([^/]+?)(?::\d+)?$/.exec(key)?.[1] ?? '';
    const known = kind === undefined ? undefined : KERAS_WEIGHTS[kind as keyof KerasLayout][weight];
    if (known === undefined) result.set(key, tensor);
    else result.set(`${module ?? ''}.${known[0]}`, known[1](tensor));
  }
  return result;
}

/**
 * A tensor for every parameter of the graph.
 *
 * @throws FramewitnessError FW_MODEL_WEIGHTS listing every missing, surplus, misshapen or non-finite tensor; FW_MODEL_FORMAT
 * for a Keras file of a network whose weights are not published in any
 */
export function bindCheckpoint(graph: Graph, checkpoint: Pick<Checkpoint, 'format' | 'tensors'>, layout: CheckpointLayout = {}): ReadonlyMap<string, FloatTensor> {
  const wanted = (key: string): boolean => graph.parameters.has(key);
  let tensors: Tensors = checkpoint.tensors;
  if (checkpoint.format === 'keras-h5') {
    if (layout.keras === undefined) throw new FramewitnessError('FW_MODEL_FORMAT', `${graph.name}: it is not known how Keras weights fit this network`);
    tensors = fromKeras(tensors, layout.keras);
  } else {
    tensors = renamed(unwrapped(tensors, wanted), layout.renamed ?? [], wanted);
  }
  const needed = new Map([...tensors]
    .filter(([key]) => wanted(key) || layout.unused?.some((beginning) => key.startsWith(beginning)) !== true)
    .map(([key, tensor]) => [key, reshaped(tensor, graph.parameters.get(key)?.shape)]));
  return bindParameters(graph, needed);
}
