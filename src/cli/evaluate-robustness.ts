/** `evaluate --robustness`: worse copies of all files, each kind and degree evaluated alike. */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { evaluateOutcomes, type Evaluation, type EvaluationOptions } from '../evaluation/evaluate.js';
import { robustnessStep, type RobustnessStep } from '../evaluation/robustness.js';
import type { EvaluationItem } from '../evaluation/units.js';
import { MANIFEST_SCHEMA } from '../training/manifest.js';
import { makeVariants } from '../training/prepare/make-variants.js';
import type { Variant } from '../training/prepare/variants.js';
import { judgeInput, type RunFlags } from './evaluate-run.js';
import type { EvaluationInput } from './evaluation-input.js';
import { onInterrupt } from './interrupt.js';
import { createItemProgress } from './item-progress.js';
import { printable } from './text.js';

/** Copies that a sweep makes where none are named. */
export const DEFAULT_SWEEP = ['x264:18', 'x264:23', 'x264:30', 'x264:40', 'jpeg:90', 'jpeg:70', 'jpeg:50', 'jpeg:30', 'resize:0.75', 'resize:0.5', 'resize:0.25', 'blur:1', 'blur:2', 'blur:4', 'noise:2', 'noise:5', 'noise:10'];

/** What is evaluated again, and how it was the first time. */
export interface SweepRequest {
  readonly variants: readonly Variant[];
  readonly options: EvaluationOptions;
  readonly evaluation: Evaluation;
}

/** A copy as an item. What could not be made has a file that is not there: it is counted as unreadable, not left out. */
function copies(input: EvaluationInput, variant: Variant, folder: string, made: readonly { readonly path: string; readonly compression?: string; readonly pair?: string }[]): readonly EvaluationItem[] {
  const files = new Map(made.filter(({ compression }) => compression === variant.name).map(({ path, pair }) => [pair === undefined ? '' : resolve(folder, pair), path]));
  return input.items.map((item) => {
    const path = files.get(item.file);
    // Neither the name nor what is scored together changes, so that each step is the same set of videos; the path is unique over all steps.
    const name = `${variant.name}/${item.path}`;
    return { ...item, path: name, group: `${variant.name}/${item.group ?? item.path}`, compression: variant.name, file: path === undefined ? join(folder, 'not-made', name) : resolve(folder, path) };
  });
}

/** Makes and evaluates the copies; null when it was interrupted. */
export async function sweep(input: EvaluationInput, flags: RunFlags, { variants, options, evaluation }: SweepRequest): Promise<readonly RobustnessStep[] | null> {
  const out = join(flags.work, 'variants');
  const progress = createItemProgress(process.stderr, input.items.length * variants.length, 'copies', flags.quiet === true);
  const interrupted = onInterrupt(() => {
    progress.note('interrupted: finishing the copies under way (press Ctrl-C again to end at once)');
  });
  let all: readonly EvaluationItem[];
  try {
    const manifest = { header: { schema: MANIFEST_SCHEMA, root: '.' }, items: input.items.map((item) => ({ path: item.file, kind: item.kind, label: item.label, dataset: item.dataset })), folder: input.folder } as const;
    const { items: made, complete } = await makeVariants({
      manifest,
      variants,
      out,
      workers: availableParallelism(),
      isStopped: () => interrupted.happened(),
      onItem: (item, variant, outcome) => {
        progress.advance(item.path);
        if (typeof outcome !== 'string') progress.note(`${printable(item.path, 200)}: ${variant.name}: ${outcome.code}: ${outcome.message.split('\n')[0] ?? ''}`);
      },
    });
    progress.end();
    if (!complete) return null;
    all = variants.flatMap((variant) => copies(input, variant, resolve(out), made));
  } finally {
    interrupted.stopListening();
  }
  const run = await judgeInput({ name: input.name, items: all, split: input.split }, flags);
  if (run === null) return null;
  return [robustnessStep(null, evaluation), ...variants.map((variant) => robustnessStep(variant, evaluateOutcomes(run.judged.filter(({ item }) => item.compression === variant.name), options)))];
}
