/**
 * LGRR, "Local and Global Relation Representation for Face Forgery Detection": a stream of multi-scale residuals through
 * central-difference convolutions beside a spatial stream, interactive attention after each of four stages, and heads that
 * judge windows of the last maps. As in the released network both heads read the centre window of 3 × 3; the same head on
 * all nine gives the map of the evidence.
 *
 * Labels: folders in alphabetical order, forged = 0 and authentic = 1. Heads end in a sigmoid, and the decision is the
 * larger of their summed results; both as released. Modules of published checkpoints that no result depends on are not built.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { batchNormalisation, convolution, fullyConnected } from '../inference/layers.js';
import { centralDifference, convolved, interactiveAttention, spatialAttention, stage, WINDOWS, windows } from './lgrr-blocks.js';
import type { NetworkDefinition } from './network.js';

const INPUT_SIZE = 240;
const CENTRE_WINDOW = 4;
/** Channels of each of the four parts that the multi-scale residuals go through. */
const PART = 16;
const DROPOUT = 0.5;

/** Modules of published checkpoints that no output reads. */
const UNUSED = [
  'decoder.', 'decoder_global.', 'FAD_Head.', 'sam0.', 'conv1.', 'conv2.', 'conv11.', 'conv22.', 'lastconv1.', 'lastconv2.',
  'last.', 'c1.', 'c33.', 'c44.', 'concat.', 'conv1_1.', 'conv1_2.', 'conv1_3.', 'conv1_4.',
];

/** 64 maps of the picture, and what four chained parts of them add to each other, less the maps. */
function multiScaleResidual(g: GraphBuilder, picture: Value): Value {
  const stem = g.scope('conv1_new');
  const maps = convolved(stem, convolved(stem, picture, 64, 0, 'plain'), 64, 3, 'plain');
  const parts: Value[] = [];
  for (let index = 0; index < 4; index++) {
    const part = g.slice(maps, 1, PART * index, PART * (index + 1), `m${index + 1}`);
    const before = parts[index - 1];
    const block = g.scope(`Res_conv${index + 1}`);
    const entry = before === undefined ? part : block.add(before, part, 'sum');
    parts.push(convolved(block, convolved(block, entry, PART, 0, 'plain'), PART, 3, 'plain'));
  }
  return g.sub(convolved(g.scope('Res_conv5'), g.concat(parts, 1, 'parts'), 64, 0, 'plain'), maps, 'x_res');
}

/** Three maps of one stream after one stage. The names are the released network's, of which each stage has another pattern. */
function sideMap(g: GraphBuilder, name: string, x: Value, kind: 'relu' | 'sigmoid' | 'difference'): Value {
  if (kind === 'difference') return g.sigmoid(centralDifference(g, `${name}.0`, x, 3), name);
  const y = batchNormalisation(g, `${name}.1`, convolution(g, `${name}.0`, x, { channels: 3, kernel: 3, padding: 1, bias: true }));
  return g[kind](y, name);
}

/** The four stages: modules of each stream, and of their side maps, with what those end in. */
const STAGES = [
  { residual: 'Block1', spatial: 'Block11', maps: ['lastconv333', 'lastconv444'], kind: 'relu' },
  { residual: 'Block2', spatial: 'Block22', maps: ['lastconv33', 'lastconv44'], kind: 'relu' },
  { residual: 'Block3', spatial: 'Block33', maps: ['lastconv3', 'lastconv4'], kind: 'difference' },
  { residual: 'Block4', spatial: 'Block44', maps: ['lastconv3333', 'lastconv4444'], kind: 'sigmoid' },
] as const;

/** Judges every window of a 3 × 15 × 15 map: N × 9 × 2 in (0, 1). One head for both streams. */
function judgedWindows(g: GraphBuilder, map: Value): Value {
  return g.sigmoid(fullyConnected(g, 'c22.0', windows(g, map, 'c22.windows'), 2), 'c22.1');
}

function centre(g: GraphBuilder, ofWindows: Value, name: string): Value {
  return g.reshape(g.slice(ofWindows, 1, CENTRE_WINDOW, CENTRE_WINDOW + 1, `${name}.centre`), ['N', Number(ofWindows.shape[2])], name);
}

/** Judges the centre window of a stream's last features: N × 2 in (0, 1). One head for both streams. */
function judgedFeatures(g: GraphBuilder, features: Value): Value {
  const module = g.scope('c11');
  const hidden = module.relu(fullyConnected(module, '0', centre(module, windows(module, features, 'windows'), 'window'), 300), '1');
  return g.sigmoid(fullyConnected(module, '3', module.dropout(hidden, DROPOUT, '2'), 2), 'c11');
}

