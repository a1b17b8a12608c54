/** Faces of all items of a manifest, several items side by side, into a folder. What was done before is not done again. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, extname, join, relative, resolve } from 'node:path';
import { ERROR_CATALOGUE, FramewitnessError, type ErrorCode } from '../../domain/errors.js';
import { FACES_SCHEMA, resolveItemPath, writeFaces, type FaceItem, type Manifest, type ManifestItem } from '../../training/manifest.js';
import type { CropJob, CropPlan, CroppedItem } from '../../training/prepare/crop-plan.js';
import { createPool } from '../../workers/pool.js';
import type { LoadedTopology } from '../load.js';

/** What {@link cropFaces} needs. */
export interface CropFacesRequest {
  readonly manifest: Manifest;
  readonly loaded: LoadedTopology;
  readonly plan: CropPlan;
  /** Where crops, `faces.jsonl` and what is remembered go. */
  readonly out: string;
  readonly workers: number;
  /** Longest time that one item may take. */
  readonly timeoutSeconds: number;
  readonly isStopped: () => boolean;
  readonly onItem: (item: ManifestItem, cropped: CroppedItem, remembered: boolean) => void;
}

/** What was cut. `complete` is false where it was stopped before; then there is no file of faces yet. */
export interface CropFacesResult {
  readonly complete: boolean;
  /** In the order of the manifest. */
  readonly items: readonly CroppedItem[];
  readonly file: string;
}

const entry = new URL(import.meta.url.endsWith('.ts') ? './crop-main.ts' : './crop-main.js', import.meta.url);

const digest = (...parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

async function fileState(path: string): Promise<readonly number[] | null> {
  return stat(path).then(({ size, mtimeMs }) => [size, mtimeMs], () => null);
}

/** What was done of an item before, under the same plan and with the same files. */
async function remembered(path: string): Promise<CroppedItem | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as CroppedItem;
  } catch {
    // Not there, or not whole: it is done again.
    return undefined;
  }
}

async function remember(path: string, cropped: CroppedItem): Promise<void> {
  try {
    await writeFile(`${path}.part`, JSON.stringify(cropped));
    await rename(`${path}.part`, path);
  } catch (error) {
    throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: path });
  }
}

/** A folder name that says which item it is of, whatever its path holds. */
function folderName(path: string): string {
  return `${basename(path, extname(path)).replace(/[^\w-]+/g, '_').slice(0, 40)}-${digest(path).slice(0, 12)}`;
}

/**
 * Cuts faces and writes `faces.jsonl`. An item that cannot be read is told with its error; the others go on. Interrupted runs go on
 * where they were, to the same bytes.
 *
 * @throws FramewitnessError FW_OUTPUT_UNWRITABLE, and what a worker's start throws
 */
export async function cropFaces({ manifest, loaded, plan, out, workers, timeoutSeconds, isStopped, onItem }: CropFacesRequest): Promise<CropFacesResult> {
  const done = join(out, 'done');
  await mkdir(done, { recursive: true }).catch((error: unknown) => {
    throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: out });
  });
  const { decode, detect, track } = loaded.topology.stages;
  const settings = digest(plan, decode, detect, track, loaded.topology.limits, loaded.topology.segments);
  const pool = createPool<CropJob, CroppedItem>({ entry, size: workers, initial: { topology: loaded.topology, folder: loaded.folder, plan }, jobTimeoutMillis: timeoutSeconds * 1000 });
  const items = new Array<CroppedItem | undefined>(manifest.items.length).fill(undefined);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < manifest.items.length && !isStopped()) {
      const at = next++;
      const item = manifest.items[at];
      if (item === undefined) return;
      const file = resolveItemPath(manifest, item);
      const mask = item.mask === undefined ? undefined : resolveItemPath(manifest, { path: item.mask });
      const record = join(done, `${digest(settings, item, await fileState(file), mask === undefined ? null : await fileState(mask)).slice(0, 32)}.json`);
      const before = await remembered(record);
      const cropped = before ?? (await cropOne({ item, file, ...(mask === undefined ? {} : { mask }), folder: resolve(out, 'crops', folderName(item.path)), prefix: `crops/${folderName(item.path)}` }));
      // A crash or a hang may not happen again.
      const settled = cropped.error === undefined || !(cropped.error.code in ERROR_CATALOGUE) || !ERROR_CATALOGUE[cropped.error.code as ErrorCode].retriable;
      if (before === undefined && settled) await remember(record, cropped);
      items[at] = cropped;
      onItem(item, cropped, before !== undefined);
    }
  };
  const cropOne = async (job: CropJob): Promise<CroppedItem> => {
    try {
      return await pool.run(job, { location: { input: job.file } });
    } catch (error) {
      const known = FramewitnessError.from(error, 'FW_INTERNAL');
      // A crash or a hang of a decoder costs this item.
      if (known.scope === 'run') throw known;
      return { faces: [], frames: 0, skipped: {}, error: { code: known.code, message: known.message } };
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, lane));
  } finally {
    await pool.close();
  }
  const file = join(out, 'faces.jsonl');
  const all = items.filter((cropped) => cropped !== undefined);
  if (all.length < items.length) return { complete: false, items: all, file };
  const faces: readonly FaceItem[] = all.flatMap((cropped) => cropped.faces);
  const { dataset } = manifest.header;
  await writeFaces(file, { header: { schema: FACES_SCHEMA, root: relative(resolve(out), manifest.folder) || '.', format: plan.format, ...(dataset === undefined ? {} : { dataset }) }, items: faces });
  return { complete: true, items: all, file };
}
