/** `framewitness models quantise`: calibrates a model for int8. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { FramewitnessError } from '../domain/errors.js';
import { sha256Hex, type Quantisation } from '../models/card.js';
import { loadModel } from '../models/load.js';
import { quantiseModel, type CalibrationItem } from '../models/quantise.js';
import { calibrationItems } from '../topology/build/calibration-items.js';
import { resolveCard } from '../topology/cards.js';
import { EXIT } from './exit-codes.js';
import { resolveInputs } from './inputs.js';
import { printable } from './text.js';
import { loadTopologyWithNotes, TOPOLOGY } from './topology-option.js';

interface QuantiseFlags {
  readonly calibrate: readonly string[];
  readonly out: string;
  readonly items: number;
  readonly topology: string;
  readonly json?: true;
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 4096) throw new InvalidArgumentError('must be a whole number from 1 to 4096');
  return value;
}

/** A folder named real or fake (or forged) anywhere in the path says what a video is. */
function labelOf(path: string): CalibrationItem['label'] {
  const folders = dirname(path).split(sep);
  const last = folders.findLast((folder) => ['real', 'fake', 'forged'].includes(folder));
  return last === undefined ? undefined : last === 'real' ? 'real' : 'forged';
}

async function videosOf(names: readonly string[]): Promise<readonly string[]> {
  return (await resolveInputs(names)).map((input) => {
    if ('error' in input) throw input.error;
    return input.path;
  });
}

/** Ranges in a line each: a card is read by people too. */
export function cardText(card: object): string {
  return `${JSON.stringify(card, null, 2).replaceAll(/\[\n\s+(-?[\d.e+-]+),\n\s+(-?[\d.e+-]+)\n\s+\]/g, '[$1, $2]')}\n`;
}

async function written(folder: string, weights: string, file: string, card: object): Promise<string> {
  const path = join(folder, file);
  try {
    await mkdir(folder, { recursive: true });
    if (resolve(dirname(weights)) !== resolve(folder)) await copyFile(weights, join(folder, basename(weights)));
    await writeFile(path, cardText(card));
    return path;
  } catch (error) {
    throw new FramewitnessError('FW_OUTPUT_UNWRITABLE', `${path}: cannot be written`, { cause: error });
  }
}

/** `models quantise`; `finish` gets the exit code. */
export function modelsQuantiseCommand(finish: (code: number) => void): Command {
  return new Command('quantise')
    .description(
      'Make a model ready for precision: int8. Runs it in float32 over the faces of videos, notes what ranges its inner values\n' +
        'have, tries how much of the ranges to keep, and writes them into a copy of the card, with what int8 changes: the\n' +
        'difference of probabilities and, where videos lie in folders named real and fake, the AUC of both.',
    )
    .argument('<CARD>', 'the model card: a path, or builtin: and a name')
    .requiredOption('--calibrate <VIDEO...>', 'videos, or folders that hold some, like those that will be scanned')
    .requiredOption('--out <FOLDER>', 'where the card, and the weights beside it, are written')
    .option('--items <NUMBER>', 'most faces or clips of all videos together; half calibrate, half measure', whole, 256)
    .option('--topology <FILE>', 'whose sampling, detection and tracking are used', TOPOLOGY)
    .option('--json', 'print what was measured as JSON')
    .addHelpText('after', '\nThe videos should be like those that will be scanned, with many people. They become a part of what the model was made from:\ntheir terms of use are then terms of the card.')
    .action(async (cardName: string, { calibrate, out, items: most, topology, json }: QuantiseFlags) => {
      const cardPath = resolveCard(cardName, process.cwd());
      const model = await loadModel(cardPath);
      const loaded = loadTopologyWithNotes(topology, (line) => process.stderr.write(`${line}\n`));
      const videos = await videosOf(calibrate);
      const cut = await calibrationItems(videos, model.card, loaded.topology, Math.max(1, Math.floor(most / Math.max(1, videos.length))));
      const items = cut.flatMap((crops, i): CalibrationItem[] => {
        const label = labelOf(resolve(videos[i] ?? ''));
        return crops.map((each) => ({ crops: each, ...(label === undefined ? {} : { label }) }));
      });
      if (items.length === 0) throw new FramewitnessError('FW_USAGE', `no ${model.card.kind === 'clip' ? 'clip' : 'face'} was found in ${videos.length} video(s): name others with --calibrate`);
      const source = await Promise.all(videos.map(async (path) => ({ file: basename(path), sha256: sha256Hex(await readFile(path)) })));
      const measured = await quantiseModel(model, items);
      const command = `framewitness models quantise ${cardName} --calibrate ${calibrate.join(' ')} --items ${most}`;
      const { ranges, ...figures } = measured;
      const quantisation: Quantisation = { method: 'static-int8', ...figures, source, command, ranges };
      const card = await written(out, join(dirname(cardPath), model.card.weights.file), basename(cardPath), { ...model.card, quantisation });
      const { difference, auc, share } = measured;
      if (json === true) process.stdout.write(`${JSON.stringify({ card, ...figures, ranges: Object.keys(ranges).length })}\n`);
      else {
        process.stdout.write(`calibrated on ${measured.items} ${model.card.kind === 'clip' ? 'clips' : 'faces'} of ${videos.length} video(s); ranges hold ${Number((share * 100).toFixed(4))} % of the numbers\n`);
        process.stdout.write(`int8 changes probabilities by ${difference.mean} on average, ${difference.largest} at most (${difference.items} ${difference.heldOut ? 'others' : 'of the same'})\n`);
        if (auc !== undefined) process.stdout.write(`AUC ${auc.float32} in float32, ${auc.int8} in int8\n`);
        process.stdout.write(`wrote ${printable(card)}: ask for it with precision: int8\n`);
      }
      finish(EXIT.ok);
    });
}
