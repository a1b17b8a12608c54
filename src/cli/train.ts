/** `framewitness train`: trains a network by a configuration. */
import { relative, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { TENSORFLOW_BACKENDS, type TensorflowBackendChoice } from '../inference/tensorflow/backends.js';
import { SOFTWARE } from '../topology/build/software.js';
import { loadTrainingConfig, type LoadedTrainingConfig } from '../training/config.js';
import { openTraining, type OpenedTraining } from '../training/train/open.js';
import { runTraining, type TrainingResult } from '../training/train/run.js';
import { writeAtomically } from '../training/train/checkpoint.js';
import { renderTraining, type TrainingStanding } from '../training/train/page.js';
import { writeModel } from '../training/train/write-model.js';
import { formatDuration } from '../verdicts/words.js';
import { EXIT } from './exit-codes.js';
import { onInterrupt } from './interrupt.js';
import { printable } from './text.js';
import { trainProgress } from './train-progress.js';

interface TrainFlags {
  readonly config: string;
  readonly backend: TensorflowBackendChoice;
  readonly threads?: number;
  readonly fresh?: true;
  readonly check?: true;
  readonly quiet?: true;
  readonly json?: true;
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 256) throw new InvalidArgumentError('must be a whole number from 1 to 256');
  return value;
}

const note = (text: string): void => void process.stderr.write(`${text}\n`);

/** What starts the training, for the page and the card: options that change nothing are left out. */
const commandOf = ({ config }: TrainFlags): string => `framewitness train --config ${config}`;

function sayStart({ start, executor, network, shape }: OpenedTraining): void {
  note(`${network.name} on ${shape.clipLength > 1 ? `clips of ${shape.clipLength} faces` : 'faces'} of ${shape.inputSize} pixels, ${executor.executor}`);
  if (executor.backend === 'wasm' || executor.backend === 'cpu') note(`${executor.executor} is many times slower than the native library: see docs/guides/tensorflow.md on how to get it`);
  if (start === undefined) return;
  const list = (names: readonly string[]): string => (names.length === 0 ? '' : ` (${names.slice(0, 4).join(', ')}${names.length > 4 ? ', …' : ''})`);
  note(`${start.found} parameters start as in the file, ${start.missing.length} at random${list(start.missing)}; ${start.unused.length} tensors of the file are not used${list(start.unused)}`);
}

/** The card and its weights, once there is a best. */
async function finish(loaded: LoadedTrainingConfig, opened: OpenedTraining, { best, seconds, resumed }: TrainingResult, flags: TrainFlags): Promise<string | undefined> {
  if (best === undefined) return undefined;
  const path = resolve(loaded.folder, loaded.config.output.card);
  const { network, shape, executor, files } = opened;
  const { parameters, validation, step } = best;
  await writeModel(loaded, { network, shape, parameters, validation, step, command: commandOf(flags), software: `${SOFTWARE.name} ${SOFTWARE.version}`, executor: executor.executor, seconds, resumed, files }, path);
  return path;
}

const ENDED = { complete: 'trained', early: 'ended early, validation got no better,', interrupted: 'interrupted' } as const;

function report({ ended, step, best, seconds }: TrainingResult, card: string | undefined, flags: TrainFlags): void {
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ ended, step, seconds: Math.round(seconds), best: best === undefined ? null : { step: best.step, auc: best.validation.auc, bySource: best.validation.bySource, loss: best.validation.loss }, card: card ?? null })}\n`);
    return;
  }
  if (ended === 'interrupted') {
    note(`interrupted after step ${step}, which is saved: the same command goes on from there`);
    return;
  }
  note(`${ENDED[ended]} after ${step} steps, ${formatDuration(seconds)}`);
  if (best !== undefined && card !== undefined) note(`best after step ${best.step}${best.validation.auc === null ? '' : `, validation AUC ${best.validation.auc.toFixed(4)}`}: ${printable(relative(process.cwd(), card))}`);
}

/** The command; `done` gets the exit code. */
export function trainCommand(done: (code: number) => void): Command {
  return new Command('train')
    .description(
      'Train a network by a configuration (training/*.yaml): examples, loss, optimiser, schedule, validation. Checkpoints are\n' +
        'written as it goes: started again, the same command goes on from the last one, to the same result as if it had never\n' +
        'stopped. Ctrl-C saves and ends. In the end the best weights and their model card are written.',
    )
    .requiredOption('--config <FILE>', 'the training configuration (docs/guides/train.md)')
    .addOption(new Option('--backend <NAME>', 'back end of TensorFlow.js').choices(['auto', ...TENSORFLOW_BACKENDS]).default('auto'))
    .option('--threads <NUMBER>', 'threads of the native library; default: one for each core', whole)
    .option('--fresh', 'forget the checkpoints of the configuration’s folder and begin anew')
    .option('--check', 'read the configuration, say what is wrong with it, and train nothing')
    .option('--quiet', 'show validations and the end only')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExamples:\n  framewitness train --config training/default-frames.yaml\n  framewitness train --config training/meso4.yaml --check')
    .action(async (flags: TrainFlags) => {
      const loaded = loadTrainingConfig(flags.config);
      if (flags.check === true) {
        const { network, schedule } = loaded.config;
        process.stdout.write(flags.json === true ? `${JSON.stringify({ config: loaded.path, network, steps: schedule.steps, sha256: loaded.digest })}\n` : `${printable(flags.config)}: trains ${network} for ${schedule.steps} steps, sha256:${loaded.digest}\n`);
        done(EXIT.ok);
        return;
      }
      const clock = (): number => performance.now() / 1000;
      const opened = await openTraining(loaded, { backend: flags.backend, ...(flags.threads === undefined ? {} : { threads: flags.threads }), onProgress: (what, count, total) => { if (flags.quiet !== true) note(`${what}: ${count} of ${total}`); } });
      const progress = trainProgress(process.stderr, loaded.config.data.batchSize, clock, flags.quiet === true);
      const software = `${SOFTWARE.name} ${SOFTWARE.version}`;
      const page = (standing: TrainingStanding): Promise<void> => writeAtomically(opened.options.files.page, renderTraining({ loaded, opened, command: commandOf(flags), software }, standing));
      const interrupt = onInterrupt(() => { note('saving; once more to end at once'); });
      try {
        sayStart(opened);
        const result = await runTraining({ ...opened.options, clock, fresh: flags.fresh === true, stop: () => interrupt.happened(), onBegin: progress.begin, onStep: progress.step, onValidation: progress.validation, onCheckpoint: page });
        progress.end();
        await page(result);
        const card = await finish(loaded, opened, result, flags);
        report(result, card, flags);
        done(result.ended === 'interrupted' ? EXIT.interrupted : EXIT.ok);
      } finally {
        progress.end();
        interrupt.stopListening();
        await opened.close();
      }
    });
}
