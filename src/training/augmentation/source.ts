/** Batches of examples, made ahead by workers and kept in a folder. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FramewitnessError } from '../../domain/errors.js';
import { createPool } from '../../workers/pool.js';
import type { Example, ExampleOptions, ExampleSource } from '../example.js';
import { findLandmarks } from '../landmarks/find-landmarks.js';
import { facesOf, makerDigest, openMaker, type MakerSpec } from './maker.js';
import { recipeOptions } from './options.js';
import { partOf, remixParts, renumbered } from './remix.js';
import { packedExamples, unpackedExamples } from './packed.js';

/** Longest time of one batch. */
const JOB_TIMEOUT_MILLIS = 600_000;
/** Batches made ahead, a worker. */
const AHEAD = 2;

/** Makes the bytes of batches. */
interface Making {
  make(index: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The file of a batch in a cache folder. */
export function batchPath(folder: string, index: number): string {
  return join(folder, `batch-${String(index).padStart(6, '0')}.examples`);
}

function checked({ batchSize, inputSize, clipLength, seed, workers, recipe, distinct, cacheFolder }: ExampleOptions): void {
  const whole = (value: number, name: string, least: number): string[] => (Number.isInteger(value) && value >= least ? [] : [`${name} is ${value} and must be a whole number of at least ${least}`]);
  const mistakes = [...whole(batchSize, 'batchSize', 1), ...whole(inputSize, 'inputSize', 16), ...whole(clipLength, 'clipLength', 1), ...whole(seed, 'seed', 0), ...whole(workers, 'workers', 0), ...whole(distinct ?? 1, 'distinct', 1)];
  if ((recipe === 'self-blended' || recipe === 'face-xray') && batchSize % 2 !== 0) mistakes.push(`batchSize is ${batchSize} and must be even: ${recipe} makes pairs`);
  if (distinct !== undefined && cacheFolder === undefined) mistakes.push('distinct needs a cacheFolder to keep the batches in');
  if (mistakes.length > 0) throw new FramewitnessError('FW_TRAINING_OPTIONS', mistakes.join('; '));
}

async function openMaking(spec: MakerSpec, digest: string, workers: number): Promise<Making> {
  if (workers === 0) {
    const maker = await openMaker(spec);
    return { make: async (index) => packedExamples(await maker.make(index), digest), close: () => Promise.resolve() };
  }
  const pool = createPool<number, Uint8Array>({
    entry: new URL(import.meta.url.endsWith('.ts') ? './maker-main.ts' : './maker-main.js', import.meta.url),
    size: workers,
    initial: { spec, digest },
    jobTimeoutMillis: JOB_TIMEOUT_MILLIS,
    crashCode: 'FW_TRAINING_WORKER',
    timeoutCode: 'FW_TRAINING_WORKER',
  });
  try {
    await pool.start();
  } catch (error) {
    await pool.close();
    throw error;
  }
  return { make: (index) => pool.run(index, { location: { input: `batch ${index}` } }), close: () => pool.close() };
}

async function kept(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw FramewitnessError.from(error, 'FW_INPUT_UNREADABLE', { input: path });
  }
}

/** Written beside and renamed: a file is there whole or not at all. */
async function keep(folder: string, index: number, bytes: Uint8Array): Promise<void> {
  const path = batchPath(folder, index);
  const unfinished = `${path}.${randomUUID()}.part`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(unfinished, bytes);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: path });
  }
}

/** Opens a source; see `openExampleSource`. */
export async function openSource(options: ExampleOptions): Promise<ExampleSource> {
  checked(options);
  const { recipe, faces, split, batchSize, inputSize, clipLength, seed, workers, cacheFolder, onProgress } = options;
  const spec: MakerSpec = { recipe, faces, ...(split === undefined ? {} : { split }), batchSize, inputSize, clipLength, seed, options: recipeOptions(recipe, options.options) };
  const listed = await facesOf(spec);
  if (listed.length === 0) throw new FramewitnessError('FW_FACES_INVALID', `there is no face${split === undefined ? '' : ` of the split ${split}`} in ${faces.join(', ')}`);
  if (recipe === 'self-blended' || recipe === 'face-xray') {
    await findLandmarks(listed.filter(({ label }) => label === 'real'), {
      workers,
      onProgress: (done, total) => onProgress?.('landmarks', done, total),
    });
  }
  const digest = await makerDigest(spec);
  const making = await openMaking(spec, digest, workers);
  const under = new Map<number, Promise<Uint8Array>>();
  const ahead = options.ahead ?? AHEAD * workers;
  let closed = false;

  const bytesOf = async (index: number): Promise<Uint8Array> => {
    const known = cacheFolder === undefined ? undefined : await kept(batchPath(cacheFolder, index));
    if (known !== undefined) return known;
    const made = await making.make(index);
    if (cacheFolder !== undefined) await keep(cacheFolder, index, made);
    return made;
  };
  const begun = (index: number): Promise<Uint8Array> => {
    let bytes = under.get(index);
    if (bytes === undefined) {
      bytes = bytesOf(index);
      // Whoever asks for it hears of a failure; until then it is nobody's.
      bytes.catch(() => undefined);
      under.set(index, bytes);
    }
    return bytes;
  };
  const made = async (index: number): Promise<readonly Example[]> => unpackedExamples(await begun(index), cacheFolder === undefined ? `batch ${index}` : batchPath(cacheFolder, index), digest);
  const { distinct = Infinity } = options;
  return {
    inputSize,
    clipLength,
    batch: async (index) => {
      if (closed) throw new FramewitnessError('FW_INTERNAL', 'the source of examples is closed');
      if (index >= distinct) {
        const remixed = await Promise.all(remixParts(index, distinct, seed).map(async ({ batch, part }) => partOf(await made(batch), part)));
        under.clear();
        return renumbered(remixed);
      }
      const examples = made(index);
      for (const old of under.keys()) if (old < index || old > index + ahead) under.delete(old);
      for (let next = index + 1; next <= Math.min(index + ahead, distinct - 1); next++) void begun(next);
      under.delete(index);
      return examples;
    },
    close: async () => {
      closed = true;
      under.clear();
      await making.close();
    },
  };
}
