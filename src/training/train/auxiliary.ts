/**
 * The second task: from inner maps of the network, where in the face was something changed? Learning from one label a
 * picture takes far longer than from a map. The head is trained along and is no part of what comes out.
 */
import { FramewitnessError } from '../../domain/errors.js';
import type { Graph, GraphNode } from '../../inference/graph.js';
import { buildGraph } from '../../inference/graph-builder.js';
import { convolution } from '../../inference/layers.js';
import type { TensorflowExecutor } from '../../inference/tensorflow/executor.js';
import { NetworkVariables } from '../../inference/tensorflow/stores.js';
import type { Tensor, Tf } from '../../inference/tensorflow/tf.js';
import type { AuxiliaryConfig } from '../config-schema.js';
import { softplus } from '../losses/arithmetic.js';
import { initialParameters } from './initialise.js';

/** What an inner layer's output is called among the outputs of {@link withLayers}. */
export const layerOutput = (layer: string): string => `layer ${layer}`;

function nodeOf(graph: Graph, layer: string): GraphNode {
  const node = graph.nodes.find(({ name }) => name === layer);
  if (node === undefined) throw new FramewitnessError('FW_TRAINING_CONFIG', `${graph.name} has no layer ${layer}; layers: ${graph.nodes.map(({ name }) => name).filter((name) => !name.includes('.')).join(', ')}`);
  return node;
}

/** The graph with inner layers among its outputs. @throws FramewitnessError FW_TRAINING_CONFIG where it has no such layer */
export function withLayers(graph: Graph, layers: readonly string[]): Graph {
  return { ...graph, outputs: [...graph.outputs, ...layers.map((layer) => ({ name: layerOutput(layer), value: nodeOf(graph, layer).output }))] };
}

/** 1 × 1 convolutions of each map to one number a place, brought to the size of the first and added up. */
function localiserGraph(graph: Graph, layers: readonly string[]): { readonly graph: Graph; readonly side: number } {
  const shapes = layers.map((layer) => nodeOf(graph, layer).output.shape);
  const wrong = shapes.findIndex((shape) => shape.length !== 4 || typeof shape[2] !== 'number' || shape[2] !== shape[3]);
  if (wrong >= 0) throw new FramewitnessError('FW_TRAINING_CONFIG', `${graph.name}: the layer ${layers[wrong] ?? ''} has no square map that a localiser could read`);
  const side = Number(shapes[0]?.[2]);
  const head = buildGraph(`${graph.name}.localiser`, (g) => {
    const maps = shapes.map((shape, i) => {
      const y = convolution(g, `map${i}`, g.input(layerOutput(layers[i] ?? ''), ['N', ...shape.slice(1)]), { channels: 1, kernel: 1, bias: true });
      return shape[2] === side ? y : g.resizeBilinear(y, [side, side], 'half-pixel', `map${i}.resized`);
    });
    return { places: maps.reduce((sum, map) => g.add(sum, map)) };
  });
  return { graph: head, side };
}

/** A head with its variables. */
export class Localiser {
  /** Places along a side of the prediction. */
  readonly side: number;
  readonly variables: NetworkVariables;
  readonly #graph: Graph;

  /** @param graph - of the network */
  constructor(
    private readonly executor: TensorflowExecutor,
    graph: Graph,
    readonly config: AuxiliaryConfig,
    seed: number,
  ) {
    const head = localiserGraph(graph, config.layers);
    this.#graph = head.graph;
    this.side = head.side;
    this.variables = executor.createVariables(head.graph, initialParameters(head.graph, seed));
  }

  /**
   * Mean binary cross-entropy of all places.
   *
   * @param outputs - of the network as {@link withLayers} gives it
   * @param places - N × 1 × side × side, 0 to 1
   */
  loss(tf: Tf, outputs: Readonly<Record<string, Tensor>>, places: Tensor): Tensor {
    const inputs = Object.fromEntries(this.config.layers.map((layer) => [layerOutput(layer), outputs[layerOutput(layer)] as Tensor]));
    const logits = this.executor.asFunction(this.#graph, this.variables, { mode: 'train' })(inputs)['places'] as Tensor;
    return tf.mean(tf.sub(softplus(tf, logits), tf.mul(logits, places)));
  }

  dispose(): void {
    this.variables.dispose();
  }
}
