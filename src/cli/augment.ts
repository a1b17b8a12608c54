/** `framewitness augment`: examples for training, made ahead of it or looked at. */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { FramewitnessError } from '../domain/errors.js';
import { listFaces } from '../training/augmentation/listing.js';
import { findLandmarks } from '../training/landmarks/find-landmarks.js';
import { landmarksPath } from '../training/landmarks/landmarks-file.js';
import { augmentExportCommand } from './augment-export.js';
import { augmentMakeCommand } from './augment-make.js';
import { augmentPreviewCommand } from './augment-preview.js';
import { wholeFrom } from './augment-flags.js';
import { landmarkProgress } from './augment-progress.js';
import { EXIT } from './exit-codes.js';
import { printable } from './text.js';

interface LandmarkFlags {
  readonly workers: number;
  readonly quiet?: true;
  readonly json?: true;
}

function landmarksCommand(finish: (code: number) => void): Command {
  return new Command('landmarks')
    .description('Find the face and the 468 points of its mesh in every picture of a file of faces, once. What is known already is not looked for again.')
    .argument('<FACES...>', 'files of faces that framewitness prepare wrote, or manifests of pictures')
    .option('--workers <NUMBER>', 'processes that work side by side; 0: none but this one', wholeFrom(0, 64), availableParallelism())
    .option('--quiet', 'show no progress')
    .option('--json', 'print the counts as JSON')
    .addHelpText('after', '\nThe landmarks of FACES.jsonl are written to FACES.landmarks.jsonl beside it, a line a face, as they are found: an interrupted run goes\non where it was. Training and the other augment commands find what is missing by themselves.')
    .action(async (files: readonly string[], { workers, quiet, json }: LandmarkFlags) => {
      const faces = await listFaces(files);
      if (faces.length === 0) throw new FramewitnessError('FW_FACES_INVALID', `there is no picture in ${files.join(', ')}`);
      const progress = landmarkProgress(process.stderr, quiet === true);
      const found = await findLandmarks(faces, { workers, onProgress: progress.show }).finally(progress.end);
      for (const file of files) {
        const all = [...(found.get(file)?.values() ?? [])];
        const lost = all.filter((face) => face === 'no-face').length;
        if (json === true) process.stdout.write(`${JSON.stringify({ file, landmarks: landmarksPath(file), faces: all.length - lost, lost })}\n`);
        else process.stdout.write(`${printable(landmarksPath(file))}: ${all.length - lost} faces, none found in ${lost} pictures\n`);
      }
      finish(EXIT.ok);
    });
}

/** The command group; `finish` gets the exit code. */
export function augmentCommand(finish: (code: number) => void): Command {
  return new Command('augment')
    .description('Examples for training out of faces: found landmarks, forged faces, contact sheets.')
    .addCommand(landmarksCommand(finish))
    .addCommand(augmentMakeCommand(finish))
    .addCommand(augmentPreviewCommand(finish))
    .addCommand(augmentExportCommand(finish));
}
