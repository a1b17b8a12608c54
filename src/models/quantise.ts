/** Makes a model ready for int8: measures ranges on real faces, chooses how much of them to keep, and says what is lost. */
import { FramewitnessError } from '../domain/errors.js';
import type { RgbImage } from '../domain/media.js';
import { measureRanges } from '../inference/activation-ranges.js';
import type { ActivationRanges } from '../inference/quantisation.js';
import { servingGraph } from '../inference/serving-graph.js';
import type { FloatTensor } from '../inference/tensor.js';
import type { Quantisation } from './card.js';
import { shapeOf, type LoadedModel } from './load.js';
import { normaliseCrops } from './preprocessing.js';
import { isClipScorer, judgingGraph, scorerOf, type Scorer } from './scorers.js';

/** Shares of an inner value's numbers that are tried as its range; the one with the smallest loss is kept. */
const SHARES = [1, 0.99999, 0.9999] as const;

/** Items from here up are split: every other one calibrates, the others measure. */
const MIN_ITEMS_TO_SPLIT = 16;

/** A face (one crop) or a clip. */
export interface CalibrationItem {
  readonly crops: readonly RgbImage[];
  /** What the video that it is cut from is known to be; absent: not known. */
  readonly label?: 'real' | 'forged';
}

/** What was measured: the card's `quantisation` but for where the items come from. */
export type MeasuredQuantisation = Pick<Quantisation, 'share' | 'items' | 'difference' | 'auc' | 'ranges'>;

function inputOf({ card, network }: LoadedModel, { crops }: CalibrationItem): FloatTensor {
  const { inputSize, clipLength } = shapeOf(card);
  const dims = network.kind === 'clip' ? [1, clipLength, 3, inputSize, inputSize] : [1, 3, inputSize, inputSize];
  return { data: normaliseCrops(crops, inputSize, card.input.range), dims };
}

async function probabilities(scorer: Scorer, items: readonly CalibrationItem[]): Promise<readonly number[]> {
  try {
    if (isClipScorer(scorer)) return (await scorer.score(items.map(({ crops }) => ({ faces: crops.map((crop) => ({ crop }) as never) })))).map(({ clip }) => clip);
    return await scorer.score(items.flatMap(({ crops }) => crops.map((crop) => ({ crop }))));
  } finally {
    await scorer.close();
  }
}

/** Share of pairs of a forged and a real item in which the forged one has the higher probability; ties count half. */
function auc(scores: readonly number[], items: readonly CalibrationItem[]): number | undefined {
  const [forged, real] = (['forged', 'real'] as const).map((label) => scores.filter((_, i) => items[i]?.label === label));
  if (forged === undefined || real === undefined || forged.length === 0 || real.length === 0) return undefined;
  const won = forged.reduce((total, f) => total + real.reduce((sum, r) => sum + (f > r ? 1 : f === r ? 0.5 : 0), 0), 0);
  return Number((won / (forged.length * real.length)).toFixed(4));
}

/**
 * Calibrates a model on items.
 *
 * @throws FramewitnessError FW_USAGE without items or where nothing of the network can run in int8
 */
export async function quantiseModel(model: LoadedModel, items: readonly CalibrationItem[]): Promise<MeasuredQuantisation> {
  const heldOut = items.length >= MIN_ITEMS_TO_SPLIT;
  const [calibrating, measuring] = heldOut ? [items.filter((_, i) => i % 2 === 0), items.filter((_, i) => i % 2 === 1)] : [items, items];
  const graph = servingGraph(judgingGraph(model), model.parameters);
  const candidates = await measureRanges(graph, calibrating.map((item) => inputOf(model, item)), SHARES);
  const reference = await probabilities(await scorerOf(model), measuring);
  let best: { readonly share: number; readonly ranges: ActivationRanges; readonly scores: readonly number[]; readonly mean: number } | undefined;
  for (const [share, ranges] of candidates) {
    const scores = await probabilities(await scorerOf(model, { ranges }), measuring);
    const mean = scores.reduce((total, score, i) => total + Math.abs(score - (reference[i] ?? NaN)), 0) / scores.length;
    if (best === undefined || mean < best.mean) best = { share, ranges, scores, mean };
  }
  if (best === undefined) throw new FramewitnessError('FW_INTERNAL', `${model.identity.name}: no range was tried`);
  const { share, ranges, scores, mean } = best;
  const largest = Math.max(...scores.map((score, i) => Math.abs(score - (reference[i] ?? NaN))));
  const [before, after] = [auc(reference, measuring), auc(scores, measuring)];
  return {
    share,
    items: calibrating.length,
    difference: { mean: Number(mean.toFixed(5)), largest: Number(largest.toFixed(5)), items: measuring.length, heldOut },
    ...(before === undefined || after === undefined ? {} : { auc: { float32: before, int8: after, items: measuring.length } }),
    ranges: Object.fromEntries([...ranges].map(([name, [minimum, maximum]]) => [name, [minimum, maximum]])),
  };
}
