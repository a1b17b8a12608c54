/** The faces that a training looks at, out of files of faces and manifests of pictures. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { FramewitnessError } from '../../domain/errors.js';
import type { Box } from '../../domain/media.js';

/** One picture with one face. */
export interface ListedFace {
  /** Absolute path of the picture. */
  readonly path: string;
  /** The path as its file lists it: what landmarks and sources are named by. */
  readonly name: string;
  /** The file that lists it. */
  readonly file: string;
  readonly dataset: string;
  readonly label: 'real' | 'fake';
  readonly method?: string;
  readonly split?: 'train' | 'val' | 'test';
  /** Who is seen; where nobody says, what the picture was cut from. */
  readonly person: string;
  /** What was cut from the same video and track. */
  readonly track: string;
  /** Order within the track. */
  readonly order: number;
  /** The full path of what it was cut from. */
  readonly item: string;
  /** Name of this face among those of its item's counterpart, and the name of the counterpart: a c40 of a c23. */
  readonly key: string;
  readonly counterpart?: string;
  readonly compression?: string;
  /** Where the face is known to be, pixels of the picture. */
  readonly box?: Box;
  /** Absolute path of the mask of what was forged. */
  readonly mask?: string;
}

const boxSchema = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const itemSchema = z.object({
  path: z.string().min(1),
  kind: z.enum(['video', 'image']),
  label: z.enum(['real', 'fake']),
  dataset: z.string(),
  method: z.string().optional(),
  compression: z.string().optional(),
  split: z.enum(['train', 'val', 'test']).optional(),
  identities: z.array(z.string()).optional(),
  pair: z.string().optional(),
  mask: z.string().optional(),
  box: boxSchema.optional(),
  group: z.string().optional(),
});
const faceSchema = z.object({
  item: itemSchema,
  track: z.number(),
  ptsMicros: z.number(),
  index: z.number(),
  path: z.string().min(1),
  size: z.number(),
  scale: z.number(),
  box: boxSchema,
  mask: z.string().optional(),
});
type Item = z.infer<typeof itemSchema>;

/** @param place - of the face within its item, the same in a counterpart; empty for a picture */
function common(item: Item, file: string, name: string, place: string): Pick<ListedFace, 'name' | 'file' | 'dataset' | 'label' | 'item' | 'key' | 'method' | 'split' | 'counterpart' | 'compression'> {
  return {
    name,
    file,
    dataset: item.dataset,
    label: item.label,
    item: item.path,
    key: `${item.path}${place}`,
    ...(item.method === undefined ? {} : { method: item.method }),
    ...(item.split === undefined ? {} : { split: item.split }),
    ...(item.pair === undefined ? {} : { counterpart: `${item.pair}${place}` }),
    ...(item.compression === undefined ? {} : { compression: item.compression }),
  };
}

function ofManifest(file: string, folder: string, items: readonly Item[]): ListedFace[] {
  return items
    .filter(({ kind }) => kind === 'image')
    .map((item, order): ListedFace => {
      const [x, y, width, height] = item.box ?? [];
      const track = `${item.dataset}/${item.group ?? item.path}`;
      return {
        ...common(item, file, item.path, ''),
        path: resolve(folder, item.path),
        person: `${item.dataset}/${item.identities?.[0] ?? item.group ?? item.path}`,
        track,
        order,
        ...(x === undefined || y === undefined || width === undefined || height === undefined ? {} : { box: { x, y, width, height } }),
        ...(item.mask === undefined ? {} : { mask: resolve(folder, item.mask) }),
      };
    });
}

function ofFaces(file: string, faces: readonly z.infer<typeof faceSchema>[]): ListedFace[] {
  return faces.map((face): ListedFace => {
    // The crop is a square around the box's centre, `scale` times its longer side.
    const [, , width, height] = face.box;
    const ratio = face.size / (face.scale * Math.max(width, height));
    const [wide, high] = [width * ratio, height * ratio];
    return {
      ...common(face.item, file, face.path, `#${face.track}@${face.ptsMicros}`),
      path: resolve(dirname(file), face.path),
      person: `${face.item.dataset}/${face.item.identities?.[0] ?? face.item.path}`,
      track: `${face.item.dataset}/${face.item.path}#${face.track}`,
      order: face.index,
      box: { x: (face.size - wide) / 2, y: (face.size - high) / 2, width: wide, height: high },
      ...(face.mask === undefined ? {} : { mask: resolve(dirname(file), face.mask) }),
    };
  });
}

/**
 * Reads files of faces and manifests; their headers say which is which. Videos of a manifest are passed over.
 *
 * @throws FramewitnessError FW_INPUT_NOT_FOUND or FW_FACES_INVALID, with file and line
 */
export async function listFaces(files: readonly string[]): Promise<readonly ListedFace[]> {
  const lists = await Promise.all(
    files.map(async (file) => {
      let text: string;
      try {
        text = await readFile(file, 'utf8');
      } catch (error) {
        throw new FramewitnessError('FW_INPUT_NOT_FOUND', 'the file of faces cannot be read', { location: { input: file }, cause: error });
      }
      const lines = text.split('\n').map((line, i) => ({ line: line.trim(), number: i + 1 })).filter(({ line }) => line !== '');
      const parse = <T>(schema: z.ZodType<T>, { line, number }: { readonly line: string; readonly number: number }): T => {
        const parsed = schema.safeParse(jsonOf(line));
        if (parsed.success) return parsed.data;
        throw new FramewitnessError('FW_FACES_INVALID', `the line is not as it should be: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`, { location: { input: file, line: number } });
      };
      const [first, ...rest] = lines;
      const header = first === undefined ? undefined : parse(z.object({ schema: z.string(), root: z.string().default('.') }), first);
      if (header?.schema.startsWith('framewitness.manifest/1') === true) return ofManifest(file, resolve(dirname(file), header.root), rest.map((line) => parse(itemSchema, line)));
      if (header?.schema.startsWith('framewitness.faces/1') === true) return ofFaces(file, rest.map((line) => parse(faceSchema, line)));
      throw new FramewitnessError('FW_FACES_INVALID', 'the file is neither a manifest nor a file of faces that framewitness prepare wrote', { location: { input: file, line: 1 } });
    }),
  );
  return lists.flat();
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
