/** `docs/reference/losses.md`: what each loss is, from its schema and what is said of it here. */
import { z } from 'zod';
import { NETWORKS } from '../../src/models/registry.js';
import { PUBLISHED_LOSSES } from '../../src/training/losses/published.js';
import { lossSpecSchema, type LossSpec } from '../../src/training/losses/spec.js';
import { GENERATED_NOTE, table } from './markdown.js';

/** What is said of a loss. */
interface Entry {
  readonly formula: string;
  readonly parts: string;
  /** Where it comes from, and where the released program differs. */
  readonly source: string;
}

const ENTRIES: Readonly<Record<LossSpec['kind'], Entry>> = {
  'bce': {
    formula: 'softplus(x) − x·t, t the label after smoothing',
    parts: '',
    source: 'Binary cross-entropy. Of two logits it is the cross-entropy of their softmax; of a probability p of forged, −log p or −log(1 − p).',
  },
  'focal': {
    formula: '−α (1 − p)^γ log p, p the probability of the true class; α of forged items, 1 − α of real ones',
    parts: '',
    source: 'Lin, Goyal, Girshick, He, Dollár, "Focal Loss for Dense Object Detection", ICCV 2017, section 3.2. Pu et al. compare with it at γ 2, α 0.6.',
  },
  'auc': {
    formula: 'α·BCE + (1 − α)·pairs; pairs = 1/(m·n) Σ max(0, γ − (p_i − p_j))^power over m forged items i and n real ones j',
    parts: '`bce`, `pairs`',
    source:
      'Pu et al., Pattern Recognition 130 (2022) 108832; the pairs are the approximation of Yan, Dodier, Mozer, Wolniewicz, "Optimizing Classifier Performance via an Approximation to the Wilcoxon-Mann-Whitney Statistic", ICML 2003, section 3. **Differs from the released code**, whose data numbers fake 0 and real 1 and whose pairs ask the probability of class 1 (real) to be larger for class 0 (fake): they pull against its cross-entropy, cost 1.24 for a pair that is told perfectly (logits ∓4) and nothing for an inverted one. Here a forged item is to have the larger probability of forged. The released code exists in two versions: an earlier one means over all pairs, as the formula has it (`over: pairs`, the default), a later one over those that cost something (`over: violations`), where it gives NaN if none does. Where no pair costs anything the earlier one trains with the whole cross-entropy; here its weight stays α.',
  },
  'squared-error': {
    formula: '(p − t)², p the probability of forged',
    parts: '',
    source: 'What the Keras models of Afchar et al., "MesoNet", WIFS 2018, are compiled with (`mean_squared_error`).',
  },
  'am-softmax': {
    formula: '−log softmax(s·(z − m·[true class]))[true class]',
    parts: '',
    source:
      'Wang, Cheng, Liu, Liu, "Additive Margin Softmax for Face Verification", IEEE Signal Processing Letters 2018; used by Luo et al., CVPR 2021, with s 30 and m 0.45 as DeepfakeBench quotes them. Z is meant to be a cosine; both released versions feed plain logits, and so does this, since the network is served by its logits. No triplet loss was found in the paper’s code.',
  },
  'cross-entropy': {
    formula: 'Σ w_h·CE(head h) over the heads that the decision adds',
    parts: 'one for each head, where there are several',
    source: 'Categorical cross-entropy; with one head the same number as `bce`.',
  },
  'dual-level': {
    formula: 'clip·L(clips) + frame·L(all faces of all clips, with their clip’s label)',
    parts: '`clip`, `frame`',
    source: 'Pu et al. 2022; weights 0.6 and 0.4 as in the released program (β 0.6).',
  },
  'metric': {
    formula: 'real: max(0, d − inner); forged: max(0, outer − d); d the length of the embedding',
    parts: '',
    source: 'Cao, Zou, Mao, Ye, Wang, "Metric Learning for Anti-Compression Facial Forgery Detection", ACM MM 2021, metric loss with a centre and two radii. The centre is the origin, as released, because the length is what decides. **Differs:** the released program divides by the size of the batch twice; here it is a mean.',
  },
  'cao2021': {
    formula: 'metric·radii + pair·‖e − e′‖ + mask·BCE(mask) + attention·‖m/‖m‖ − m′/‖m′‖‖ + adversarial·(mean D(better, worse) − mean D(worse, better))',
    parts: '`metric`, `pair`, `mask`, `attention`, `adversarial`, those with a weight',
    source:
      'Cao et al. 2021; weights as in the released program (0.2 for pairs, and twice each for radii and masks, because it adds either quality’s). A pair is two items of a batch with the same pair number and the same label, the better quality first. **Differs:** radii as above (`metric: 0.03125` has the released size at its batch of 64); one head sees both qualities, where the authors train a head for each. The critic D has the layers of the released discriminator, which the released program does not use; it learns by Wasserstein distance with gradient penalty (Gulrajani et al., NIPS 2017, algorithm 1) and is kept in checkpoints. How the paper’s text words the adversarial part could not be looked up: that D judges the order of a pair is this project’s reading of the released layers.',
  },
  'msfrnet': {
    formula: 'shallow·CE(scale1) + deep·CE(scale2) + joint·CE(scale3)',
    parts: '`scale1`, `scale2`, `scale3`',
    source: 'Yu, Zhang, Li, Lei, "MSFRNet", IET Image Processing 2023; weights 1, 10, 10 as in the released program.',
  },
  'lgrr': {
    formula:
      'image·(CE(w_f_c4) + CE(w_res_c4)) + patch·mean (cos(w_i, w_j) − (1 − (p_i − p_j)²))² + streams·mean (cos(r_i, f_i) − 1)² + faces·mean (cos(x_a, x_b) − (1 − (y_a − y_b)²))² + windows·BCE(window scores)',
    parts: '`image`, `patch`, `streams`, `faces`, `windows`',
    source:
      'LGRR, "Local and Global Relation Representation for Face Forgery Detection", released program. w are the features of the nine windows of a stream, r and f those of either stream, p the share of a window that is forged (by the masks; without masks all of a forged face), x the mean features of faces, y their labels. **Differs:** the released program computes the patches’ likeness and never uses it, takes the cosines between streams out of the graph so that they teach nothing, makes faces alike whatever their labels, and adds 0.1 where it means to multiply by it. The text of the paper was not at hand.',
  },
  'face-xray': {
    formula: 'boundary·BCE(map, masks meant over its places) + classification·BCE',
    parts: '`boundary`, `classification`',
    source: 'Li, Bao, Zhang, Yang, Chen, Wen, Guo, "Face X-ray for More General Face Forgery Detection", CVPR 2020, section 3.3, weights 100 and 1. For networks with a map of the face; none of the registered ones is the paper’s own.',
  },
  'capsule': {
    formula: 'elements: Σ over the 4 elements of CE; mean: −log of the mean of their softmaxes at the true class',
    parts: '',
    source: 'Nguyen, Yamagishi, Echizen, "Capsule-Forensics", ICASSP 2019, and "Use of a Capsule Network to Detect Fake Images and Videos", 2019. **Differs:** the released programs take the softmax twice, which leaves every element a cost of at least 0.31. The papers keep VGG-19’s features as they are: freeze `vgg_ext.`.',
  },
};

