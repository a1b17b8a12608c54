/** Landmarks of all faces of some files: those that are not known yet are found, and written beside the files. */
import { FramewitnessError } from '../../domain/errors.js';
import { createPool } from '../../workers/pool.js';
import type { ListedFace } from '../augmentation/listing.js';
import { readPicture } from '../augmentation/read-picture.js';
import { faceMeshNetwork } from './face-mesh-network.js';
import { appendLandmarks, landmarksLine, landmarksPath, readLandmarks, startLandmarks, type Landmarks } from './landmarks-file.js';
import { createMeshFinder, type MeshFinder } from './mesh-finder.js';

/** Faces of one job. */
const PORTION = 32;
const JOB_TIMEOUT_MILLIS = 120_000;

/** What a worker is asked: pictures whose faces are to be found. */
export type LandmarkJob = readonly Pick<ListedFace, 'path' | 'name' | 'box'>[];

/** Options of {@link findLandmarks}. */
export interface LandmarkOptions {
  /** Worker processes; 0 works in the calling thread. */
  readonly workers: number;
  readonly onProgress?: (done: number, total: number) => void;
  /** Where the landmarks are; only for one file of faces. Default {@link landmarksPath}. */
  readonly out?: string;
}

/** The lines of a job's faces. */
export async function landmarkLines(finder: MeshFinder, job: LandmarkJob): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const { path, name, box } of job) lines.push(landmarksLine(name, await finder.find(await readPicture(path), box)));
  return lines;
}

/**
 * Landmarks of faces, by file and name. What was found before an interruption is kept: each portion is written as it is found.
 *
 * @param faces - of any number of files
 * @throws FramewitnessError FW_FACES_INVALID where a picture cannot be read, FW_OUTPUT_UNWRITABLE where the landmarks cannot be written
 */
export async function findLandmarks(faces: readonly ListedFace[], { workers, onProgress, out }: LandmarkOptions): Promise<ReadonlyMap<string, Landmarks>> {
  const { digest } = faceMeshNetwork();
  const files = [...new Set(faces.map(({ file }) => file))];
  const known = new Map<string, Landmarks>();
  for (const file of files) known.set(file, await readLandmarks(out ?? landmarksPath(file), digest));
  const open = faces.filter(({ file, name }) => known.get(file)?.has(name) !== true);
  if (open.length === 0) return known;
  const portions = files.flatMap((file) => chunks(open.filter((face) => face.file === file), PORTION).map((job) => ({ file, job })));
  for (const file of new Set(open.map((face) => face.file))) await startLandmarks(out ?? landmarksPath(file), digest);
  let done = faces.length - open.length;
  onProgress?.(done, faces.length);
  const keep = async (file: string, lines: readonly string[]): Promise<void> => {
    await appendLandmarks(out ?? landmarksPath(file), lines);
    done += lines.length;
    onProgress?.(done, faces.length);
  };
  if (workers === 0) {
    const finder = await createMeshFinder();
    try {
      for (const { file, job } of portions) await keep(file, await landmarkLines(finder, job));
    } finally {
      await finder.close();
    }
  } else await inProcesses(portions, workers, keep);
  for (const file of files) known.set(file, await readLandmarks(out ?? landmarksPath(file), digest));
  return known;
}

async function inProcesses(portions: readonly { readonly file: string; readonly job: LandmarkJob }[], workers: number, keep: (file: string, lines: readonly string[]) => Promise<void>): Promise<void> {
  const pool = createPool<LandmarkJob, readonly string[]>({
    entry: new URL(import.meta.url.endsWith('.ts') ? './landmarks-main.ts' : './landmarks-main.js', import.meta.url),
    size: workers,
    initial: null,
    jobTimeoutMillis: JOB_TIMEOUT_MILLIS,
    crashCode: 'FW_TRAINING_WORKER',
    timeoutCode: 'FW_TRAINING_WORKER',
  });
  try {
    let failure: unknown;
    let writing = Promise.resolve();
    const waiting = [...portions];
    const lane = async (): Promise<void> => {
      for (let portion = waiting.shift(); portion !== undefined && failure === undefined; portion = waiting.shift()) {
        const { file, job } = portion;
        const lines = await pool.run(job, { location: { input: job[0]?.path ?? file } });
        writing = writing.then(() => keep(file, lines));
        await writing;
      }
    };
    await Promise.all(
      Array.from({ length: workers }, () =>
        lane().catch((error: unknown) => {
          failure ??= error;
        }),
      ),
    );
    if (failure !== undefined) throw FramewitnessError.from(failure, 'FW_INTERNAL');
  } finally {
    await pool.close();
  }
}

function chunks<T>(values: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, i) => values.slice(i * size, (i + 1) * size));
}
