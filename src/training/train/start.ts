/** Weights that a training starts from: those of a file where it has them, the others at random. */
import { dirname, join } from 'node:path';
import { FramewitnessError } from '../../domain/errors.js';
import type { Graph } from '../../inference/graph.js';
import { sameShape, showShape } from '../../inference/shapes.js';
import type { FloatTensor } from '../../inference/tensor.js';
import { readCheckpointFile } from '../../models/import-model.js';
import { readCard } from '../../models/load.js';
import type { TrainingConfig } from '../config-schema.js';

/** What weights begin as, and which of them came from a file. */
export interface StartingWeights {
  readonly parameters: ReadonlyMap<string, FloatTensor>;
  /** Parameters that the file had. */
  readonly found: number;
  /** Parameters that it lacked; they start at random. */
  readonly missing: readonly string[];
  /** Tensors of the file that no parameter is made of. */
  readonly unused: readonly string[];
  /** SHA-256 of the file. */
  readonly sha256: string;
}

type Start = NonNullable<TrainingConfig['start']>;

/** Counters that PyTorch keeps with batch normalisation. */
const COUNTER = /(^|\.)num_batches_tracked$/;

/** A checkpoint of a training holds more than weights: the average, where there is one, is what it is for. */
function ofTraining(tensors: ReadonlyMap<string, FloatTensor>): ReadonlyMap<string, FloatTensor> {
  const kind = ['average/', 'weights/'].find((beginning) => [...tensors.keys()].some((key) => key.startsWith(beginning)));
  return kind === undefined ? tensors : new Map([...tensors].filter(([key]) => key.startsWith(kind)).map(([key, tensor]) => [key.slice(kind.length), tensor]));
}

/**
 * Reads weights to start from.
 *
 * @param initial - random weights, a tensor for every parameter
 * @param folder - relative paths start there
 * @throws FramewitnessError FW_MODEL_WEIGHTS where a tensor has another shape than its parameter, or none fits any; and what reading the file throws
 */
export async function startingWeights({ weights, rename }: Start, graph: Graph, initial: ReadonlyMap<string, FloatTensor>, resolvePath: (path: string) => string): Promise<StartingWeights> {
  const named = resolvePath(weights);
  const path = named.endsWith('.card.json') ? join(dirname(named), (await readCard(named)).weights.file) : named;
  const { checkpoint, sha256 } = await readCheckpointFile(path);
  const parameters = new Map(initial);
  const filled = new Set<string>();
  const [unused, misshapen]: [string[], string[]] = [[], []];
  for (const [key, tensor] of ofTraining(checkpoint.tensors)) {
    if (COUNTER.test(key)) continue;
    // Two streams may start from one file: every name that a rule makes counts.
    const renamed = rename.filter(({ from }) => key.startsWith(from)).map(({ from, to }) => to + key.slice(from.length)).filter((name) => graph.parameters.has(name));
    const names = (renamed.length > 0 ? renamed : [key]).filter((name) => graph.parameters.has(name) && !filled.has(name));
    if (names.length === 0) unused.push(key);
    for (const name of names) {
      const { dims } = initial.get(name) ?? tensor;
      if (!sameShape(dims, tensor.dims)) misshapen.push(`${key} is ${showShape(tensor.dims)}, ${name} needs ${showShape(dims)}`);
      filled.add(name);
      parameters.set(name, { dims, data: tensor.data });
    }
  }
  if (misshapen.length > 0) throw new FramewitnessError('FW_MODEL_WEIGHTS', `${path} does not fit ${graph.name}: ${misshapen.join('; ')}`, { location: { input: path } });
  if (filled.size === 0) throw new FramewitnessError('FW_MODEL_WEIGHTS', `${path} has no tensor for any parameter of ${graph.name}: it has ${unused.slice(0, 5).join(', ')}, … ; the network has ${[...graph.parameters.keys()].slice(0, 5).join(', ')}, …; say in start.rename how they differ`, { location: { input: path } });
  return { parameters, found: filled.size, missing: [...graph.parameters.keys()].filter((key) => !filled.has(key)), unused, sha256 };
}
