import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import sharp from 'sharp';
import { chooseEvidence, encodeThumbnail } from '../../src/verdicts/evidence.js';

const face = (track: number, seconds: number, probability: number | null): { track: number; ptsMicros: number; probability: number | null } => ({ track, ptsMicros: seconds * 1e6, probability });

test('the highest and the lowest score come first, then the widest gap in time', () => {
  const faces = [0.4, 0.5, 0.9, 0.5, 0.5, 0.1, 0.5, 0.5, 0.5, 0.5].map((p, i) => face(1, i, p));
  assert.deepEqual(chooseEvidence(faces, 1).map((f) => f.ptsMicros / 1e6), [2]);
  assert.deepEqual(chooseEvidence(faces, 2).map((f) => f.ptsMicros / 1e6), [2, 5]);
  assert.deepEqual(chooseEvidence(faces, 3).map((f) => f.ptsMicros / 1e6), [2, 5, 9]);
  assert.deepEqual(chooseEvidence(faces, 4).map((f) => f.ptsMicros / 1e6), [0, 2, 5, 9]);
});

test('without scores, time alone decides: ends first, then the middle', () => {
  const faces = [0, 1, 2, 3, 4].map((s) => face(1, s, null));
  assert.deepEqual(chooseEvidence(faces, 3).map((f) => f.ptsMicros / 1e6), [0, 2, 4]);
});

test('each track has its own share, and the order of the candidates changes nothing', () => {
  const candidate = fc.record({ track: fc.integer({ min: 1, max: 3 }), ptsMicros: fc.nat(1000), probability: fc.option(fc.integer({ min: 0, max: 100 }).map((n) => n / 100)) });
  const candidates = fc.uniqueArray(candidate, { selector: (c) => `${c.track} ${c.ptsMicros}`, maxLength: 30 });
  fc.assert(
    fc.property(candidates, fc.integer({ min: 0, max: 5 }), (faces, perTrack) => {
      const chosen = chooseEvidence(faces, perTrack);
      for (const track of [1, 2, 3]) {
        assert.equal(chosen.filter((f) => f.track === track).length, Math.min(perTrack, faces.filter((f) => f.track === track).length));
      }
      assert.deepEqual(chooseEvidence([...faces].reverse(), perTrack), chosen);
    }),
  );
});

test('a thumbnail is a JPEG of the asked size that shows the crop', async () => {
  const size = 224;
  const data = new Uint8Array(size * size * 3).fill(20);
  for (let i = 0; i < data.length / 2; i += 3) data[i] = 230; // upper half red
  const bytes = Buffer.from(await encodeThumbnail({ size, data }, { sizePixels: 64, quality: 80 }), 'base64');
  const { data: pixels, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height, info.channels], [64, 64, 3]);
  assert.ok(Math.abs(pixels[0]! - 230) < 12 && pixels[1]! < 35, 'top left is red');
  assert.ok(pixels.at(-3)! < 35, 'bottom right is dark');
  assert.equal(bytes.toString('base64'), await encodeThumbnail({ size, data }, { sizePixels: 64, quality: 80 }));
});

test('a small crop is not enlarged', async () => {
  const bytes = Buffer.from(await encodeThumbnail({ size: 40, data: new Uint8Array(40 * 40 * 3) }), 'base64');
  assert.equal((await sharp(bytes).metadata()).width, 40);
});
