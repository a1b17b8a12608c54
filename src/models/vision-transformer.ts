/**
 * Vision transformers as the package self_attention_cv builds and names them (after Dosovitskiy et al., "An Image is Worth
 * 16x16 Words", ICLR 2021): encoder blocks that normalise after each half, exact GELU, one class token. Two of its
 * conventions are kept, because checkpoints depend on them: a token's pixels are not neighbours but every (S/P)-th of a
 * row and column, and queries, values and keys are interleaved with the heads innermost.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { fullyConnected, gelu, layerNormalisation } from '../inference/layers.js';

/** Size of a transformer. */
export interface TransformerOptions {
  /** Length of a token. */
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  /** Length of a head's part of a token. */
  readonly headWidth: number;
  /** Units between the two linear layers of a block. */
  readonly innerWidth: number;
}

function withoutBias(g: GraphBuilder, name: string, x: Value, features: number): Value {
  return g.linear(x, g.scope(name).parameter('weight', [features, Number(x.shape.at(-1))]), undefined, name);
}

/** N × tokens × width in and out. */
function selfAttention(g: GraphBuilder, name: string, x: Value, { width, heads, headWidth }: TransformerOptions): Value {
  const module = g.scope(name);
  const tokens = Number(x.shape[1]);
  const joint = module.reshape(withoutBias(module, 'to_qvk', x, 3 * heads * headWidth), ['N', tokens, headWidth, 3, heads], 'joint');
  const parts = module.transpose(joint, [0, 3, 4, 1, 2], 'parts');
  const part = (index: number, label: string): Value => module.reshape(module.slice(parts, 1, index, index + 1, `${label}.one`), ['N', heads, tokens, headWidth], label);
  const [query, key, value] = [part(0, 'query'), part(1, 'key'), part(2, 'value')];
  const likeness = module.matMul(query, module.transpose(key, [0, 1, 3, 2], 'columns'), 'likeness');
  const attention = module.softmax(module.mul(likeness, module.scalar(headWidth ** -0.5), 'scaled'), 3, 'attention');
  const heard = module.transpose(module.matMul(attention, value, 'heard'), [0, 2, 1, 3], 'tokens');
  return withoutBias(g, `${name}.W_0`, module.reshape(heard, ['N', tokens, heads * headWidth], 'heads'), width);
}

function encoderBlock(g: GraphBuilder, x: Value, options: TransformerOptions): Value {
  const y = layerNormalisation(g, 'norm_1', g.add(selfAttention(g, 'mhsa', x, options), x, 'attended'));
  const inner = gelu(g, fullyConnected(g, 'linear.0', y, options.innerWidth), 'linear.1');
  return layerNormalisation(g, 'norm_2', g.add(fullyConnected(g, 'linear.3', inner, options.width), y, 'transformed'));
}

/** Tokens of P × P pixels: N × C × S × S to N × (S/P)² × P²·C. */
function patches(g: GraphBuilder, x: Value, side: number): Value {
  const [, channels = NaN, size = NaN] = x.shape.map(Number);
  const count = size / side;
  const cut = g.reshape(x, ['N', channels, side, count, side, count], 'patches.cut');
  return g.reshape(g.transpose(cut, [0, 3, 5, 2, 4, 1], 'patches.turned'), ['N', count * count, side * side * channels], 'patches');
}

/**
 * The whole transformer, with one logit a class from the class token.
 *
 * @param x - N × C × S × S, S a multiple of `patchSide`
 */
export function visionTransformer(g: GraphBuilder, x: Value, patchSide: number, classes: number, options: TransformerOptions): Value {
  const { width, blocks } = options;
  const tokens = fullyConnected(g, 'project_patches', patches(g, x, patchSide), width);
  const count = Number(tokens.shape[1]);
  // In front of each item's tokens stands the class token: a place is made for it, and it is added there.
  const room = g.pad(tokens, [0, 1, 0], [0, 0, 0], 0, 'room');
  const classToken = g.pad(g.parameter('cls_token', [1, 1, width]), [0, 0, 0], [0, count, 0], 0, 'class-token');
  const places = g.add(classToken, g.parameter('pos_emb1D', [count + 1, width]), 'places');
  let y = g.add(room, places, 'emb_dropout');
  for (let index = 0; index < blocks; index++) y = encoderBlock(g.scope(`transformer.layers.${index}`), y, options);
  return fullyConnected(g, 'mlp_head', g.reshape(g.slice(y, 1, 0, 1, 'judged'), ['N', width], 'judged-token'), classes);
}
