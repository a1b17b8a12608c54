/** The networks by name. */
import { FramewitnessError } from '../domain/errors.js';
import type { Graph } from '../inference/graph.js';
import { buildGraph } from '../inference/graph-builder.js';
import type { NetworkDefinition } from './network.js';
import { SRM_RESIDUAL } from './srm-residual.js';
import { SRM_RESIDUAL_GRU } from './srm-residual-gru.js';

/** Every registered network. */
export const NETWORKS: readonly NetworkDefinition[] = [SRM_RESIDUAL, SRM_RESIDUAL_GRU];

/**
 * The network of that name.
 *
 * @throws FramewitnessError FW_MODEL_UNKNOWN, listing the names that there are
 */
export function findNetwork(name: string): NetworkDefinition {
  const network = NETWORKS.find((candidate) => candidate.name === name);
  if (network === undefined) {
    throw new FramewitnessError('FW_MODEL_UNKNOWN', `there is no network ${name}; networks: ${NETWORKS.map((known) => known.name).join(', ')}`);
  }
  return network;
}

/** The graph of a network, parameters not yet bound. */
export function networkGraph(network: NetworkDefinition): Graph {
  return buildGraph(network.name, (g) => network.define(g));
}
