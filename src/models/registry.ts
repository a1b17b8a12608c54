/** The networks by name. */
import { FramewitnessError } from '../domain/errors.js';
import type { Graph } from '../inference/graph.js';
import { buildGraph } from '../inference/graph-builder.js';
import { CAO2021 } from './cao2021.js';
import { CAPSULE_FORENSICS_V1, CAPSULE_FORENSICS_V2 } from './capsule.js';
import { DUAL_LEVEL_CNN } from './dual-level-cnn.js';
import { DUAL_LEVEL_CRNN_GRU, DUAL_LEVEL_CRNN_LSTM } from './dual-level-crnn.js';
import { DUAL_LEVEL_DCT, DUAL_LEVEL_DCT_GATED } from './dual-level-dct.js';
import { DUAL_LEVEL_RESNET3D } from './dual-level-resnet3d.js';
import { DUAL_LEVEL_RESVIT, DUAL_LEVEL_VIT } from './dual-level-vit.js';
import { DUAL_LEVEL_BIGRU, DUAL_LEVEL_BILSTM, DUAL_LEVEL_GRU, DUAL_LEVEL_LSTM } from './dual-level.js';
import { DSP_FWA } from './fwa.js';
import { LGRR } from './lgrr.js';
import { LUO2021, LUO2021_DEEPFAKEBENCH } from './luo2021.js';
import { MESO4, MESO4_KERAS } from './meso4.js';
import { MESO_INCEPTION4, MESO_INCEPTION4_KERAS } from './meso-inception4.js';
import { MSFRNET } from './msfrnet.js';
import { allows, type NetworkDefinition, type NetworkShape } from './network.js';
import { SRM_RESIDUAL } from './srm-residual.js';
import { SRM_RESIDUAL_GRU } from './srm-residual-gru.js';
import { XCEPTION } from './xception.js';

/** Every registered network. */
export const NETWORKS: readonly NetworkDefinition[] = [
  SRM_RESIDUAL,
  SRM_RESIDUAL_GRU,
  MSFRNET,
  LUO2021,
  LUO2021_DEEPFAKEBENCH,
  CAO2021,
  XCEPTION,
  MESO4,
  MESO4_KERAS,
  MESO_INCEPTION4,
  MESO_INCEPTION4_KERAS,
  DUAL_LEVEL_GRU,
  DUAL_LEVEL_LSTM,
  DUAL_LEVEL_BIGRU,
  DUAL_LEVEL_BILSTM,
  DUAL_LEVEL_CRNN_GRU,
  DUAL_LEVEL_CRNN_LSTM,
  DUAL_LEVEL_CNN,
  DUAL_LEVEL_DCT,
  DUAL_LEVEL_DCT_GATED,
  DUAL_LEVEL_RESNET3D,
  DUAL_LEVEL_VIT,
  DUAL_LEVEL_RESVIT,
  LGRR,
  CAPSULE_FORENSICS_V1,
  CAPSULE_FORENSICS_V2,
  DSP_FWA,
];

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

/** The network that a parity fixture speaks of, by the fixture's `model`; undefined where there is none. */
export function findFixtureNetwork(model: string): NetworkDefinition | undefined {
  return NETWORKS.find(({ name, fixture }) => (fixture?.model ?? name) === model);
}

/**
 * The graph of a network, parameters not yet bound.
 *
 * @param shape - default: the definition's
 * @throws FramewitnessError FW_MODEL_GRAPH where the network cannot be built for that shape
 */
export function networkGraph(network: NetworkDefinition, shape: NetworkShape = network): Graph {
  checkShape(network, shape);
  const { inputSize, clipLength } = shape;
  return buildGraph(network.name, (g) => network.define(g, { inputSize, clipLength }));
}

/** The graph that takes clips of any length; undefined where the network has none. @throws as {@link networkGraph} */
export function anyLengthGraph(network: NetworkDefinition, inputSize: number = network.inputSize): Graph | undefined {
  if (network.defineForAnyLength === undefined) return undefined;
  checkShape(network, { inputSize, clipLength: network.clipLength });
  return buildGraph(network.name, (g) => network.defineForAnyLength?.(g, inputSize) ?? {});
}

function checkShape(network: NetworkDefinition, shape: NetworkShape): void {
  const problems = [
    ...(allows(network.inputSizes, network.inputSize, shape.inputSize) ? [] : [`input size ${shape.inputSize}`]),
    ...(allows(network.clipLengths, network.clipLength, shape.clipLength) ? [] : [`clips of ${shape.clipLength}`]),
  ];
  if (problems.length > 0) throw new FramewitnessError('FW_MODEL_GRAPH', `${network.name}: it cannot be built for ${problems.join(' and ')}`);
}
