/**
 * The transformer variants of the dual-level network's released code (Pu et al., 2022): they judge single faces. `vit` cuts
 * the face into 4 × 4 tokens; `resvit` takes the 16 × 16 places of ResNet-50's first stage as tokens (of faces of 64
 * pixels).
 */
import { DUAL_LEVEL_INPUT_SIZE } from './dual-level.js';
import type { NetworkDefinition } from './network.js';
import { residualStage, resNetStem, SEQUENTIAL_NAMES } from './resnet.js';
import { visionTransformer, type TransformerOptions } from './vision-transformer.js';

const PATCH_SIDE = 16;
const VIT: TransformerOptions = { width: 512, blocks: 6, heads: 4, headWidth: 128, innerWidth: 1024 };
const RESVIT: TransformerOptions = { width: 256, blocks: 6, heads: 4, headWidth: 64, innerWidth: 256 };

/** Blocks and their attention, by the layers that give what PyTorch's modules of those names do. */
function layerNames(prefix: string, blocks: number): Readonly<Record<string, string>> {
  const names = Array.from({ length: blocks }, (_, index) => `${prefix}transformer.layers.${index}`);
  return Object.fromEntries(names.flatMap((name) => [[name, `${name}.norm_2`], [`${name}.mhsa`, `${name}.mhsa.W_0`]]));
}

const FACE = {
  kind: 'frame',
  inputSize: DUAL_LEVEL_INPUT_SIZE,
  inputSizes: { minimum: 32, maximum: 224, multipleOf: PATCH_SIDE },
  clipLength: 1,
  range: 'rgb/imagenet',
  outputs: [{ name: 'logit', meaning: 'N × 1: logit, positive = authentic' }],
  decision: { kind: 'sigmoid', output: 'logit', fake: 0 },
} as const satisfies Partial<NetworkDefinition>;

/** Tokens are pixels of the face. */
export const DUAL_LEVEL_VIT: NetworkDefinition = {
  ...FACE,
  name: 'dual-level-vit',
  fixture: { model: 'dual_level_vit', layers: layerNames('', VIT.blocks) },
  description: 'Vision transformer of six blocks on one face (variant of Pu et al., 2022).',
  define(g, { inputSize }) {
    return { logit: visionTransformer(g, g.input('input', ['N', 3, inputSize, inputSize]), PATCH_SIDE, 1, VIT) };
  },
};

/** Tokens are places of ResNet-50's first stage. */
export const DUAL_LEVEL_RESVIT: NetworkDefinition = {
  ...FACE,
  name: 'dual-level-resvit',
  fixture: { model: 'dual_level_resvit', layers: { 'model.0': 'model.0.4', ...layerNames('model.1.', RESVIT.blocks) } },
  description: 'First stage of ResNet-50, then a transformer of six blocks, on one face (variant of Pu et al., 2022).',
  define(g, { inputSize }) {
    const trunk = g.scope('model.0');
    const stem = resNetStem(trunk, g.input('input', ['N', 3, inputSize, inputSize]), SEQUENTIAL_NAMES);
    const maps = residualStage(trunk, SEQUENTIAL_NAMES.stages[0], stem, { depth: 50, stage: 1 });
    return { logit: visionTransformer(g.scope('model.1'), maps, 1, 1, RESVIT) };
  },
};
