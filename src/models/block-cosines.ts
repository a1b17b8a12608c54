/**
 * Cosine coefficients of 8 × 8 blocks, as JPEG has them, of colour pictures: what networks in the frequency domain read (Xu
 * et al., "Learning in the Frequency Domain", CVPR 2020). Rounding to integers, which an encoder does, is left out.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { COEFFICIENT_DEVIATIONS, COEFFICIENT_MEANS } from './block-cosine-statistics.js';

/** Side of a block. */
const BLOCK = 8;
/** Coefficients of one block of one plane. */
const COEFFICIENTS = BLOCK * BLOCK;
const GREY_LEVELS = 255;

/** Basis of the transform, row by row of coefficients: 64 × 8 × 8, orthonormal, a constant block c has 8c first. */
export function cosineBasis(): Float32Array {
  const wave = (frequency: number, place: number): number =>
    Math.sqrt((frequency === 0 ? 1 : 2) / BLOCK) * Math.cos(((2 * place + 1) * frequency * Math.PI) / (2 * BLOCK));
  return Float32Array.from({ length: COEFFICIENTS * COEFFICIENTS }, (_, i) => {
    const [coefficient, place] = [Math.floor(i / COEFFICIENTS), i % COEFFICIENTS];
    return wave(Math.floor(coefficient / BLOCK), Math.floor(place / BLOCK)) * wave(coefficient % BLOCK, place % BLOCK);
  });
}

/** Red, green and blue to brightness and two colour differences around 0 (ITU-R BT.601, full range); brightness less 128. */
function brightnessAndColours(g: GraphBuilder, x: Value): Value {
  const rows = [0.299, 0.587, 0.114, -0.168736, -0.331264, 0.5, 0.5, -0.418688, -0.081312];
  const weight = g.constant('matrix', [3, 3, 1, 1], rows.map((share) => share * GREY_LEVELS));
  return g.conv2d(x, weight, { bias: g.constant('level', [3], [-128, 0, 0]) }, 'planes');
}

/** Blocks of planes n × P × H × W to n × 64P × H/8 × W/8, plane by plane. */
function transformed(g: GraphBuilder, planes: Value, name: string): Value {
  const count = Number(planes.shape[1]);
  const basis = g.constant(`${name}.basis`, [COEFFICIENTS * count, 1, BLOCK, BLOCK], Array.from({ length: count }, () => [...cosineBasis()]).flat());
  return g.conv2d(planes, basis, { stride: BLOCK, groups: count }, name);
}

/**
 * Coefficients of pictures at twice their size: n × 3 × S × S in [0, 1] to n × 192 × S/4 × S/4, 64 each of brightness, blue
 * and red difference, less the mean and divided by the deviation that each has on ImageNet. The colour planes are taken
 * from four times the size and halved, as an encoder that subsamples them would.
 */
export function blockCosines(g: GraphBuilder, x: Value): Value {
  const size = Number(x.shape[2]);
  const planes = brightnessAndColours(g, x);
  const doubled = g.resizeBilinear(planes, [2 * size, 2 * size], 'half-pixel', 'doubled');
  const brightness = transformed(g, g.slice(doubled, 1, 0, 1, 'brightness'), 'brightness.blocks');
  const fourfold = g.resizeBilinear(g.slice(doubled, 1, 1, 3, 'colours'), [4 * size, 4 * size], 'half-pixel', 'fourfold');
  const quarter = g.constant('quarter', [2, 1, 2, 2], new Array(8).fill(0.25));
  const colours = transformed(g, g.conv2d(fourfold, quarter, { stride: 2, groups: 2 }, 'subsampled'), 'colours.blocks');
  const channels = [1, 3 * COEFFICIENTS, 1, 1] as const;
  const centred = g.sub(g.concat([brightness, colours], 1, 'coefficients'), g.constant('means', channels, COEFFICIENT_MEANS), 'centred');
  return g.div(centred, g.constant('deviations', channels, COEFFICIENT_DEVIATIONS), 'normalised');
}
