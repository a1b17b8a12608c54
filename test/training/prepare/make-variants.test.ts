import assert from 'node:assert/strict';
import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { MANIFEST_SCHEMA, type ManifestItem } from '../../../src/training/manifest.js';
import { makeVariants } from '../../../src/training/prepare/make-variants.js';
import { parseVariant } from '../../../src/training/prepare/variants.js';
import { SAMPLE_PATH, derivedClip } from '../../support/sample.js';

test('copies keep label and people, name their original, and are not made twice', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-make-variants-'));
  const still = await derivedClip('still.png', ['-i', SAMPLE_PATH, '-frames:v', '1']);
  writeFileSync(join(folder, 'broken.png'), 'no picture');
  const items: readonly ManifestItem[] = [
    { path: still, kind: 'image', label: 'fake', dataset: 'set', method: 'Swap', identities: ['anna'], split: 'test', box: [1, 2, 3, 4], mask: 'mask.png', group: 'one' },
    { path: 'broken.png', kind: 'image', label: 'real', dataset: 'set' },
  ];
  const make = async (): Promise<{ readonly made: readonly ManifestItem[]; readonly outcomes: readonly string[] }> => {
    const outcomes: string[] = [];
    const { items: made, complete } = await makeVariants({ manifest: { header: { schema: MANIFEST_SCHEMA, root: '.' }, items, folder }, variants: [parseVariant('jpeg:20'), parseVariant('blur:1')], out: join(folder, 'out'), workers: 1, isStopped: () => false, onItem: (_item, _variant, outcome) => outcomes.push(typeof outcome === 'string' ? outcome : outcome.code) });
    assert.ok(complete);
    return { made, outcomes };
  };
  const { made, outcomes } = await make();
  assert.deepEqual(outcomes, ['made', 'FW_INPUT_UNREADABLE', 'made', 'FW_FFMPEG_FAILED']);
  const { path, ...rest } = made[0]!;
  assert.deepEqual(rest, { kind: 'image', label: 'fake', dataset: 'set', method: 'Swap', identities: ['anna'], split: 'test', box: [1, 2, 3, 4], compression: 'jpeg:20', pair: still, mask: '../mask.png', group: 'jpeg:20/one' });
  assert.ok(statSync(resolve(folder, 'out', path)).size < statSync(still).size);
  assert.deepEqual((await make()).outcomes, ['there', 'FW_INPUT_UNREADABLE', 'there', 'FW_FFMPEG_FAILED']);
});
