/** The sample clip that ships with the package, and clips cut from it, kept between tests and runs. */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The checkout. */
export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
export const SAMPLE_PATH = join(REPOSITORY, 'examples/sample/sample.mp4');
export const GROUND_TRUTH_PATH = join(REPOSITORY, 'examples/sample/ground-truth.json');

/** `examples/sample/ground-truth.json`. Times in microseconds, end exclusive. */
export interface GroundTruth {
  readonly schema: string;
  readonly title: string;
  readonly clip: {
    readonly file: string;
    readonly sha256: string;
    readonly bytes: number;
    readonly width: number;
    readonly height: number;
    readonly frames: number;
    readonly framesPerSecond: number;
    readonly keyframeIntervalMicros: number;
  };
  readonly ranges: readonly { readonly startMicros: number; readonly endMicros: number; readonly label: 'authentic' | 'forged' | 'no-face'; readonly note: string }[];
  readonly licence: Readonly<Record<string, string>>;
}

export function readGroundTruth(): GroundTruth {
  return JSON.parse(readFileSync(GROUND_TRUTH_PATH, 'utf8')) as GroundTruth;
}

/** Runs the system's ffmpeg without a shell; what it says goes into the error when it fails. */
export async function ffmpeg(args: readonly string[]): Promise<void> {
  await promisify(execFile)('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...args]);
}

/** A folder for derived clips that lasts between runs; another sample gets another folder. */
export function cacheFolder(): string {
  const digest = createHash('sha256').update(readFileSync(SAMPLE_PATH)).digest('hex').slice(0, 12);
  const folder = join(tmpdir(), `framewitness-test-clips-${digest}-${process.getuid?.() ?? 0}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * A clip that ffmpeg makes, made once and then taken from the cache.
 *
 * @param name - file name in the cache; its ending chooses the container
 * @param args - ffmpeg's arguments, inputs included, without the output
 */
export async function derivedClip(name: string, args: readonly string[]): Promise<string> {
  // Another recipe is another clip, whatever its name.
  const recipe = createHash('sha256').update(args.join('\0')).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), recipe);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  if (existsSync(path)) return path;
  // Test files run at the same time: each writes a name of its own, and the last rename wins with the same bytes.
  const draft = join(cacheFolder(), `.draft-${randomBytes(6).toString('hex')}${extname(name)}`);
  await ffmpeg([...args, '-fflags', '+bitexact', '-flags', '+bitexact', draft]);
  renameSync(draft, path);
  return path;
}

/**
 * The first `seconds` of the sample, not encoded again: keyframes every two seconds, 25 frames a second. Cut by number of
 * frames: a cut by time goes by decoding time and would take the start of the next group of pictures along.
 */
export async function shortClip(seconds: number, container: 'mp4' | 'mkv' | 'ts' = 'mp4'): Promise<string> {
  const indexFirst = container === 'mp4' ? ['-movflags', '+faststart'] : [];
  return derivedClip(`first-${seconds}s.${container}`, ['-i', SAMPLE_PATH, '-frames:v', `${seconds * 25}`, '-c', 'copy', ...indexFirst]);
}

/** The sample `times` times in a row, not encoded again, index first: a long file for tests that disturb its reading. */
export async function loopedSample(times: number): Promise<string> {
  return derivedClip(`looped-${times}.mp4`, ['-stream_loop', `${times - 1}`, '-i', SAMPLE_PATH, '-c', 'copy', '-movflags', '+faststart']);
}
