/** What is left of the figures when all files are made worse. Pure. */
import type { Evaluation } from './evaluate.js';
import type { EvaluationRecord } from './record-schema.js';

/** Figures of one kind and degree of worse copies. */
export type RobustnessStep = NonNullable<EvaluationRecord['robustness']>[number];

/** Of an evaluation, what a sweep keeps. @param variant - null for the files as they are */
export function robustnessStep(variant: { readonly kind: string; readonly value: number; readonly name: string } | null, { figures }: Evaluation): RobustnessStep {
  const { video, frame, coverage } = figures;
  const interval = video.auc95;
  return {
    variant: variant?.name ?? 'as-is',
    kind: variant?.kind ?? 'as-is',
    value: variant?.value ?? null,
    video: { count: video.count, real: video.real, forged: video.forged, auc: video.auc, auc95: interval === null ? null : [interval[0], interval[1]] },
    frame: { count: frame.count, auc: frame.auc },
    unscored: coverage.videos.total - coverage.videos.scored,
  };
}

/** True where a lower value is the worse one. */
const FALLING: ReadonlySet<string> = new Set(['jpeg', 'resize']);

/** Steps by kind, each from the files as they are to the worst. */
export function stepsByKind(steps: readonly RobustnessStep[]): ReadonlyMap<string, readonly RobustnessStep[]> {
  const asIs = steps.filter(({ value }) => value === null);
  const kinds = [...new Set(steps.filter(({ value }) => value !== null).map(({ kind }) => kind))];
  const worse = (a: RobustnessStep, b: RobustnessStep): number => ((a.value ?? 0) - (b.value ?? 0)) * (FALLING.has(a.kind) ? -1 : 1);
  return new Map(kinds.map((kind) => [kind, [...asIs, ...steps.filter((step) => step.kind === kind).sort(worse)]]));
}
