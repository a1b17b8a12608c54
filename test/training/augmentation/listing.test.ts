import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { listFaces } from '../../../src/training/augmentation/listing.js';
import { openExampleSource } from '../../../src/training/examples.js';
import { ownFolder } from './sample-faces.js';

const lines = (values: readonly object[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');

test('a file of faces places the face box on its crop, and names track and order', async (t) => {
  const folder = await ownFolder(t);
  const file = join(folder, 'faces.jsonl');
  const item = { path: 'videos/a.mp4', kind: 'video', label: 'fake', dataset: 'FaceForensics++', method: 'Deepfakes', compression: 'c23', split: 'val', identities: ['003', '000'], pair: 'videos/c40/a.mp4' };
  await writeFile(file, lines([{ schema: 'framewitness.faces/1' }, { item, track: 2, ptsMicros: 40_000, index: 3, path: 'crops/x.png', size: 130, scale: 1.3, box: [300, 200, 50, 80] }]));
  const [face] = await listFaces([file]);
  assert.deepEqual(face, {
    path: join(folder, 'crops/x.png'), name: 'crops/x.png', file, dataset: 'FaceForensics++', label: 'fake', method: 'Deepfakes', compression: 'c23', split: 'val', identities: ['003', '000'], item: 'videos/a.mp4',
    person: 'FaceForensics++/003', track: 'FaceForensics++/videos/a.mp4#2', order: 3, key: 'videos/a.mp4#2@40000', counterpart: 'videos/c40/a.mp4#2@40000',
    box: { x: 33.75, y: 15, width: 62.5, height: 100 },
  });
});

test('videos of a manifest are passed over; its root and absolute paths are kept to', async (t) => {
  const folder = await ownFolder(t);
  const file = join(folder, 'manifest.jsonl');
  const item = (path: string, kind: string): object => ({ path, kind, label: 'real', dataset: 'd' });
  await writeFile(file, lines([{ schema: 'framewitness.manifest/1', root: '../elsewhere' }, item('a.jpg', 'image'), item('b.mp4', 'video'), item('/c.png', 'image')]));
  assert.deepEqual((await listFaces([file])).map(({ path, name }) => [path, name]), [[join(folder, '../elsewhere/a.jpg'), 'a.jpg'], ['/c.png', '/c.png']]);
});

test('a line that is wrong, and a file that is something else, are refused with their place', async (t) => {
  const folder = await ownFolder(t);
  const file = join(folder, 'faces.jsonl');
  await writeFile(file, lines([{ schema: 'framewitness.manifest/1' }, { path: 'a.jpg', kind: 'picture', label: 'real', dataset: 'd' }]));
  await assert.rejects(listFaces([file]), { code: 'FW_MANIFEST', message: /faces\.jsonl:2: kind/ });
  await writeFile(file, lines([{ schema: 'framewitness.verdicts/1' }]));
  await assert.rejects(listFaces([file]), { code: 'FW_FACES_INVALID', message: /neither a manifest nor a file of faces/ });
});

test('compressions of one frame come in twos of one label, changed alike', async (t) => {
  const folder = await ownFolder(t);
  const items: object[] = [];
  for (const [i, name] of ['real', 'fake'].entries()) {
    for (const [compression, other] of [['c23', 'c40'], ['c40', 'c23']] as const) {
      const grey = 40 + 100 * i + (compression === 'c40' ? 7 : 0);
      await sharp({ create: { width: 40, height: 40, channels: 3, background: { r: grey, g: grey, b: grey } } }).png().toFile(join(folder, `${name}-${compression}.png`));
      items.push({ path: `${name}-${compression}.png`, kind: 'image', label: name, dataset: 'd', compression, pair: `${name}-${other}.png` });
    }
  }
  const file = join(folder, 'faces.jsonl');
  await writeFile(file, lines([{ schema: 'framewitness.manifest/1' }, ...items]));
  const source = await openExampleSource({ recipe: 'as-is', faces: [file], batchSize: 8, inputSize: 32, clipLength: 1, seed: 1, workers: 0, options: { pairs: true, cutout: 1 } });
  const examples = await source.batch(0);
  await source.close();
  assert.deepEqual(examples.map(({ label, pair }) => [label, pair]), [[0, 0], [0, 0], [1, 1], [1, 1], [0, 2], [0, 2], [1, 3], [1, 3]]);
  for (let i = 0; i < examples.length; i += 2) {
    const [a, b] = [examples[i]!.crops[0]!.data, examples[i + 1]!.crops[0]!.data];
    // The same place is cut out of both; elsewhere they differ by their compression.
    // The better quality comes first, whichever names the other.
    assert.deepEqual(new Set([...b].map((value, at) => value - a[at]!)), new Set([7, 0]));
  }
});

test('of compressions that no data set names, the one that is named as the pair is the better', async (t) => {
  const folder = await ownFolder(t);
  for (const [name, grey] of [['real', 40], ['real-small', 47], ['fake', 140], ['fake-small', 147]] as const) await sharp({ create: { width: 40, height: 40, channels: 3, background: { r: grey, g: grey, b: grey } } }).png().toFile(join(folder, `${name}.png`));
  const items = ['real', 'fake'].flatMap((label) => [{ path: `${label}.png`, kind: 'image', label, dataset: 'd' }, { path: `${label}-small.png`, kind: 'image', label, dataset: 'd', compression: 'resize-50', pair: `${label}.png` }]);
  const file = join(folder, 'faces.jsonl');
  await writeFile(file, lines([{ schema: 'framewitness.manifest/1' }, ...items]));
  const source = await openExampleSource({ recipe: 'as-is', faces: [file], batchSize: 4, inputSize: 32, clipLength: 1, seed: 1, workers: 0, options: { pairs: true } });
  const examples = await source.batch(0);
  await source.close();
  assert.deepEqual(examples.map(({ crops }) => crops[0]!.data[0]), [40, 47, 140, 147]);
});

test('forged videos are as rare as the imbalance says', async (t) => {
  const folder = await ownFolder(t);
  const png = await sharp({ create: { width: 40, height: 40, channels: 3, background: '#808080' } }).png().toBuffer();
  for (let i = 0; i < 60; i++) await writeFile(join(folder, `${i}.png`), png);
  const file = join(folder, 'faces.jsonl');
  const items = Array.from({ length: 60 }, (_, i) => ({ item: { path: `${i}.mp4`, kind: 'video', label: i < 40 ? 'real' : 'fake', dataset: 'd' }, track: 0, ptsMicros: 0, index: 0, path: `${i}.png`, size: 40, scale: 1.3, box: [0, 0, 10, 10] }));
  await writeFile(file, lines([{ schema: 'framewitness.faces/1' }, ...items]));
  const source = await openExampleSource({ recipe: 'as-is', faces: [file], batchSize: 420, inputSize: 16, clipLength: 1, seed: 1, workers: 0, options: { balance: false, imbalance: '1:20' } });
  const forged = (await source.batch(0)).filter(({ label }) => label === 1).length;
  await source.close();
  // 2 of 42 videos.
  assert.ok(forged > 5 && forged < 45, String(forged));
});
