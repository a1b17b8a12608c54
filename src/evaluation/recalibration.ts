/** Scores under other calibrations of the models. Pure. */
import type { ModelScores } from '../domain/verdict.js';
import { logit, roundProbability, sigmoid } from '../verdicts/fusion.js';
import type { PlattScaling } from './platt.js';
import type { JudgedItem } from './units.js';

/** What is done to the scores of a model, beyond what its card does: `head`, to the frame head of a clip network. */
export interface ModelScaling {
  readonly own: PlattScaling;
  readonly head?: PlattScaling;
}

/** Scalings by model; a model without one stays as it is. */
export type ModelScalings = Readonly<Partial<Record<string, ModelScaling>>>;

/** A probability after a scaling, 4 decimals. */
export function scaled(probability: number, { scale, offset }: PlattScaling): number {
  return roundProbability(sigmoid(scale * logit(probability) + offset));
}

function scaledScores(scores: ModelScores, scalings: ModelScalings): ModelScores {
  const scaling = scalings[scores.model];
  if (scaling === undefined) return scores;
  const { own, head } = scaling;
  return {
    model: scores.model,
    frames: scores.frames.map((frame) => ({ ...frame, probability: scaled(frame.probability, own) })),
    clips: scores.clips.map((clip) => ({ ...clip, probability: scaled(clip.probability, own), frames: head === undefined ? clip.frames : clip.frames.map((p) => scaled(p, head)) })),
  };
}

/** Items as they would have been scored. Fused probabilities are not touched: they are computed again from the scores. */
export function rescored(items: readonly JudgedItem[], scalings: ModelScalings): readonly JudgedItem[] {
  return items.map(({ item, outcome }) => ({
    item,
    outcome: { ...outcome, segments: outcome.segments.map((segment) => ({ ...segment, tracks: segment.tracks.map((track) => ({ ...track, scores: track.scores.map((scores) => scaledScores(scores, scalings)) })) })) },
  }));
}
