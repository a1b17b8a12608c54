/** What a registered network is: how it is built, what goes in, and what its outputs mean. */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import type { CheckpointLayout } from './checkpoint-layout.js';
import type { Decision } from './decision.js';
import type { PreprocessingName } from './preprocessing.js';

/** A result of a network. */
export interface NetworkOutput {
  readonly name: string;
  /** Shape, and which way the numbers point. */
  readonly meaning: string;
}

/** What a network is built for. */
export interface NetworkShape {
  /** Height and width of the face crops, in pixels. */
  readonly inputSize: number;
  /** Faces in an item: 1 for frame networks. */
  readonly clipLength: number;
}

/** Numbers that a network can be built for besides its usual one. */
export interface Choice {
  readonly minimum: number;
  readonly maximum: number;
  /** Default 1. */
  readonly multipleOf?: number;
}

/** An output that says where in the face: goes into the evidence and is drawn over the crop. */
export interface NetworkMap {
  /** Output N × 1 × H × W or N × H × W, values 0 to 1. */
  readonly output: string;
  /** What a high value says, for the legend: `share of forged pixels`. */
  readonly meaning: string;
}

/** Names that a published parity fixture uses (see parity-check.ts), where they are not the network's own. */
export interface FixtureNames {
  /** The fixture's `model`. */
  readonly model: string;
  /** Name of our output, by the fixture's. Default: the same. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** Name of our layer, by the fixture's probe. Default: the same. */
  readonly layers?: Readonly<Record<string, string>>;
  /** Outputs of the published network that nothing needs and that are not built here. */
  readonly omitted?: readonly string[];
}

/** A network: how to build it and what goes in and comes out. */
export interface NetworkDefinition extends NetworkShape {
  /** Name in cards and topologies. */
  readonly name: string;
  /** One face, or a clip of one track. A network that scores patches of one face is a frame network with a `map`. */
  readonly kind: 'frame' | 'clip';
  /** Other input sizes that it can be built for; absent: none. */
  readonly inputSizes?: Choice;
  /** Other clip lengths that it can be built for; absent: none. */
  readonly clipLengths?: Choice;
  /** How 8-bit colours become the input. A card may name another one, with which its weights were trained. */
  readonly range: PreprocessingName;
  readonly outputs: readonly NetworkOutput[];
  /** How the outputs say forged, of a face or of a clip. */
  readonly decision: Decision;
  /** Frame head of a clip network: how its outputs say forged, of every face of the clip. */
  readonly frameDecision?: Decision;
  /** Frame networks only. */
  readonly map?: NetworkMap;
  readonly fixture?: FixtureNames;
  /** How published checkpoints differ from the graph's parameters. */
  readonly checkpoint?: CheckpointLayout;
  readonly description: string;
  /**
   * Adds the network to a graph; its one input is called `input`. Layers carry the names of the published submodules, so
   * that probes find them.
   *
   * @param shape - as the definition says, or another that it allows
   */
  define(g: GraphBuilder, shape: NetworkShape): Readonly<Record<string, Value>>;
  /**
   * The same with the symbol `T` for the clip length, so that one graph takes clips of any length; clip networks whose layers
   * do not depend on it.
   */
  defineForAnyLength?(g: GraphBuilder, inputSize: number): Readonly<Record<string, Value>>;
}

/** Whether a number is one that a network can be built for. */
export function allows(choice: Choice | undefined, usual: number, value: number): boolean {
  if (value === usual) return true;
  return choice !== undefined && value >= choice.minimum && value <= choice.maximum && value % (choice.multipleOf ?? 1) === 0;
}
