/**
 * The file of landmarks beside a file of faces: a line a face, found once. JSON Lines; a header first. Points are in sixteenths of a
 * pixel, 16-bit little-endian, base64. A last line that was cut off is no line.
 */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { FramewitnessError } from '../../domain/errors.js';
import type { Box } from '../../domain/media.js';
import { MESH_POINTS } from '../augmentation/mesh-points.js';
import type { MeshedFace } from './mesh-finder.js';

const SCHEMA = 'framewitness.landmarks/1';
const STEPS = 16;

const lineSchema = z.union([
  z.object({ path: z.string(), box: z.tuple([z.number(), z.number(), z.number(), z.number()]), mesh: z.string() }),
  z.object({ path: z.string(), lost: z.literal('no-face') }),
]);

/** What is known of each picture: its face, or that none was found. */
export type Landmarks = ReadonlyMap<string, MeshedFace | 'no-face'>;

/** Where the landmarks of a file of faces are. */
export function landmarksPath(facesPath: string): string {
  return `${facesPath.replace(/\.jsonl$/, '')}.landmarks.jsonl`;
}

/** One line, with its break. */
export function landmarksLine(path: string, face: MeshedFace | undefined): string {
  if (face === undefined) return `${JSON.stringify({ path, lost: 'no-face' })}\n`;
  const { x, y, width, height } = face.box;
  const steps = Int16Array.from(face.mesh, (place) => Math.round(place * STEPS));
  const round = (value: number): number => Math.round(value * 100) / 100;
  return `${JSON.stringify({ path, box: [round(x), round(y), round(width), round(height)], mesh: Buffer.from(steps.buffer).toString('base64') })}\n`;
}

function meshOf(text: string): Float32Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== MESH_POINTS * 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mesh = new Float32Array(2 * MESH_POINTS);
  for (let i = 0; i < mesh.length; i++) mesh[i] = view.getInt16(2 * i, true) / STEPS;
  return mesh;
}

/**
 * Reads a file of landmarks; one that is not there is empty.
 *
 * @param digest - of the mesh network: landmarks of another network are refused
 * @throws FramewitnessError FW_FACES_INVALID where the file is something else
 */
export async function readLandmarks(file: string, digest: string): Promise<Landmarks> {
  const landmarks = new Map<string, MeshedFace | 'no-face'>();
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return landmarks;
    throw FramewitnessError.from(error, 'FW_INPUT_UNREADABLE', { input: file });
  }
  // What follows the last line break was cut off while it was written.
  if (!text.includes('\n')) return landmarks;
  const [header = '', ...lines] = text.slice(0, text.lastIndexOf('\n') + 1).split('\n').slice(0, -1);
  if (header !== headerLine(digest).trim()) throw refused(file, 1, 'it is no file of landmarks of this face mesh: remove it, it is made again');
  lines.forEach((line, i) => {
    const parsed = lineSchema.safeParse(parsedJson(line));
    if (!parsed.success) throw refused(file, i + 2, 'the line is no landmark: remove the file, it is made again');
    if ('lost' in parsed.data) landmarks.set(parsed.data.path, 'no-face');
    else {
      const [x, y, width, height] = parsed.data.box;
      const mesh = meshOf(parsed.data.mesh);
      if (mesh === undefined) throw refused(file, i + 2, `the mesh has not ${MESH_POINTS} points: remove the file, it is made again`);
      const box: Box = { x, y, width, height };
      landmarks.set(parsed.data.path, { box, mesh });
    }
  });
  return landmarks;
}

/** Begins a file, or cuts off a last line that was not written whole, so that lines can be appended. */
export async function startLandmarks(file: string, digest: string): Promise<void> {
  let text = '';
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw FramewitnessError.from(error, 'FW_INPUT_UNREADABLE', { input: file });
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole !== '' && whole === text) return;
  await written(file, () => writeFile(file, whole === '' ? headerLine(digest) : whole));
}

/** Appends lines. @throws FramewitnessError FW_OUTPUT_UNWRITABLE */
export async function appendLandmarks(file: string, lines: readonly string[]): Promise<void> {
  await written(file, () => appendFile(file, lines.join('')));
}

function headerLine(digest: string): string {
  return `${JSON.stringify({ schema: SCHEMA, network: digest })}\n`;
}

async function written(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: file });
  }
}

function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function refused(file: string, line: number, detail: string): FramewitnessError {
  return new FramewitnessError('FW_FACES_INVALID', detail, { location: { input: file, line } });
}
