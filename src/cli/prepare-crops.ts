/** `framewitness prepare crops`: faces of a manifest's videos and pictures, cut out for training. */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { FramewitnessError } from '../domain/errors.js';
import { findNetwork } from '../models/registry.js';
import { cropFaces } from '../topology/build/crop-faces.js';
import { readManifest } from '../training/manifest.js';
import type { CropPlan, FrameChoice } from '../training/prepare/crop-plan.js';
import { wholeFrom } from './augment-flags.js';
import { EXIT } from './exit-codes.js';
import { onInterrupt } from './interrupt.js';
import { createItemProgress } from './item-progress.js';
import { printable } from './text.js';
import { loadTopologyWithNotes, TOPOLOGY } from './topology-option.js';

interface CropFlags {
  readonly out: string;
  readonly size?: number;
  readonly network?: string;
  readonly every?: number;
  readonly count?: number;
  readonly tracks?: true;
  readonly rate?: number;
  readonly scale: number;
  readonly format: CropPlan['format'];
  readonly largest?: true;
  readonly topology: string;
  readonly workers: number;
  readonly timeout: number;
  readonly quiet?: true;
  readonly json?: true;
}

function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most)) throw new InvalidArgumentError(`must be a number from ${least} to ${most}`);
    return value;
  };
}

function planOf({ size, network, every, count, tracks, rate, scale, format, largest }: CropFlags, gridRate: number): CropPlan {
  const definition = network === undefined ? undefined : findNetwork(network);
  const side = size ?? definition?.inputSize;
  if (side === undefined) throw new FramewitnessError('FW_USAGE', 'say with --size how large the crops are, or with --network which network they are for');
  const choices = [every, count, tracks].filter((choice) => choice !== undefined).length;
  if (choices > 1) throw new FramewitnessError('FW_USAGE', '--every, --count and --tracks exclude each other');
  const whole = tracks ?? (choices === 0 && definition?.kind === 'clip');
  if (!whole && definition?.kind === 'clip') throw new FramewitnessError('FW_USAGE', `${definition.name} takes clips, and clips need whole tracks: use --tracks`);
  if (!whole && rate !== undefined) throw new FramewitnessError('FW_USAGE', '--rate goes with --tracks');
  const frames: FrameChoice = whole ? { kind: 'tracks', framesPerSecond: rate ?? gridRate } : count !== undefined ? { kind: 'count', frames: count } : { kind: 'every', step: every ?? 10 };
  return { frames, size: side, scale, format, largest: largest === true };
}

/** The command; `finish` gets the exit code. */
export function prepareCropsCommand(finish: (code: number) => void): Command {
  return new Command('crops')
    .description('Cut the faces out of the videos and pictures of a manifest, with the decoder, detector and tracker of a scan, into a file of faces\n(faces.jsonl) and its pictures. Where the manifest has a box, the box is taken. An interrupted run goes on where it was.')
    .argument('<MANIFEST>', 'a manifest that framewitness prepare wrote')
    .requiredOption('--out <FOLDER>', 'where faces.jsonl and the crops go')
    .option('--size <PIXELS>', 'side of the crops', wholeFrom(16, 1024))
    .option('--network <NAME>', 'as large as this network takes them; whole tracks where it takes clips')
    .option('--every <N>', 'every N-th frame; default: 10', wholeFrom(1, 100_000))
    .option('--count <N>', 'N frames of each video, evenly spaced from the first to the last', wholeFrom(1, 100_000))
    .option('--tracks', 'whole tracks on the sampling grid of the topology, as clip networks see them')
    .option('--rate <FPS>', 'with --tracks: frames a second, instead of those of the topology', numberFrom(0.1, 240))
    .option('--scale <NUMBER>', "side of the square in units of the face box's longer side", numberFrom(1, 4), 1.3)
    .addOption(new Option('--format <NAME>', 'of the crops; JPEG at quality 95').choices(['png', 'jpeg']).default('png'))
    .option('--largest', 'only the largest face of each frame: for data sets that forge one face and label the video')
    .option('-t, --topology <FILE>', 'whose decoder, detector and tracker are used', TOPOLOGY)
    .option('--workers <NUMBER>', 'items side by side', wholeFrom(1, 64), availableParallelism())
    .option('--timeout <SECONDS>', 'longest time that one item may take; then it is tried once more, then skipped', numberFrom(1, 86_400), 1800)
    .option('--quiet', 'show no progress')
    .option('--json', 'print the counts as JSON')
    .addHelpText('after', '\nExit code 3: some items gave no face or could not be read; 4: no item gave a face.\n\nExamples:\n  framewitness prepare crops celeb-df.jsonl --out faces --network xception --count 32 --largest\n  framewitness prepare crops celeb-df.jsonl --out tracks --network srm-residual-gru')
    .action(async (path: string, flags: CropFlags) => {
      finish(await run(path, flags));
    });
}

async function run(path: string, flags: CropFlags): Promise<number> {
  const manifest = await readManifest(path);
  if (manifest.items.length === 0) throw new FramewitnessError('FW_USAGE', `${path} lists nothing`);
  const progress = createItemProgress(process.stderr, manifest.items.length, 'items', flags.quiet === true);
  const loaded = loadTopologyWithNotes(flags.topology, progress.note);
  const plan = planOf(flags, loaded.topology.stages.sample.framesPerSecond);
  const interrupt = onInterrupt(() => {
    progress.note('interrupted: finishing the items under way (press Ctrl-C again to end at once)');
  });
  let known = 0;
  try {
    const { complete, items, file } = await cropFaces({
      manifest,
      loaded,
      plan,
      out: flags.out,
      workers: flags.workers,
      timeoutSeconds: flags.timeout,
      isStopped: () => interrupt.happened(),
      onItem: (item, { error }, remembered) => {
        if (remembered) known++;
        progress.advance(item.path);
        if (error !== undefined) progress.note(`${printable(item.path, 200)}: ${error.code}: ${error.message.split('\n')[0] ?? ''}`);
      },
    });
    progress.end();
    const skipped: Record<string, number> = {};
    for (const item of items) for (const [reason, n] of Object.entries(item.skipped)) skipped[reason] = (skipped[reason] ?? 0) + n;
    const failed = items.filter(({ error }) => error !== undefined).length;
    const faceless = items.filter(({ error, faces }) => error === undefined && faces.length === 0).length;
    const faces = items.reduce((sum, item) => sum + item.faces.length, 0);
    const frames = items.reduce((sum, item) => sum + item.frames, 0);
    if (flags.json === true) process.stdout.write(`${JSON.stringify({ complete, file: complete ? file : null, items: items.length, remembered: known, frames, faces, unreadable: failed, withoutFace: faceless, skipped })}\n`);
    else {
      process.stdout.write(`${complete ? `${printable(file)}: ` : ''}${faces} faces from ${frames} frames of ${items.length} items${known > 0 ? ` (${known} were done before)` : ''}\n`);
      if (failed + faceless > 0) process.stdout.write(`  items: ${failed} with an error, ${faceless} without a face\n`);
      for (const [reason, n] of Object.entries(skipped)) process.stdout.write(`  ${reason}: ${n}\n`);
      if (!complete) process.stdout.write(`${items.length} of ${manifest.items.length} items are done: the same command goes on from there\n`);
    }
    if (!complete) return EXIT.interrupted;
    return faces === 0 ? EXIT.allFailed : failed + faceless > 0 ? EXIT.someFailed : EXIT.ok;
  } finally {
    interrupt.stopListening();
  }
}
