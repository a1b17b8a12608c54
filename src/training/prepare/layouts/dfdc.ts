/** The Deepfake Detection Challenge data set (Dolhansky et al. 2020) and its preview (2019). */
import { posix } from 'node:path';
import { z } from 'zod';
import type { ManifestItem } from '../../manifest.js';
import { layoutError, listJson, optional, type DataFolder, type Layout, type LayoutItems } from './layout.js';

const SPLITS: Readonly<Partial<Record<string, ManifestItem['split']>>> = { train: 'train', val: 'val', validation: 'val', validate: 'val', test: 'test' };
const entrySchema = z.looseObject({ label: z.enum(['REAL', 'FAKE']).optional(), is_fake: z.union([z.literal(0), z.literal(1)]).optional(), split: z.string().optional(), original: z.string().nullish() }).refine(({ label, is_fake }) => label !== undefined || is_fake !== undefined, 'neither label nor is_fake');
const previewSchema = z.looseObject({ label: z.enum(['real', 'fake']), set: z.string().optional(), target_id: z.union([z.string(), z.number()]).nullish(), swapped_id: z.union([z.string(), z.number()]).nullish() });

async function entries<T>(data: DataFolder, path: string, schema: z.ZodType<T>): Promise<readonly (readonly [string, T])[]> {
  const parsed = z.record(z.string(), schema).safeParse(await listJson(data, path));
  if (parsed.success) return Object.entries(parsed.data);
  throw layoutError(data, path, `the list is not as it should be: ${parsed.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`);
}

function made(items: readonly ManifestItem[], used: readonly string[], missing: readonly string[]): LayoutItems {
  return { items, used, notes: missing.length === 0 ? [] : [`${missing.length} listed videos are not there: ${missing.slice(0, 5).join(', ')}`] };
}

export const DFDC: Layout = {
  name: 'dfdc',
  about: 'DFDC: folders of videos, each with a metadata.json',
  read: async (data) => {
    const there = new Set(data.files);
    const lists = data.files.filter((path) => posix.basename(path) === 'metadata.json');
    if (lists.length === 0) throw layoutError(data, '', 'there is no metadata.json');
    const missing: string[] = [];
    const items: ManifestItem[] = [];
    for (const list of lists) {
      for (const [name, { label, is_fake, split, original }] of await entries(data, list, entrySchema)) {
        const [path, source] = [name, original].map((file) => (file === undefined || file === null ? undefined : posix.join(posix.dirname(list), file)));
        if (path === undefined || !there.has(path)) {
          missing.push(name);
          continue;
        }
        const fake = label === undefined ? is_fake === 1 : label === 'FAKE';
        items.push({ path, kind: 'video', label: fake ? 'fake' : 'real', dataset: 'DFDC', ...optional('split', SPLITS[split ?? '']), sources: [fake ? (original ?? name) : name], ...optional('pair', fake && source !== undefined && there.has(source) ? source : undefined) });
      }
    }
    return made(items, lists, missing);
  },
};

export const DFDC_PREVIEW: Layout = {
  name: 'dfdc-preview',
  about: 'DFDC preview: original_videos, method_A, method_B and dataset.json',
  read: async (data) => {
    const list = 'dataset.json';
    if (!data.files.includes(list)) throw layoutError(data, list, 'the list is missing');
    const there = new Set(data.files);
    const missing: string[] = [];
    const items = (await entries(data, list, previewSchema)).flatMap(([path, { label, set, target_id, swapped_id }]): ManifestItem[] => {
      if (!there.has(path)) {
        missing.push(path);
        return [];
      }
      const people = [target_id, swapped_id].flatMap((id) => (id === undefined || id === null ? [] : [String(id)]));
      return [{ path, kind: 'video', label, dataset: 'DFDC-preview', ...(label === 'fake' ? { method: path.split('/')[0] ?? 'unnamed' } : {}), ...optional('split', SPLITS[set ?? '']), ...(people.length === 0 ? {} : { identities: [...new Set(people)] }) }];
    });
    return made(items, [list], missing);
  },
};
