/** From what the pipeline said of every item to metrics at every level, by source and by group. Pure. */
import type { VerdictLabel } from '../domain/verdict.js';
import type { Convention, NoFace } from './conventions.js';
import { coverageOf, type Coverage } from './coverage.js';
import { groupResults, type GroupResult } from './groups.js';
import { samplesOf, NEUTRAL, type LevelName } from './level-samples.js';
import { measureLevel, rounded, type IntervalOptions, type LevelResult, type LevelSample } from './levels.js';
import { rocAuc } from './metrics.js';
import { scoreSources, type EvaluatedModel, type FusionSettings } from './score-sources.js';
import { scoreUnit, type UnitScores } from './unit-scores.js';
import { gatherUnits, type JudgedItem, type Resampling } from './units.js';

/** How {@link evaluateOutcomes} goes about it. */
export interface EvaluationOptions {
  readonly convention: Convention;
  readonly noFace: NoFace;
  readonly resampling: Resampling;
  readonly intervals: IntervalOptions;
  readonly models: readonly EvaluatedModel[];
  readonly fusion: FusionSettings;
}

/** Metrics of one source. `clip`: where it is a clip network. */
export interface SourceResult {
  readonly video: LevelResult;
  readonly segment: LevelResult;
  readonly frame: LevelResult;
  readonly clip?: LevelResult;
}

/** Verdicts of whole videos at the topology's thresholds. */
export type Decisions = Readonly<Record<'real' | 'fake', Readonly<Record<VerdictLabel, number>>>>;

/** What an evaluation found. */
export interface EvaluationFigures extends SourceResult {
  /** Each model by itself, where there is more than one. */
  readonly byModel: Readonly<Record<string, SourceResult>>;
  readonly groups: readonly GroupResult[];
  readonly coverage: Coverage;
  /** AUC of videos if those without a score had 0.5, and if each were on the wrong side of all others. */
  readonly unscoredAs: { readonly half: number | null; readonly wrong: number | null };
  readonly decisions: Decisions;
}

/** Figures, and the scores they are made of. */
export interface Evaluation {
  readonly figures: EvaluationFigures;
  readonly sources: readonly { readonly name: string; readonly scores: readonly UnitScores[]; readonly samples: Readonly<Record<LevelName, LevelSample>> }[];
}

function resultOf(samples: Readonly<Record<LevelName, LevelSample>>, intervals: IntervalOptions): SourceResult {
  const { video, segment, frame, clip } = samples;
  return { video: measureLevel(video, intervals), segment: measureLevel(segment, intervals), frame: measureLevel(frame, intervals), ...(clip.scores.length > 0 ? { clip: measureLevel(clip, intervals) } : {}) };
}

function videoAuc(scores: readonly UnitScores[], unscored: (label: 0 | 1) => number): number | null {
  const auc = rocAuc(scores.map(({ unit }) => unit.label), scores.map(({ unit, video }) => video ?? unscored(unit.label)));
  return auc === null ? null : rounded(auc);
}

function decisionsOf(scores: readonly UnitScores[]): Decisions {
  const counts = { real: { forged: 0, authentic: 0, inconclusive: 0 }, fake: { forged: 0, authentic: 0, inconclusive: 0 } };
  for (const { unit } of scores) counts[unit.label === 1 ? 'fake' : 'real'][unit.verdict]++;
  return counts;
}

/**
 * Evaluates.
 *
 * @throws FramewitnessError FW_LABEL when a group holds real and forged items
 */
export function evaluateOutcomes(judged: readonly JudgedItem[], options: EvaluationOptions): Evaluation {
  const { convention, noFace, intervals } = options;
  const units = gatherUnits(judged, options.resampling);
  const sources = scoreSources(options.models, options.fusion).map((source) => {
    const scores = units.map((unit) => scoreUnit(unit, source, convention));
    return { name: source.name, scores, samples: samplesOf(scores, noFace) };
  });
  const [fused, ...models] = sources;
  const scores = fused?.scores ?? [];
  const figures: EvaluationFigures = {
    ...resultOf(fused?.samples ?? samplesOf([], noFace), intervals),
    byModel: Object.fromEntries(models.map(({ name, samples }) => [name, resultOf(samples, intervals)])),
    groups: groupResults(scores, noFace, intervals),
    coverage: coverageOf(scores),
    unscoredAs: { half: videoAuc(scores, () => NEUTRAL), wrong: videoAuc(scores, (label) => (label === 1 ? -1 : 2)) },
    decisions: decisionsOf(scores),
  };
  return { figures, sources };
}