/** Results of both streams after the stages. */
function streams(g: GraphBuilder, picture: Value): { readonly residual: Value; readonly spatial: Value; readonly maps: Readonly<Record<string, Value>>; readonly last: readonly [Value, Value] } {
  let residual = multiScaleResidual(g, picture);
  let spatial = spatialAttention(g, 'sam', picture);
  const maps: Record<string, Value> = {};
  let last: readonly [Value, Value] = [residual, spatial];
  STAGES.forEach((names, index) => {
    const gated = interactiveAttention(g, `interactive_attention_${index + 1}`, stage(g, names.residual, residual, 'difference'), stage(g, names.spatial, spatial, 'biased'));
    residual = gated.residual;
    spatial = gated.spatial;
    last = [sideMap(g, names.maps[0], residual, names.kind), sideMap(g, names.maps[1], spatial, names.kind)];
    const side = Number(residual.shape[2]);
    maps[`x_construct_${side}`] = last[0];
    maps[`y_construct_${side}`] = last[1];
  });
  return { residual, spatial, maps, last };
}

/** The frame network. */
export const LGRR: NetworkDefinition = {
  name: 'lgrr',
  kind: 'frame',
  inputSize: INPUT_SIZE,
  clipLength: 1,
  range: 'rgb/255',
  outputs: [
    { name: 'w_f_c4', meaning: 'N × 2: sigmoids of forged (0) and authentic (1), spatial stream, centre window of the side map' },
    { name: 'w_res_c4', meaning: 'N × 2: the same, residual stream' },
    { name: 'w_f_c', meaning: 'N × 2: the same, spatial stream, centre window of the features' },
    { name: 'w_res_c', meaning: 'N × 2: the same, residual stream' },
    { name: 'window_scores', meaning: 'N × 1 × 3 × 3: how forged each window is, 0 to 1, as the decision reads the centre one' },
    { name: 'x_consis', meaning: 'N × 256: means of the last features, residual stream first; what the consistency loss reads' },
    { name: 'x_res_4', meaning: 'N × 128 × 15 × 15: last features of the residual stream' },
    { name: 'x_f_4', meaning: 'N × 128 × 15 × 15: last features of the spatial stream' },
    ...['120', '60', '30', '15'].flatMap((side) => [
      { name: `x_construct_${side}`, meaning: `N × 3 × ${side} × ${side}: side map of the residual stream` },
      { name: `y_construct_${side}`, meaning: `N × 3 × ${side} × ${side}: side map of the spatial stream` },
    ]),
  ],
  decision: { kind: 'softmax', output: ['w_f_c4', 'w_res_c4'], fake: 0 },
  map: { output: 'window_scores', meaning: 'how forged each of 3 × 3 windows is' },
  fixture: {
    model: 'lgrr',
    outputs: { x_Block4: 'x_res_4', x_Block44: 'x_f_4' },
    layers: { conv1_new: 'conv1_new.5', ...Object.fromEntries([1, 2, 3, 4].map((n) => [`Res_conv${n}`, `Res_conv${n}.5`])), Res_conv5: 'Res_conv5.2' },
    omitted: ['x_', 'x_res', 'x_org_f', 'x_Block1', 'x_Block2', 'x_Block3', 'x_Block11', 'x_Block22', 'x_Block33'],
  },
  checkpoint: { unused: UNUSED },
  description: 'Central-difference residual stream and spatial stream with interactive attention; windows judged one by one (LGRR).',
  define(g) {
    const picture = g.input('input', ['N', 3, INPUT_SIZE, INPUT_SIZE]);
    const { residual, spatial, maps, last } = streams(g, picture);
    const judged = [judgedWindows(g, last[0]), judgedWindows(g, last[1])] as const;
    const forged = g.slice(g.softmax(g.add(...judged, 'window-votes'), 2, 'window-classes'), 2, 0, 1, 'window-forged');
    return {
      w_res_c4: centre(g, judged[0], 'c22'),
      w_f_c4: centre(g, judged[1], 'c22'),
      w_res_c: judgedFeatures(g, residual),
      w_f_c: judgedFeatures(g, spatial),
      window_scores: g.reshape(forged, ['N', 1, WINDOWS, WINDOWS], 'window_scores'),
      x_consis: g.flatten(g.globalAveragePool(g.concat([residual, spatial], 1, 'both')), 1, 'x_consis'),
      x_res_4: residual,
      x_f_4: spatial,
      ...maps,
    };
  },
};
