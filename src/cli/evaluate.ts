/** `framewitness evaluate`: videos and pictures with labels in, metrics out, through the deployed pipeline. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { CONVENTION_NAMES, NO_FACE_NAMES, type ConventionName, type NoFace } from '../evaluation/conventions.js';
import { scoresCsv } from '../evaluation/csv.js';
import { evaluationRecord } from '../evaluation/record.js';
import { renderEvaluation } from '../evaluation/report/page.js';
import type { Resampling } from '../evaluation/units.js';
import { evaluateOutcomes } from '../evaluation/evaluate.js';
import { judgeInput } from './evaluate-run.js';
import { DEFAULT_SWEEP, sweep } from './evaluate-robustness.js';
import { parseVariant, type Variant } from '../training/prepare/variants.js';
import { EXIT } from './exit-codes.js';
import { evaluationText } from './evaluate-text.js';
import { evaluationInput } from './evaluation-input.js';
import { writeWhole } from './output-file.js';
import { TOPOLOGY } from './topology-option.js';

interface EvaluateFlags {
  readonly manifest?: string;
  readonly split?: string;
  readonly topology: string;
  readonly json?: string;
  readonly csv?: string;
  readonly report: string | false;
  readonly work: string;
  readonly convention: ConventionName;
  readonly face: NoFace | true;
  readonly boxes?: true;
  readonly resample: Resampling;
  readonly resamples: number;
  readonly seed: number;
  readonly workers?: number;
  readonly quiet?: true;
  readonly robustness?: true;
  readonly variants: readonly Variant[];
}

/** A parser of whole numbers from `least` up. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least) throw new InvalidArgumentError(`expected a whole number, ${least} or more.`);
    return value;
  };
}

/** The command; `finish` gets the exit code. */
export function evaluateCommand(finish: (code: number) => void): Command {
  return new Command('evaluate')
    .description('Measure how well the pipeline tells forged faces from real ones: runs labelled videos and pictures through it as a scan does, and computes the metrics of the field, with intervals and coverage.')
    .argument('[FOLDER]', 'a folder whose files lie in folders named real and fake, at any depth; instead of a manifest')
    .option('-m, --manifest <file>', 'a manifest (see framewitness prepare)')
    .option('--split <name>', 'only the items of this split of the manifest')
    .option('-t, --topology <file>', 'the topology to run', TOPOLOGY)
    .option('--json <file>', 'where the figures go as JSON (schemas/evaluation.schema.json)')
    .option('--csv <file>', 'where the scores of every video go')
    .option('-r, --report <file>', 'where the page goes: one HTML page that needs nothing else', 'evaluation.html')
    .option('--no-report', 'write no page')
    .option('--work <folder>', 'where outcomes are kept, so that an evaluation that is broken off goes on, and another convention costs nothing', 'evaluation-work')
    .addOption(new Option('--convention <name>', 'how scores of faces become scores of frames and videos').choices(CONVENTION_NAMES).default('framewitness'))
    .addOption(new Option('--no-face <way>', 'videos in which nothing could be scored: left out (abstain) or scored 0.5 (half); counted either way (default: as the convention does)').choices(NO_FACE_NAMES))
    .option('--boxes', 'take the face boxes of the manifest instead of looking for faces')
    .addOption(new Option('--resample <by>', 'what the intervals take as independent: videos, or those that share no person and no source').choices(['video', 'identity']).default('video'))
    .option('--resamples <n>', 'resamples of the bootstrap; 0 makes no intervals', wholeNumber(0), 1000)
    .option('--seed <n>', 'of the bootstrap', wholeNumber(0), 1)
    .option('-w, --workers <n>', 'worker processes (default: as the topology says, one a core); the figures do not depend on it', wholeNumber(1))
    .option('--robustness', 'evaluate worse copies of all files too (compressed, smaller, blurred, noisy), and draw AUC against quality; needs ffmpeg, and room in the work folder')
    .option('--variants <list>', 'which copies, kind:value with commas between (see framewitness prepare variants --help)', (text: string) => text.split(',').map((variant) => parseVariant(variant.trim())), DEFAULT_SWEEP.map(parseVariant))
    .option('-q, --quiet', 'show no progress')
    .addHelpText(
      'after',
      `
Conventions:
  framewitness   a segment's score is the highest of its judged tracks, a video's the mean log-odds of its segments
  deepfakebench  the largest face of each frame; mean probability over frames; videos without a face are left out
  sbi            the highest of a frame's large faces; mean probability over frames; 0.5 where there is no face

Examples:
  framewitness evaluate clips/ --json evaluation.json
  framewitness evaluate --manifest celeb-df.jsonl --split test --csv scores.csv --report celeb-df.html
  framewitness evaluate --manifest celeb-df.jsonl --split test --convention sbi

Ctrl-C keeps the outcomes that are there; the same command goes on from them.`,
    )
    .action(async (folder: string | undefined, flags: EvaluateFlags) => {
      finish(await evaluate(folder, flags));
    });
}

async function evaluate(folder: string | undefined, flags: EvaluateFlags): Promise<number> {
  const input = await evaluationInput({ folder, manifest: flags.manifest, split: flags.split });
  const run = await judgeInput(input, flags);
  if (run === null) return EXIT.interrupted;
  const { judged, options, provenance } = run;
  const evaluation = evaluateOutcomes(judged, options);
  const robustness = flags.robustness === true ? await sweep(input, flags, { variants: flags.variants, options, evaluation }) : undefined;
  if (robustness === null) return EXIT.interrupted;
  const record = evaluationRecord(evaluation, options, { ...provenance, ...(robustness === undefined ? {} : { robustness }) });
  if (flags.json !== undefined) await writeWhole(flags.json, `${JSON.stringify(record, null, 2)}\n`);
  if (flags.csv !== undefined) await writeWhole(flags.csv, scoresCsv(evaluation));
  if (flags.report !== false) await writeWhole(flags.report, renderEvaluation({ record, evaluation }));
  process.stdout.write(evaluationText(record));
  for (const [name, path] of [['figures', flags.json], ['scores', flags.csv], ['page', flags.report]] as const) if (typeof path === 'string') process.stdout.write(`${name}: ${path}\n`);
  const { items, videos } = record.coverage;
  return videos.scored === 0 ? EXIT.allFailed : items.withError > 0 ? EXIT.someFailed : EXIT.ok;
}
