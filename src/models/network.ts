/** What a registered network is. */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';

/** A result of a network. */
export interface NetworkOutput {
  readonly name: string;
  /** Shape, and which way the numbers point. */
  readonly meaning: string;
}

/** A network: how to build it and what goes in and comes out. */
export interface NetworkDefinition {
  /** Name in cards and topologies. */
  readonly name: string;
  /** One face, or a clip of one track. */
  readonly kind: 'frame' | 'clip';
  /** Height and width of the face crops, in pixels. */
  readonly inputSize: number;
  /** Faces in an item: 1 for frame networks. */
  readonly clipLength: number;
  /** How 8-bit RGB becomes the input, in the card's words. */
  readonly range: 'rgb/127.5-1';
  readonly outputs: readonly NetworkOutput[];
  readonly description: string;
  /** Adds the network to a graph; its one input is called `input`. */
  define(g: GraphBuilder): Readonly<Record<string, Value>>;
}
