/** `framewitness calibrate`: calibration and thresholds from labelled validation data, as a topology snippet and in the model cards. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { calibrateOutcomes, type CalibrationFit, type CalibrationResult, type ErrorRate } from '../evaluation/calibrate.js';
import type { Interval } from '../evaluation/metrics.js';
import { writeCalibratedCards } from './calibrate-cards.js';
import { wholeNumber } from './evaluate.js';
import { judgeInput } from './evaluate-run.js';
import { evaluationInput } from './evaluation-input.js';
import { EXIT } from './exit-codes.js';
import { writeWhole } from './output-file.js';
import { printable } from './text.js';
import { TOPOLOGY } from './topology-option.js';

interface CalibrateFlags {
  readonly manifest?: string;
  readonly split?: string;
  readonly topology: string;
  readonly method: 'platt' | 'temperature';
  readonly fpr: number;
  readonly missRate: number;
  readonly prior: number;
  readonly writeCards?: true;
  readonly json?: string;
  readonly work: string;
  readonly boxes?: true;
  readonly resamples: number;
  readonly seed: number;
  readonly workers?: number;
  readonly quiet?: true;
}

/** A share strictly between 0 and 1. */
function shareNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < 1)) throw new InvalidArgumentError('expected a number between 0 and 1.');
  return value;
}

/** The command; `finish` gets the exit code. */
export function calibrateCommand(finish: (code: number) => void): Command {
  return new Command('calibrate')
    .description('Fit what turns scores into probabilities, and thresholds for stated error rates, on labelled validation data run through the pipeline. Prints the part of the topology to change.')
    .argument('[FOLDER]', 'a folder whose files lie in folders named real and fake, at any depth; instead of a manifest')
    .option('-m, --manifest <file>', 'a manifest (see framewitness prepare)')
    .option('--split <name>', 'only the items of this split of the manifest')
    .option('-t, --topology <file>', 'the topology to calibrate', TOPOLOGY)
    .addOption(new Option('--method <name>', 'platt fits a scale and an offset of the log-odds, temperature a scale alone').choices(['platt', 'temperature']).default('platt'))
    .option('--fpr <share>', 'forgedAt is as low as it can be with at most this share of real segments called forged', shareNumber, 0.05)
    .option('--miss-rate <share>', 'authenticAt is as high as it can be with at most this share of forged segments called authentic', shareNumber, 0.05)
    .option('--prior <share>', 'share of forged videos that the probabilities are to be right for', shareNumber, 0.5)
    .option('--write-cards', 'calibrate each model too, and write its calibration and the thresholds into its card; what is fused is fitted on top')
    .option('--json <file>', 'where the fit goes as JSON, with how well it does')
    .option('--work <folder>', 'where outcomes are kept; the same folder as that of evaluate saves judging again', 'evaluation-work')
    .option('--boxes', 'take the face boxes of the manifest instead of looking for faces')
    .option('--resamples <n>', 'resamples of the bootstrap; 0 makes no intervals by it', wholeNumber(0), 1000)
    .option('--seed <n>', 'of the bootstrap', wholeNumber(0), 1)
    .option('-w, --workers <n>', 'worker processes (default: as the topology says, one a core)', wholeNumber(1))
    .option('-q, --quiet', 'show no progress')
    .addHelpText(
      'after',
      `
Use data that no model was trained on, and other data than you evaluate on. Videos weigh the same within their class, however
long; classes weigh as --prior has it. "held out" figures come from fits without the video (5 parts by person and source).

Examples:
  framewitness calibrate --manifest faces.jsonl --split val
  framewitness calibrate --manifest faces.jsonl --split val --topology mine.yaml --fpr 0.01 --write-cards`,
    )
    .action(async (folder: string | undefined, flags: CalibrateFlags) => {
      finish(await calibrate(folder, flags));
    });
}

async function calibrate(folder: string | undefined, flags: CalibrateFlags): Promise<number> {
  const input = await evaluationInput({ folder, manifest: flags.manifest, split: flags.split });
  const run = await judgeInput(input, { ...flags, convention: 'framewitness', face: true, resample: 'identity' });
  if (run === null) return EXIT.interrupted;
  const { loaded, judged, options, provenance } = run;
  const goals = { falsePositiveRate: flags.fpr, missRate: flags.missRate };
  const { scale, offset } = options.fusion.calibration;
  const result = calibrateOutcomes(judged, { ...goals, method: flags.method, prior: flags.prior, eachModel: flags.writeCards === true, models: options.models, weights: options.fusion.weights, current: { scale, offset }, resamples: flags.resamples, seed: flags.seed });
  const { videos, segments, forgedAt, authenticAt, falsePositives, misses } = result;
  const data = `${input.name}${input.split === null ? '' : `, split ${input.split}`}: ${videos.real} real and ${videos.forged} forged videos, ${segments.real} and ${segments.forged} segments; ${provenance.data.sha256}`;
  const command = ['framewitness calibrate', folder ?? `--manifest ${flags.manifest ?? ''}`, ...(input.split === null ? [] : [`--split ${input.split}`]), `--topology ${flags.topology}`, `--method ${flags.method} --fpr ${flags.fpr} --miss-rate ${flags.missRate} --prior ${flags.prior}`, ...(flags.writeCards === true ? ['--write-cards'] : [])].join(' ');
  const cards = flags.writeCards === true ? await writeCalibratedCards(loaded, result, { fittedOn: `${data}; by ${command}`, thresholds: { forgedAt, authenticAt, goals, falsePositives, misses, topology: loaded.topology.name, data, command } }) : [];
  if (flags.json !== undefined) await writeWhole(flags.json, `${JSON.stringify({ schema: 'framewitness.calibration/1', data, command, goals, ...result }, null, 2)}\n`);
  process.stdout.write(calibrationText(result));
  for (const path of cards) process.stderr.write(`wrote ${printable(path)}\n`);
  return EXIT.ok;
}

const share = (value: number | null): string => (value === null ? '–' : `${Number((100 * value).toFixed(1))} %`);
const range = (interval: Interval | null): string => (interval === null ? '' : ` (${share(interval[0])} to ${share(interval[1])})`);
const digits = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

function rateText(name: string, { segments, segments95, videos }: ErrorRate): string {
  return `${name}: ${share(segments)}${range(segments95)} of segments; ${videos.count} of ${videos.of} videos have one${range(videos.share95)}\n`;
}

/** What was fitted, as comments and the part of a topology. */
export function calibrationText(result: CalibrationResult): string {
  const { fused, forgedAt, authenticAt, videos, segments, before, after, heldOut, falsePositives, misses, heldOutFalsePositives, inconclusive } = result;
  const quality = (name: string, fit: CalibrationFit): string => `${name}: log loss ${digits(fit.logLoss)}, calibration error ${digits(fit.calibrationError)}\n`;
  const notes = [
    `fitted on ${videos.real} real and ${videos.forged} forged videos (${segments.real} and ${segments.forged} segments); ${videos.unscored} videos have no score\n`,
    quality('before', before),
    quality('after', after),
    quality('held out', heldOut),
    rateText('real called forged', falsePositives),
    `  held out: ${share(heldOutFalsePositives)} of segments\n`,
    rateText('forged called authentic', misses),
    `between the thresholds: ${share(inconclusive.real)} of real segments, ${share(inconclusive.forged)} of forged ones\n`,
  ];
  return `${notes.map((line) => `# ${line}`).join('')}stages:
  fuse:
    calibration:
      scale: ${fused.scale}
      offset: ${fused.offset}
  verdict:
    forgedAt: ${forgedAt}
    authenticAt: ${authenticAt}
`;
}
