/** Pictures of one face, from the sample that comes with the package, and files that list them. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { derivedClip, SAMPLE_PATH } from '../../support/sample.js';

/** Seconds of the sample at which there is a face. */
const REAL_SECONDS = [0.4, 2.4, 4.4, 6.4];
const FORGED_SECONDS = [10.8, 13.2];

export const frameAt = (second: number): Promise<string> => derivedClip(`frame-${second}.png`, ['-ss', String(second), '-i', SAMPLE_PATH, '-frames:v', '1', '-vf', 'crop=360:360']);

/** Where clean-up is asked for: a test, or the hooks of a file. */
export interface Cleaning {
  readonly after: (clean: () => Promise<void>) => void;
}

/** A folder of its own that goes with the test. */
export async function ownFolder(t: Cleaning): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'framewitness-augment-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** {@link manifestIn} a folder of its own. */
export async function sampleManifest(t: Cleaning): Promise<{ readonly folder: string; readonly manifest: string }> {
  const folder = await ownFolder(t);
  return { folder, manifest: await manifestIn(folder) };
}

/** A manifest of four real pictures (two people of two each, as far as it says) and two forged ones. */
export async function manifestIn(folder: string): Promise<string> {
  await mkdir(join(folder, 'pictures'));
  const lines: object[] = [{ schema: 'framewitness.manifest/1' }];
  for (const [label, seconds] of [['real', REAL_SECONDS], ['fake', FORGED_SECONDS]] as const) {
    for (const [i, second] of seconds.entries()) {
      const path = `pictures/${label}-${i}.png`;
      await copyFile(await frameAt(second), join(folder, path));
      lines.push({ path, kind: 'image', label, dataset: 'sample', split: 'train', identities: [`person ${i % 2}`], group: `clip ${label}`, ...(label === 'fake' ? { method: 'drawn' } : {}) });
    }
  }
  const manifest = join(folder, 'faces.jsonl');
  await writeFile(manifest, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return manifest;
}

/** {@link manifestIn}, each picture also strongly compressed, as a pair; forged ones have a mask: the middle of the picture. The split `val` has them again, as other people. */
export async function pairedManifestIn(folder: string): Promise<string> {
  const manifest = await manifestIn(folder);
  const [header, ...items] = (await readFile(manifest, 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as { path: string; label?: string; group?: string; identities?: string[] });
  await mkdir(join(folder, 'validation'));
  await writeFile(join(folder, 'pictures', 'mask.png'), await sharp({ create: { width: 360, height: 360, channels: 3, background: '#000000' } }).composite([{ input: { create: { width: 160, height: 160, channels: 3, background: '#ffffff' } } }]).png().toBuffer());
  const pairs = await Promise.all(items.map(async (item) => {
    const worse = item.path.replace('.png', '-c40.jpg');
    await sharp(join(folder, item.path)).jpeg({ quality: 20 }).toFile(join(folder, worse));
    const mask = item.label === 'fake' ? { mask: 'pictures/mask.png' } : {};
    const pair = [{ ...item, ...mask, compression: 'c23' }, { ...item, ...mask, path: worse, group: `${item.group ?? ''} c40`, compression: 'c40', pair: item.path }];
    const elsewhere = (path: string): string => path.replace('pictures/', 'validation/');
    await Promise.all(pair.map(({ path }) => copyFile(join(folder, path), join(folder, elsewhere(path)))));
    const others = pair.map((one) => ({ ...one, split: 'val', path: elsewhere(one.path), group: `${one.group ?? ''} of others`, identities: one.identities?.map((name) => `another ${name}`), ...('pair' in one ? { pair: elsewhere(one.pair) } : {}) }));
    return [...pair, ...others];
  }));
  await writeFile(manifest, [header, ...pairs.flat()].map((line) => `${JSON.stringify(line)}\n`).join(''));
  return manifest;
}
