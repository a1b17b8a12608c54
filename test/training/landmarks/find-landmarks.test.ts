import assert from 'node:assert/strict';
import { appendFile, copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { listFaces } from '../../../src/training/augmentation/listing.js';
import { meshPoint } from '../../../src/training/augmentation/mesh-points.js';
import { findLandmarks } from '../../../src/training/landmarks/find-landmarks.js';
import { landmarksPath } from '../../../src/training/landmarks/landmarks-file.js';
import { frameAt, ownFolder, sampleManifest } from '../augmentation/sample-faces.js';

const RIGHT_EYE = 33;
const LEFT_EYE = 263;
const LIP = 13;
const CHIN = 152;

test('eyes, lips and chin are where a face has them, in the calling thread and in workers alike', async (t) => {
  const { manifest } = await sampleManifest(t);
  const faces = await listFaces([manifest]);
  const found = (await findLandmarks(faces, { workers: 2 })).get(manifest)!;
  for (const face of found.values()) {
    assert.notEqual(face, 'no-face');
    if (face === 'no-face') continue;
    const { box, mesh } = face;
    const [right, left, lip, chin] = [RIGHT_EYE, LEFT_EYE, LIP, CHIN].map((index) => meshPoint(mesh, index)) as [readonly [number, number], readonly [number, number], readonly [number, number], readonly [number, number]];
    assert.ok(right[0] < left[0] && Math.abs(right[1] - left[1]) < 0.2 * box.height);
    assert.ok(right[1] < lip[1] && lip[1] < chin[1]);
    for (const [x, y] of [right, left, lip]) assert.ok(x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height);
  }
  const other = await sampleManifest(t);
  await findLandmarks(await listFaces([other.manifest]), { workers: 0 });
  const sorted = async (path: string): Promise<string[]> => (await readFile(landmarksPath(path), 'utf8')).split('\n').sort();
  assert.deepEqual(await sorted(other.manifest), await sorted(manifest));
});

test('an interrupted search goes on where it was; a line that was cut off is found again', async (t) => {
  const { manifest } = await sampleManifest(t);
  const faces = await listFaces([manifest]);
  await findLandmarks(faces, { workers: 0 });
  const whole = await readFile(landmarksPath(manifest), 'utf8');
  const lines = whole.split('\n');
  await writeFile(landmarksPath(manifest), `${lines.slice(0, 4).join('\n')}\n${lines[4]!.slice(0, 100)}`);
  const progress: number[] = [];
  await findLandmarks(faces, { workers: 0, onProgress: (done) => progress.push(done) });
  assert.deepEqual([progress[0], progress.at(-1)], [3, 6]);
  assert.equal(await readFile(landmarksPath(manifest), 'utf8'), whole);
  progress.length = 0;
  await findLandmarks(faces, { workers: 0, onProgress: (done) => progress.push(done) });
  assert.deepEqual(progress, []);
});

test('a picture without a face is noted as such, beside one that has one', async (t) => {
  const folder = await ownFolder(t);
  await sharp({ create: { width: 200, height: 160, channels: 3, background: '#7a8a9a' } }).png().toFile(join(folder, 'wall.png'));
  await copyFile(await frameAt(0.4), join(folder, 'face.png'));
  const manifest = join(folder, 'faces.jsonl');
  const item = (path: string): object => ({ path, kind: 'image', label: 'real', dataset: 'walls' });
  await writeFile(manifest, [{ schema: 'framewitness.manifest/1' }, item('wall.png'), item('face.png')].map((line) => `${JSON.stringify(line)}\n`).join(''));
  const found = (await findLandmarks(await listFaces([manifest]), { workers: 0 })).get(manifest)!;
  assert.equal(found.get('wall.png'), 'no-face');
  assert.notEqual(found.get('face.png'), 'no-face');
});

test('landmarks of another network, and lines that are none, are refused with file and line', async (t) => {
  const { manifest } = await sampleManifest(t);
  const faces = await listFaces([manifest]);
  await writeFile(landmarksPath(manifest), '{"schema":"framewitness.landmarks/1","network":"sha256:other"}\n');
  await assert.rejects(findLandmarks(faces, { workers: 0 }), { code: 'FW_FACES_INVALID', location: { input: landmarksPath(manifest), line: 1 } });
  await writeFile(landmarksPath(manifest), '');
  await findLandmarks(faces, { workers: 0 });
  await appendFile(landmarksPath(manifest), '{"path":"x","mesh":"AAAA","box":[0,0,1,1]}\n');
  await assert.rejects(findLandmarks(faces, { workers: 0 }), { code: 'FW_FACES_INVALID', message: /468 points/ });
});
