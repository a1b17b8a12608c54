/** Variants of all items of a manifest, and the manifest of them. */
import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { basename, extname, isAbsolute, relative, resolve, sep } from 'node:path';
import { FramewitnessError } from '../../domain/errors.js';
import { resolveItemPath, type Manifest, type ManifestItem } from '../manifest.js';
import { makeVariant, variantExtension, type Variant } from './variants.js';

/** What {@link makeVariants} needs. */
export interface VariantsRequest {
  readonly manifest: Manifest;
  readonly variants: readonly Variant[];
  /** Folder of the variants: what the new items' paths are relative to. */
  readonly out: string;
  readonly workers: number;
  readonly isStopped: () => boolean;
  readonly onItem: (item: ManifestItem, variant: Variant, outcome: 'made' | 'there' | FramewitnessError) => void;
}

/** Items of the variants that are there, variant by variant, in the order of the manifest. */
export interface VariantsResult {
  readonly items: readonly ManifestItem[];
  readonly complete: boolean;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}

/**
 * Makes what is not there yet. A variant's item is its original's, with the variant's name as its compression and the original as
 * its `pair`; masks and boxes stay, because variants keep the size. An item that cannot be read is told; the others go on.
 */
export async function makeVariants({ manifest, variants, out, workers, isStopped, onItem }: VariantsRequest): Promise<VariantsResult> {
  const fromOut = (path: string): string => (isAbsolute(path) ? path : relative(resolve(out), resolveItemPath(manifest, { path })).split(sep).join('/'));
  const jobs = variants.flatMap((variant) => manifest.items.map((item) => ({ variant, item })));
  const made = new Array<ManifestItem | undefined>(jobs.length).fill(undefined);
  let [next, ended] = [0, 0];
  const lane = async (): Promise<void> => {
    while (next < jobs.length && !isStopped()) {
      const at = next++;
      const job = jobs[at];
      if (job === undefined) return;
      const { item, variant } = job;
      const stem = basename(item.path, extname(item.path)).replace(/[^\w-]+/g, '_').slice(0, 60);
      const path = `${variant.name.replace(':', '-')}/${stem}-${createHash('sha256').update(item.path).digest('hex').slice(0, 12)}${variantExtension(item.kind, variant)}`;
      const file = resolve(out, path);
      try {
        const there = await isThere(file);
        if (!there) await makeVariant(resolveItemPath(manifest, item), variant, file);
        const { mask, group } = item;
        made[at] = { ...item, path, compression: variant.name, pair: fromOut(item.path), ...(mask === undefined ? {} : { mask: fromOut(mask) }), ...(group === undefined ? {} : { group: `${variant.name}/${group}` }) };
        onItem(item, variant, there ? 'there' : 'made');
      } catch (error) {
        const known = FramewitnessError.from(error, 'FW_INTERNAL');
        if (known.scope === 'run') throw known;
        onItem(item, variant, known);
      }
      ended++;
    }
  };
  await Promise.all(Array.from({ length: workers }, lane));
  return { items: made.filter((item) => item !== undefined), complete: ended === jobs.length };
}
