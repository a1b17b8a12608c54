/** What is evaluated: a manifest's items, or a labelled folder's. */
import { resolve } from 'node:path';
import { FramewitnessError } from '../domain/errors.js';
import type { EvaluationItem } from '../evaluation/units.js';
import { readManifest, resolveItemPath, type Manifest, type ManifestItem } from '../training/manifest.js';
import { itemsOfFolder } from './labelled-folder.js';

/** Items with what they are called together. */
export interface EvaluationInput {
  /** As the user named it. */
  readonly name: string;
  readonly items: readonly EvaluationItem[];
  readonly split: string | null;
  /** The folder that relative paths of items start at. */
  readonly folder: string;
}

function itemOf(manifest: Manifest, item: ManifestItem): EvaluationItem {
  const { path, kind, label, dataset, method, compression, identities, sources, group, box } = item;
  return {
    path,
    file: resolveItemPath(manifest, item),
    kind,
    label,
    dataset,
    ...(method === undefined ? {} : { method }),
    ...(compression === undefined ? {} : { compression }),
    ...(identities === undefined ? {} : { identities }),
    ...(sources === undefined ? {} : { sources }),
    ...(group === undefined ? {} : { group }),
    ...(box === undefined ? {} : { box }),
  };
}

/** Reads what is to be evaluated. @throws FramewitnessError FW_USAGE, and what manifest and folder throw */
export async function evaluationInput({ folder, manifest, split }: { readonly folder?: string | undefined; readonly manifest?: string | undefined; readonly split?: string | undefined }): Promise<EvaluationInput> {
  if (folder !== undefined && manifest === undefined) {
    if (split !== undefined) throw new FramewitnessError('FW_USAGE', '--split chooses from a manifest, and a folder has no splits');
    return { name: folder, items: await itemsOfFolder(folder), split: null, folder: resolve(folder) };
  }
  if (manifest !== undefined && folder === undefined) {
    const read = await readManifest(manifest);
    const items = read.items.filter((item) => split === undefined || item.split === split).map((item) => itemOf(read, item));
    if (items.length === 0) throw new FramewitnessError('FW_USAGE', split === undefined ? `${manifest} lists nothing` : `${manifest} lists nothing of the split ${split}`);
    return { name: manifest, items, split: split ?? null, folder: read.folder };
  }
  throw new FramewitnessError('FW_USAGE', 'name a folder or, with --manifest, a manifest; not both');
}
