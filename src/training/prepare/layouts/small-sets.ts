/** DeepfakeTIMIT (Korshunov and Marcel 2018), UADFV (Yang et al. 2019), and plain folders named real and fake. */
import { basename } from 'node:path';
import { mediaKindOf } from '../../../media/extensions.js';
import type { ManifestItem } from '../../manifest.js';
import { optional, type Layout } from './layout.js';

const SWAPPED = /^(?:.*\/)?(?<quality>lower|higher)_quality\/(?<target>\w+)\/(?<spoken>\w+)-video-(?<source>\w+)\.avi$/;
/** VidTIMIT has folders of numbered JPEG files without an ending. */
const SPOKEN = /^(?:.*\/)?(?<person>[fm]\w{4})\/video\/(?<spoken>\w+)\/\d+(?:\.jpg)?$/;

export const DEEPFAKE_TIMIT: Layout = {
  name: 'deepfake-timit',
  about: 'DeepfakeTIMIT: lower_quality and higher_quality; with real faces where VidTIMIT is there too',
  read: (data) => {
    const items = data.files.flatMap((path): ManifestItem[] => {
      const { quality, target = '', spoken = '', source = '' } = SWAPPED.exec(path)?.groups ?? {};
      if (quality !== undefined) return [{ path, kind: 'video', label: 'fake', dataset: 'DeepfakeTIMIT', method: 'faceswap-GAN', compression: quality === 'lower' ? 'LQ' : 'HQ', identities: [target, source], sources: [`${target}/${spoken}`] }];
      const real = SPOKEN.exec(path)?.groups;
      if (real === undefined) return [];
      const film = `${real['person'] ?? ''}/${real['spoken'] ?? ''}`;
      return [{ path, kind: 'image', label: 'real', dataset: 'DeepfakeTIMIT', identities: [real['person'] ?? ''], sources: [film], group: film }];
    });
    const reals = items.filter(({ label }) => label === 'real').length;
    return Promise.resolve({ items, used: [], notes: reals === 0 ? ['there is no real face: DeepfakeTIMIT has none, they are in VidTIMIT'] : [] });
  },
};

const UADFV_FILE = /^(?<label>real|fake)\/(?:(?:frames|videos)\/)?(?:(?<film>[^/]+)\/)?(?<name>[^/]+)\.\w+$/;

export const UADFV: Layout = {
  name: 'uadfv',
  about: 'UADFV: real and fake, videos or folders of frames',
  read: (data) => {
    const there = new Set(data.files);
    const items = data.files.flatMap((path): ManifestItem[] => {
      const { label, film, name = '' } = UADFV_FILE.exec(path)?.groups ?? {};
      const kind = mediaKindOf(path);
      if (label === undefined || kind === undefined) return [];
      const own = kind === 'image' && film !== undefined ? film : name;
      const original = own.replace(/_fake$/, '');
      const counterpart = path.replace(/^fake\//, 'real/').replaceAll('_fake', '');
      const fake = label === 'fake';
      return [{ path, kind, label: fake ? 'fake' : 'real', dataset: 'UADFV', ...(fake ? { method: 'FakeApp' } : {}), sources: [original], ...optional('pair', fake && there.has(counterpart) ? counterpart : undefined), ...(kind === 'image' && film !== undefined ? { group: `${label}/${film}` } : {}) }];
    });
    return Promise.resolve({ items, used: [], notes: [] });
  },
};

const LABELS: Readonly<Partial<Record<string, ManifestItem['label']>>> = { real: 'real', original: 'real', authentic: 'real', fake: 'fake', forged: 'fake' };

export const FOLDER: Layout = {
  name: 'folder',
  about: 'any folder with folders named real and fake (or original, authentic, forged) at any depth; below a fake one, the next folder names the method',
  read: (data) => {
    const dataset = basename(data.folder);
    const items = data.files.flatMap((path): ManifestItem[] => {
      const parts = path.split('/');
      const at = parts.slice(0, -1).findLastIndex((part) => Object.hasOwn(LABELS, part.toLowerCase()));
      const label = at < 0 ? undefined : LABELS[(parts[at] ?? '').toLowerCase()];
      const kind = mediaKindOf(path);
      if (label === undefined || kind === undefined) return [];
      return [{ path, kind, label, dataset, ...optional('method', label === 'fake' && parts.length > at + 2 ? parts[at + 1] : undefined) }];
    });
    return Promise.resolve({ items, used: [], notes: [] });
  },
};
