/** What a training leaves on disk so that another process can go on as if nothing had happened. One file, replaced in one go. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { FramewitnessError } from '../../domain/errors.js';
import { readSafetensors, writeSafetensors } from '../../inference/safetensors.js';
import type { FloatTensor } from '../../inference/tensor.js';

const stateSchema = z.strictObject({
  schema: z.literal('framewitness.training-checkpoint/1'),
  /** Of what determines the course of a training, see `courseDigest`. */
  course: z.string(),
  /** Steps done. */
  step: z.int().min(0),
  optimiserSteps: z.int().min(0),
  /** What is next in the source of examples. */
  place: z.strictObject({ batch: z.int().min(0), pair: z.int().min(0) }),
  best: z.strictObject({ step: z.int().min(0), value: z.number() }).nullable(),
  /** Validations in a row without a better one: for the early end, and for the plateau of the rate. */
  stale: z.int().min(0),
  plateau: z.int().min(0),
  /** How often a plateau has lowered the rate. */
  falls: z.int().min(0),
  /** Seconds of training in all processes so far. */
  seconds: z.number().min(0),
  /** How often it was taken up again. */
  resumed: z.int().min(0),
});

/** The numbers of a checkpoint beside its tensors. */
export type TrainingState = z.infer<typeof stateSchema>;

/** A checkpoint. Keys of tensors begin with `weights/`, `average/`, `optimiser/`, `auxiliary/`, `loss/`. */
export interface TrainingCheckpoint {
  readonly state: TrainingState;
  readonly tensors: ReadonlyMap<string, FloatTensor>;
}

/** Writes a file so that whoever reads it, at whatever time the process or the machine stops, finds the old or the new one. */
export async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const part = `${path}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(part, 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    throw new FramewitnessError('FW_OUTPUT_UNWRITABLE', `${path}: cannot be written`, { cause: error, location: { input: path } });
  }
}

/** Writes a checkpoint. @throws FramewitnessError FW_OUTPUT_UNWRITABLE */
export async function writeCheckpoint(path: string, { state, tensors }: TrainingCheckpoint): Promise<void> {
  await writeAtomically(path, writeSafetensors(tensors, { state: JSON.stringify(state) }));
}

/**
 * Reads a checkpoint.
 *
 * @returns undefined where there is none
 * @throws FramewitnessError FW_TRAINING_CHECKPOINT where it is damaged
 */
export async function readTrainingCheckpoint(path: string): Promise<TrainingCheckpoint | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new FramewitnessError('FW_TRAINING_CHECKPOINT', `${path}: cannot be read`, { cause: error, location: { input: path } });
  }
  try {
    const { tensors, metadata } = readSafetensors(bytes, path);
    return { state: stateSchema.parse(JSON.parse(metadata['state'] ?? '')), tensors };
  } catch (error) {
    throw new FramewitnessError('FW_TRAINING_CHECKPOINT', `${path}: it is no checkpoint of a training: ${error instanceof Error ? error.message : String(error)}`, { cause: error, location: { input: path } });
  }
}

/** Tensors under a common beginning of their keys. */
export function prefixed(beginning: string, tensors: ReadonlyMap<string, FloatTensor>): [string, FloatTensor][] {
  return [...tensors].map(([key, tensor]) => [`${beginning}/${key}`, tensor]);
}

/** What {@link prefixed} put under a beginning. */
export function unprefixed(beginning: string, tensors: ReadonlyMap<string, FloatTensor>): Map<string, FloatTensor> {
  return new Map([...tensors].filter(([key]) => key.startsWith(`${beginning}/`)).map(([key, tensor]) => [key.slice(beginning.length + 1), tensor]));
}