interface Field {
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly unknown[];
  readonly type?: string;
  readonly 'x-range'?: string;
}

function rangeOf(field: Field): string {
  if (field['x-range'] !== undefined) return field['x-range'];
  if (field.enum !== undefined) return field.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (field.minimum !== undefined && field.maximum !== undefined) return `${field.type === 'integer' ? 'whole, ' : ''}${field.minimum} to ${field.maximum}`;
  return field.type === 'array' ? 'a list of numbers' : field.type === 'string' ? 'a name' : 'a loss of one of the first five kinds';
}

/** As YAML would have it on one line. */
function flow(value: unknown): string {
  if (value === undefined) return 'none';
  return JSON.stringify(value).replaceAll('"', '').replaceAll(/([:,])/g, '$1 ');
}

function optionsOf(kind: string): string[] {
  const { oneOf = [] } = z.toJSONSchema(lossSpecSchema, { io: 'input' }) as { readonly oneOf?: readonly { readonly properties: Readonly<Record<string, Field & { readonly const?: string }>> }[] };
  const properties = oneOf.find((option) => option.properties['kind']?.const === kind)?.properties ?? {};
  const rows = Object.entries(properties).filter(([key]) => key !== 'kind').map(([key, field]) => [`\`${key}\``, field.description ?? '', rangeOf(field), field.default === undefined ? '' : `\`${flow(field.default)}\``]);
  return rows.length === 0 ? [] : [...table(['Key', 'Meaning', 'Range', 'Default'], rows), ''];
}

function networkRows(): string[][] {
  return NETWORKS.map(({ name }) => {
    const spec = PUBLISHED_LOSSES[name];
    return [`\`${name}\``, `\`${flow(spec)}\``];
  });
}

/** The page's text. */
export function lossesReference(): string {
  return [
    GENERATED_NOTE,
    '# Losses',
    '',
    '`loss` of a training configuration: `kind` and the keys below. Symbols: x log-odds that an item is forged, as the network’s own decision reads them; p their probability; label 1 = forged, 0 = real.',
    '',
    '- **Labels mean the same for every network.** A loss turns them to the order of classes that the network’s definition states. A test lowers the published loss of every registered network over its outputs and asks the network’s own decision whether forged and real are told apart.',
    '- **Means** are over the items of a batch and, with class weights, over their weights. `classWeights: balanced` gives each class half of every batch. `labelSmoothing: e` makes targets e and 1 − e; PyTorch’s `label_smoothing` is twice that.',
    '- **Parts** are what training shows beside the total, without their weights.',
    '- **Masks and pairs.** A loss that reads masks of what is forged, or pairs of one face at two qualities, refuses a batch without them (`FW_LOSS_UNFIT`); so does one that reads an output that the network does not have.',
    '- **Values and slopes** of each are tested against values worked out by hand and against finite differences.',
    '',
    ...Object.entries(ENTRIES).flatMap(([kind, { formula, parts, source }]) => [`## \`${kind}\``, '', `    ${formula}`, '', source, '', ...(parts === '' ? [] : [`Parts: ${parts}.`, '']), ...optionsOf(kind)]),
    '## Which network was published with which',
    '',
    'Defaults left out. The first two networks are this project’s own.',
    '',
    ...table(['Network', 'Loss'], networkRows()),
    '',
    '## Rare forgeries',
    '',
    'Pu et al. train and test with 1 forged video to 10, 20, 30, 100 and 200 real ones. The option `imbalance` of the recipe `as-is`, a ratio FORGED:REAL such as `"1:60"`, keeps as many videos as can stand in it, each split by itself: of R real videos all stay, and R / 60 forged ones, rounded down, as in the released program; where forged ones are short, real ones go instead. A video stays or goes with all of its faces. Which ones stay depends on their paths and the seed alone, and those of a steeper ratio are among those of a gentler one, as long as forged videos are the rare ones. With the recipe’s `balance: false` batches are as lopsided as what was kept.',
    '',
  ].join('\n');
}
