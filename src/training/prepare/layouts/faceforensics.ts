/** FaceForensics++ (Rössler et al. 2019) with FaceShifter and DeepFakeDetection, as its download script lays it out. */
import { z } from 'zod';
import type { ManifestItem } from '../../manifest.js';
import { layoutError, listJson, optional, type DataFolder, type Layout } from './layout.js';

const METHODS = ['Deepfakes', 'Face2Face', 'FaceSwap', 'NeuralTextures', 'FaceShifter', 'DeepFakeDetection'];
const VIDEO = /^(?:original_sequences\/(?<real>youtube|actors)|manipulated_sequences\/(?<method>\w+))\/(?<quality>raw|c0|c23|c40)\/videos\/(?<name>[^/]+)\.mp4$/;
const MASK = /^manipulated_sequences\/(?<method>\w+)\/(?:masks\/videos|(?:raw|c0|c23|c40)\/masks)\/(?<name>[^/]+)\.mp4$/;
const SPLIT = /^(?:splits\/)?(?<split>train|val|test)\.json$/;
const pairs = z.array(z.tuple([z.string(), z.string()]));

type Split = NonNullable<ManifestItem['split']>;

async function splitsOf(data: DataFolder): Promise<{ readonly splits: ReadonlyMap<string, Split>; readonly used: readonly string[] }> {
  const splits = new Map<string, Split>();
  const used: string[] = [];
  for (const path of data.files) {
    const split = SPLIT.exec(path)?.groups?.['split'] as Split | undefined;
    if (split === undefined) continue;
    const parsed = pairs.safeParse(await listJson(data, path));
    if (!parsed.success) throw layoutError(data, path, 'the list is not one of pairs, such as [["071", "054"], …]');
    for (const id of parsed.data.flat()) {
      const before = splits.get(id);
      if (before !== undefined && before !== split) throw layoutError(data, path, `${id} is in ${before} already`);
      splits.set(id, split);
    }
    used.push(path);
  }
  return { splits, used };
}

/** `000` · `000_003`, target then source · `01__scene` · `01_02__scene__CODE`, actors. */
function originsOf(name: string, actors: boolean): { readonly target: string; readonly sources: readonly string[]; readonly identities: readonly string[] } {
  if (!actors) {
    const ids = name.split('_');
    return { target: ids[0] ?? name, sources: ids, identities: ids };
  }
  const [people = '', scene = ''] = name.split('__');
  const ids = people.split('_');
  const target = `${ids[0] ?? ''}__${scene}`;
  return { target, sources: [target], identities: ids.map((id) => `actor-${id}`) };
}

export const FACEFORENSICS: Layout = {
  name: 'faceforensics',
  about: 'FaceForensics++: original_sequences and manipulated_sequences of every method and compression, masks, splits; with DeepFakeDetection where it is there',
  read: async (data, { pair }) => {
    const { splits, used } = await splitsOf(data);
    const there = new Set(data.files);
    const masks = new Map<string, string>();
    for (const path of data.files) {
      const { method, name } = MASK.exec(path)?.groups ?? {};
      if (method !== undefined && name !== undefined && METHODS.includes(method)) masks.set(`${method}/${name}`, path);
    }
    const strays: string[] = [];
    const items = data.files.flatMap((path): ManifestItem[] => {
      const { real, method, quality = '', name = '' } = VIDEO.exec(path)?.groups ?? {};
      if (name === '' || (method !== undefined && !METHODS.includes(method))) return [];
      const actors = real === 'actors' || method === 'DeepFakeDetection';
      const { target, sources, identities } = originsOf(name, actors);
      const found = new Set(actors ? [] : sources.map((id) => splits.get(id)));
      const [split] = found;
      if (!actors && splits.size > 0 && (found.size !== 1 || split === undefined)) strays.push(name);
      const original = `original_sequences/${actors ? 'actors' : 'youtube'}/${quality}/videos/${target}.mp4`;
      const less = quality === 'c40' ? path.replace('/c40/', '/c23/') : '';
      const candidates = method === undefined || pair === 'compression' ? [less] : [original];
      const counterpart = candidates.find((candidate) => there.has(candidate));
      return [
        {
          path,
          kind: 'video',
          label: method === undefined ? 'real' : 'fake',
          dataset: actors ? 'DeepFakeDetection' : 'FaceForensics++',
          ...optional('method', method),
          compression: quality === 'raw' ? 'c0' : quality,
          ...(found.size === 1 ? optional('split', split) : {}),
          identities,
          sources,
          ...optional('pair', counterpart),
          ...(method === undefined ? {} : optional('mask', masks.get(`${method}/${name}`))),
        },
      ];
    });
    const notes = [
      ...(splits.size === 0 && items.length > 0 ? ['train.json, val.json and test.json are missing: no item has a split'] : []),
      ...(strays.length > 0 ? [`${strays.length} videos have no split, because the lists do not hold all their sources: ${strays.slice(0, 5).join(', ')}`] : []),
    ];
    return { items, used: [...used, ...masks.values()], notes };
  },
};
