/** Celeb-DF (Li et al. 2020), versions 1 and 2. In its list of testing videos 1 means real. */
import type { ManifestItem } from '../../manifest.js';
import { layoutError, listText, optional, type Layout } from './layout.js';

const VIDEO = /^(?<part>Celeb-real|Celeb-synthesis|YouTube-real|Youtube-real)\/(?:videos\/)?(?<name>[^/]+)\.mp4$/;
const LIST = 'List_of_testing_videos.txt';
const LINE = /^(?<real>[01])\s+(?<path>\S+)$/;

function celebDf(version: 1 | 2): Layout {
  return {
    name: `celeb-df-v${version}`,
    about: `Celeb-DF version ${version}: Celeb-real, Celeb-synthesis, YouTube-real, ${LIST}`,
    read: async (data) => {
      const tested = new Map<string, boolean>();
      if (data.files.includes(LIST)) {
        for (const [i, line] of (await listText(data, LIST)).split(/\r?\n/).entries()) {
          if (line.trim() === '') continue;
          const { real, path } = LINE.exec(line.trim())?.groups ?? {};
          if (real === undefined || path === undefined) throw layoutError(data, LIST, `line ${i + 1} is not a 0 or 1 and a path: ${line.trim().slice(0, 80)}`);
          tested.set(path.toLowerCase(), real === '1');
        }
      }
      const there = new Set(data.files);
      const seen = new Set<string>();
      const items = data.files.flatMap((path): ManifestItem[] => {
        const { part, name } = VIDEO.exec(path)?.groups ?? {};
        if (part === undefined || name === undefined) return [];
        const label = part === 'Celeb-synthesis' ? 'fake' : 'real';
        const listed = `${part}/${name}.mp4`.toLowerCase();
        const saidReal = tested.get(listed);
        if (saidReal !== undefined && saidReal !== (label === 'real')) throw layoutError(data, LIST, `${path} is ${label} by its folder, and the list says otherwise`);
        if (saidReal !== undefined) seen.add(listed);
        const people = name.match(/id\d+/g) ?? [];
        // id0_id1_0003 was made from id0_0003 with the face of id1.
        const original = label === 'fake' ? name.replace(/^(id\d+)_id\d+_/, '$1_') : name;
        const counterpart = path.replace('Celeb-synthesis', 'Celeb-real').replace(name, original);
        return [
          {
            path,
            kind: 'video',
            label,
            dataset: `Celeb-DF-v${version}`,
            ...(label === 'fake' ? { method: 'Celeb-synthesis' } : {}),
            ...(tested.size === 0 ? {} : { split: saidReal === undefined ? ('train' as const) : ('test' as const) }),
            ...(people.length === 0 ? {} : { identities: people }),
            sources: [part.toLowerCase().startsWith('youtube') ? `youtube-${name}` : original],
            ...optional('pair', label === 'fake' && there.has(counterpart) ? counterpart : undefined),
          },
        ];
      });
      const missing = [...tested.keys()].filter((path) => !seen.has(path));
      const notes = [...(tested.size === 0 ? [`${LIST} is missing: no item has a split`] : []), ...(missing.length > 0 ? [`${missing.length} videos of ${LIST} are not there: ${missing.slice(0, 5).join(', ')}`] : [])];
      return { items, used: tested.size === 0 ? [] : [LIST], notes };
    },
  };
}

export const CELEB_DF_V1 = celebDf(1);
export const CELEB_DF_V2 = celebDf(2);
