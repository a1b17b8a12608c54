/** Finds and loads TensorFlow.js for Node.js, which is optional: its installer downloads what many machines cannot reach. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import util from 'node:util';
import { FramewitnessError } from '../../domain/errors.js';
import type { Tf } from './tf.js';

/** A native package that has been loaded. */
export interface NativePackage {
  /** Its folder. */
  readonly folder: string;
  readonly usesGpu: boolean;
}

/** The environment variable that names the folder in which `scripts/build-tfjs-node.sh` built. */
export const NATIVE_FOLDER_VARIABLE = 'FRAMEWITNESS_TFJS_NATIVE';

type NativeName = 'node' | 'node-gpu';

/** How to get a native package. */
export function nativePackageAdvice(name: NativeName): string {
  return `install it (npm install @tensorflow/tfjs-${name}), or build it with scripts/build-tfjs-node.sh${name === 'node-gpu' ? ' gpu' : ''} (see docs/guides/tensorflow.md)`;
}

/** The package root: this file is at the same depth in `src` and in `dist`. */
function projectRoot(): string {
  return fileURLToPath(new URL('../../..', import.meta.url));
}

/** Where the script built, beside the project, where npm put it, or in the project of whoever uses this package. */
function folderOf(name: NativeName): string | undefined {
  const named = process.env[NATIVE_FOLDER_VARIABLE];
  if (named !== undefined && named !== '') {
    const folder = join(named, 'node_modules', '@tensorflow', `tfjs-${name}`);
    return existsSync(folder) ? folder : undefined;
  }
  const bases = [join(projectRoot(), '.tfjs-native'), projectRoot(), process.cwd()];
  for (const base of bases) {
    try {
      return dirname(createRequire(join(base, 'package.json')).resolve(`@tensorflow/tfjs-${name}/package.json`));
    } catch {
      // Not there: the next place, and in the end the caller says what is missing.
    }
  }
  return undefined;
}

let loaded: NativePackage | undefined;

/**
 * Loads a native package and so registers its back end, `tensorflow`. One a process: both register the same name.
 *
 * @param name - the package; default: the GPU package where it is installed, else the other
 * @param threads - of libtensorflow; one that is loaded already keeps what it has
 * @returns undefined where it is not installed
 * @throws FramewitnessError FW_EXECUTOR_MISSING where it is installed and does not load
 */
export function loadNativePackage(name?: NativeName, threads?: number): NativePackage | undefined {
  // The GPU package without a GPU is the CPU's as well.
  if (loaded !== undefined) return loaded;
  const names: readonly NativeName[] = name === undefined ? ['node-gpu', 'node'] : [name];
  const folder = names.map(folderOf).find((found) => found !== undefined);
  if (folder === undefined) return undefined;
  prepareEnvironment(threads);
  try {
    const tf = createRequire(import.meta.url)(folder) as Tf;
    const backend = tf.backend() as unknown as { readonly isUsingGpuDevice?: boolean };
    loaded = { folder, usesGpu: backend.isUsingGpuDevice === true };
    return loaded;
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    const advice = folder.endsWith('gpu') ? nativePackageAdvice('node-gpu') : nativePackageAdvice('node');
    throw new FramewitnessError('FW_EXECUTOR_MISSING', `${folder} does not load: ${because}; remove it or ${advice}`, { cause: error });
  }
}

function prepareEnvironment(threads: number | undefined): void {
  // Node 23 dropped these two, which the package still calls.
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean; isArray?: (value: unknown) => boolean };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
  old.isArray ??= (value) => Array.isArray(value);
  // libtensorflow reads these when it is loaded. Warnings and errors only, unless told otherwise.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  if (threads === undefined) return;
  process.env['TF_NUM_INTRAOP_THREADS'] ??= String(threads);
  process.env['TF_NUM_INTEROP_THREADS'] ??= String(threads);
}
