import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MANIFEST_SCHEMA, readManifest, resolveItemPath, writeManifest, type ManifestItem } from '../../src/training/manifest.js';

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
