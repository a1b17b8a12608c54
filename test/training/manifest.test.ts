import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FACES_SCHEMA, MANIFEST_SCHEMA, readFaces, readManifest, resolveItemPath, splitLeaks, writeFaces, writeManifest, type FaceItem, type ManifestItem } from '../../src/training/manifest.js';

const folder = mkdtempSync(join(tmpdir(), 'framewitness-manifest-'));
const item: ManifestItem = { path: 'a/1.mp4', kind: 'video', label: 'fake', dataset: 'set', method: 'Swap', compression: 'c23', split: 'test', identities: ['anna'], sources: ['b/1.mp4'], box: [1, 2, 30, 40], group: 'one' };

test('what was written is read again, and paths start at the root', async () => {
  const path = join(folder, 'lists', 'set.jsonl');
  const other: ManifestItem = { path: '/elsewhere/2.png', kind: 'image', label: 'real', dataset: 'set' };
  await writeManifest(path, { header: { schema: MANIFEST_SCHEMA, root: '../data', dataset: 'set' }, items: [item, other] });
  const manifest = await readManifest(path);
  assert.deepEqual(manifest.items, [item, other]);
  assert.equal(manifest.header.dataset, 'set');
  assert.deepEqual(manifest.items.map((each) => resolveItemPath(manifest, each)), [join(folder, 'data/a/1.mp4'), '/elsewhere/2.png']);
});

test('all mistakes are told at once, each with its line', async () => {
  const path = join(folder, 'bad.jsonl');
  writeFileSync(path, ['{"schema":"framewitness.manifest/2"}', JSON.stringify({ ...item, label: 'deepfake' }), '', '{', JSON.stringify(item), JSON.stringify({ ...item, extra: 1 }), JSON.stringify(item)].join('\n'));
  await assert.rejects(readManifest(path), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'FW_MANIFEST');
    for (const part of [/bad\.jsonl:1: the header: schema/, /:2: label/, /:4: it is not JSON/, /:6: .*extra/, /:7: a\/1\.mp4 stands in line 5 already/]) assert.match(error.message, part);
    return true;
  });
  await assert.rejects(readManifest(join(folder, 'none.jsonl')), { code: 'FW_INPUT_NOT_FOUND' });
});

test('faces are read again as they were written, and their mistakes are told with lines', async () => {
  const path = join(folder, 'faces', 'faces.jsonl');
  const face: FaceItem = { item, track: 1, ptsMicros: 40_000, index: 0, path: 'faces/one.png', size: 160, scale: 1.3, box: [-3.5, 4, 80, 90], mask: 'masks/one.png' };
  await writeFaces(path, { header: { schema: FACES_SCHEMA, root: '../data', format: 'png' }, items: [face] });
  const faces = await readFaces(path);
  assert.deepEqual(faces.items, [face]);
  assert.deepEqual([faces.folder, faces.itemFolder], [join(folder, 'faces'), join(folder, 'data')]);
  writeFileSync(path, ['{"schema":"framewitness.faces/1"}', JSON.stringify({ ...face, item: { ...item, label: 1 } }), JSON.stringify({ ...face, size: 0 })].join('\n'));
  await assert.rejects(readFaces(path), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'FW_MANIFEST');
    for (const part of [/:2: item\.label/, /:3: size/]) assert.match(error.message, part);
    return true;
  });
});

test('a person or source on both sides of a split is a leak; in another data set, or without a split, it is none', () => {
  const of = (path: string, split: ManifestItem['split'] | undefined, more: Partial<ManifestItem>): ManifestItem => ({ path, kind: 'video', label: 'real', dataset: 'set', ...(split === undefined ? {} : { split }), ...more });
  const items = [
    of('1', 'train', { identities: ['anna', 'bo'], sources: ['x'] }),
    of('2', 'test', { identities: ['anna'], sources: ['y'] }),
    of('3', 'val', { identities: ['cy'], sources: ['x'] }),
    of('4', 'test', { identities: ['bo'], dataset: 'other' }),
    of('5', undefined, { identities: ['cy'] }),
    of('6', 'train', { identities: ['bo'] }),
  ];
  assert.deepEqual(splitLeaks(items), [
    { kind: 'identity', dataset: 'set', name: 'anna', splits: ['train', 'test'], paths: ['1', '2'] },
    { kind: 'source', dataset: 'set', name: 'x', splits: ['train', 'val'], paths: ['1', '3'] },
  ]);
});
