/** Runs a network on a fixture's weights and input, and says where and by how much it parts from what was published. */
import type { Graph, GraphNode } from '../inference/graph.js';
import type { FloatTensor } from '../inference/tensor.js';
import type { NetworkDefinition } from './network.js';
import { parityInput, parityParameters } from './parity.js';
import type { ParityFixture, TensorStatistics } from './parity-fixture.js';
import { networkGraph } from './registry.js';

/** Largest error of any value, relative to its tensor's rms, at which two implementations agree. */
export const PARITY_TOLERANCE = 1e-3;

/** A network that can be run; what ONNX Runtime's and TensorFlow.js' sessions have in common. */
export interface RunnableNetwork {
  run(inputs: Readonly<Record<string, FloatTensor>>): Promise<Readonly<Record<string, FloatTensor>>>;
  close(): Promise<void>;
}

/** Makes a graph runnable by some executor. */
export type OpenNetwork = (graph: Graph, parameters: ReadonlyMap<string, FloatTensor>) => Promise<RunnableNetwork>;

/** How one tensor compares with the fixture. */
export interface TensorComparison {
  /** Name in the fixture. */
  readonly name: string;
  /** Largest error of any compared value relative to the tensor's rms; null where there was nothing to compare. */
  readonly error: number | null;
  /** Values compared, the mean and the rms among them. */
  readonly compared: number;
  /** Why nothing could be compared. */
  readonly problem?: string;
  readonly agrees: boolean;
}

/** How one network compares with its fixture. */
export interface ParityResult {
  readonly model: string;
  readonly network: string;
  readonly outputs: readonly TensorComparison[];
  /** Outputs of the published network that nothing needs and that are not built here. */
  readonly omittedOutputs: readonly string[];
  /** Probes that the graph has a layer for, in the order in which the published network computes them. */
  readonly probes: readonly TensorComparison[];
  /** Probes without a layer of that name. */
  readonly unmatchedProbes: readonly string[];
  /** Name of the first probe that does not agree; null where all do. */
  readonly partsAt: string | null;
  /** Whether every output and every matched probe agrees. */
  readonly agrees: boolean;
}

function withoutOnes(shape: readonly number[]): string {
  return shape.filter((extent) => extent !== 1).join(' × ');
}

/**
 * The part of a tensor that a fixture speaks of: all of it, or, where the published network went through a clip face by
 * face, and this one takes all faces at once, the first face. Axes of extent 1 do not matter.
 */
function counterpart(actual: FloatTensor, shape: readonly number[]): Float32Array | undefined {
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (withoutOnes(actual.dims) === withoutOnes(shape)) return actual.data;
  const [faces = 0, ...rest] = actual.dims;
  const [first = 0, ...published] = shape;
  return faces > first && faces % first === 0 && withoutOnes(rest) === withoutOnes(published) ? actual.data.subarray(0, count) : undefined;
}

/** Compares a tensor with what a fixture says of it: mean, rms, first values, last value, and all values where it has them. */
export function compareTensor(name: string, actual: FloatTensor | undefined, expected: TensorStatistics): TensorComparison {
  const data = actual === undefined ? undefined : counterpart(actual, expected.shape);
  if (data === undefined) {
    const problem = actual === undefined ? 'the network has no such output' : `its shape is ${actual.dims.join(' × ')}, the fixture's is ${expected.shape.join(' × ')}`;
    return { name, error: null, compared: 0, problem, agrees: false };
  }
  let sum = 0;
  let squares = 0;
  for (const value of data) {
    sum += value;
    squares += value * value;
  }
  const values = expected.values ?? expected.first;
  const differences = [
    sum / data.length - expected.mean,
    Math.sqrt(squares / data.length) - expected.rms,
    (data.at(-1) ?? NaN) - expected.last,
    ...values.map((value, i) => (data[i] ?? NaN) - value),
  ];
  const scale = expected.rms > 0 ? expected.rms : 1;
  const error = differences.reduce((largest, difference) => Math.max(largest, Number.isNaN(difference) ? Infinity : Math.abs(difference) / scale), 0);
  const complete = expected.values === undefined || expected.values.length === data.length;
  return {
    name,
    error,
    compared: differences.length,
    ...(complete ? {} : { problem: `it has ${data.length} values, the fixture ${values.length}` }),
    agrees: complete && error <= PARITY_TOLERANCE,
  };
}

/** What the fixture's `input.shape` builds the network for. */
function shapeOfInput(dims: readonly number[]): { readonly inputSize: number; readonly clipLength: number } {
  return { inputSize: dims.at(-1) ?? 0, clipLength: dims.length === 5 ? (dims[1] ?? 0) : 1 };
}

/** The layer of each probe that has one. A layer that is used again keeps its bare name for its first use, as probes do. */
function probeLayers(graph: Graph, network: NetworkDefinition, probes: readonly string[]): ReadonlyMap<string, GraphNode> {
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  return new Map(probes.flatMap((probe) => {
    const node = byName.get(network.fixture?.layers?.[probe] ?? probe);
    return node === undefined ? [] : [[probe, node] as const];
  }));
}

async function runOnce(graph: Graph, fixture: ParityFixture, open: OpenNetwork): Promise<Readonly<Record<string, FloatTensor>>> {
  const network = await open(graph, parityParameters(graph, fixture.seed, fixture.gain));
  try {
    return await network.run({ input: parityInput(fixture.seed, fixture.input.shape, fixture.input.range) });
  } finally {
    await network.close();
  }
}

/**
 * Checks a network against a fixture: the outputs by the network as it is served, the probes by a second run in which
 * they are outputs too.
 *
 * @throws FramewitnessError FW_MODEL_GRAPH where the network cannot be built for the fixture's input, and what the executor throws
 */
export async function checkParity(fixture: ParityFixture, network: NetworkDefinition, open: OpenNetwork): Promise<ParityResult> {
  const graph = networkGraph(network, shapeOfInput(fixture.input.shape));
  const named = (output: string): string => network.fixture?.outputs?.[output] ?? output;
  const omitted = (name: string): boolean => network.fixture?.omitted?.includes(name) === true;
  const results = await runOnce(graph, fixture, open);
  const outputs = fixture.outputs.filter(({ name }) => !omitted(name)).map((expected) => compareTensor(expected.name, results[named(expected.name)], expected));

  const layers = probeLayers(graph, network, Object.keys(fixture.probes));
  const probed: Graph = { ...graph, outputs: [...layers].map(([probe, { output }]) => ({ name: `probe ${probe}`, value: output })) };
  const values = layers.size === 0 ? {} : await runOnce(probed, fixture, open);
  const probes = Object.entries(fixture.probes).filter(([probe]) => layers.has(probe)).map(([probe, expected]) => compareTensor(probe, values[`probe ${probe}`], expected));

  return {
    model: fixture.model,
    network: network.name,
    outputs,
    omittedOutputs: fixture.outputs.map(({ name }) => name).filter(omitted),
    probes,
    unmatchedProbes: Object.keys(fixture.probes).filter((probe) => !layers.has(probe)),
    partsAt: probes.find(({ agrees }) => !agrees)?.name ?? null,
    agrees: outputs.length > 0 && [...outputs, ...probes].every(({ agrees }) => agrees),
  };
}
