/** The faces that a training looks at, out of files of faces and manifests of pictures. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FramewitnessError } from '../../domain/errors.js';
import type { Box } from '../../domain/media.js';
import { FACES_SCHEMA, MANIFEST_SCHEMA, readFaces, readManifest, resolveItemPath, type Faces, type Manifest, type ManifestItem } from '../manifest.js';

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
  /** All who are seen, and what the picture was made of, as its data set names them. */
  readonly identities?: readonly string[];
  readonly sources?: readonly string[];
  /** What was cut from the same video and track. */
  readonly track: string;
  /** Order within the track. */
  readonly order: number;
  /** The full path of what it was cut from. */
  readonly item: string;
  /** Name of this face among those of its item's counterpart, and the name of the counterpart: the c23 of a c40. */
  readonly key: string;
  readonly counterpart?: string;
  readonly compression?: string;
  /** Where the face is known to be, pixels of the picture. */
  readonly box?: Box;
  /** Absolute path of the mask of what was forged. */
  readonly mask?: string;
}

/** @param place - of the face within its item, the same in a counterpart; empty for a picture */
function common(item: ManifestItem, file: string, name: string, place: string): Pick<ListedFace, 'name' | 'file' | 'dataset' | 'label' | 'item' | 'key' | 'method' | 'split' | 'identities' | 'sources' | 'counterpart' | 'compression'> {
  return {
    name,
    file,
    dataset: item.dataset,
    label: item.label,
    item: item.path,
    key: `${item.path}${place}`,
    ...(item.method === undefined ? {} : { method: item.method }),
    ...(item.split === undefined ? {} : { split: item.split }),
    ...(item.identities === undefined ? {} : { identities: item.identities }),
    ...(item.sources === undefined ? {} : { sources: item.sources }),
    ...(item.pair === undefined ? {} : { counterpart: `${item.pair}${place}` }),
    ...(item.compression === undefined ? {} : { compression: item.compression }),
  };
}

function ofManifest(file: string, manifest: Manifest): ListedFace[] {
  return manifest.items
    .filter(({ kind }) => kind === 'image')
    .map((item, order): ListedFace => {
      const [x, y, width, height] = item.box ?? [];
      return {
        ...common(item, file, item.path, ''),
        path: resolveItemPath(manifest, item),
        person: `${item.dataset}/${item.identities?.[0] ?? item.group ?? item.path}`,
        track: `${item.dataset}/${item.group ?? item.path}`,
        order,
        ...(x === undefined || y === undefined || width === undefined || height === undefined ? {} : { box: { x, y, width, height } }),
        ...(item.mask === undefined ? {} : { mask: resolve(manifest.folder, item.mask) }),
      };
    });
}

function ofFaces(file: string, { items }: Faces): ListedFace[] {
  return items.map((face): ListedFace => {
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

/** The `schema` that a file's first line names; empty where it names none. */
async function schemaOf(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new FramewitnessError('FW_INPUT_NOT_FOUND', 'the file of faces cannot be read', { location: { input: file }, cause: error });
  }
  try {
    const header: unknown = JSON.parse(text.split('\n', 1)[0] ?? '');
    return typeof header === 'object' && header !== null && 'schema' in header ? String(header.schema) : '';
  } catch {
    return '';
  }
}

/**
 * Reads files of faces and manifests; their headers say which is which. Videos of a manifest are passed over.
 *
 * @throws FramewitnessError FW_INPUT_NOT_FOUND; FW_MANIFEST with every mistake and its line; FW_FACES_INVALID where a file is
 * neither
 */
export async function listFaces(files: readonly string[]): Promise<readonly ListedFace[]> {
  const lists = await Promise.all(
    files.map(async (file) => {
      const schema = await schemaOf(file);
      if (schema === MANIFEST_SCHEMA) return ofManifest(file, await readManifest(file));
      if (schema === FACES_SCHEMA) return ofFaces(file, await readFaces(file));
      throw new FramewitnessError('FW_FACES_INVALID', 'the file is neither a manifest nor a file of faces that framewitness prepare wrote', { location: { input: file, line: 1 } });
    }),
  );
  return lists.flat();
}
