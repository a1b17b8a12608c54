import assert from 'node:assert/strict';
import { test } from 'node:test';
import { throughVideo, type VideoCodec } from '../../../src/training/augmentation/codec.js';
import { compressedStills } from '../../../src/training/augmentation/compression.js';
import type { Picture } from '../../../src/training/augmentation/pixels/picture.js';
import { Random } from '../../../src/training/random.js';

function scene(shift: number): Picture {
  return { width: 64, height: 48, data: Uint8Array.from({ length: 64 * 48 * 3 }, (_, i) => Math.round(128 + 80 * Math.sin(((((i / 3) | 0) % 64) + shift) / 6) * Math.cos(Math.floor(i / 3 / 64) / 5))) };
}

const scenes = Array.from({ length: 9 }, (_, i) => scene(2 * i));
const error = (a: readonly Picture[], b: readonly Picture[]): number => a.reduce((sum, picture, i) => sum + picture.data.reduce((own, value, at) => own + Math.abs(value - b[i]!.data[at]!), 0) / picture.data.length, 0) / a.length;

const CODECS: readonly VideoCodec[] = [
  { codec: 'libx264', preset: 'veryfast', crf: 20, bFrames: 2 },
  { codec: 'libx264', preset: 'ultrafast', crf: 20, bFrames: 0 },
  { codec: 'mpeg4', quantiser: 3 },
];

test('as many pictures come out as went in, in order, near to what they were, the same every time', () => {
  for (const codec of CODECS) {
    const coded = throughVideo(scenes, codec);
    assert.equal(coded.length, scenes.length);
    // Nearer to itself than to its neighbour: the order is kept though frames refer to later ones.
    assert.ok(error(coded, scenes) < 4, `${codec.codec}: ${error(coded, scenes)}`);
    assert.ok(error(coded.slice(1), scenes.slice(1)) < error(coded.slice(1), scenes.slice(0, -1)));
    assert.deepEqual(throughVideo(scenes, codec), coded);
  }
});

test('stronger compression loses more', () => {
  const at = (crf: number): number => error(throughVideo(scenes, { codec: 'libx264', preset: 'veryfast', crf, bFrames: 1 }), scenes);
  assert.ok(at(18) < at(28) && at(28) < at(40));
  const quantised = (quantiser: number): number => error(throughVideo(scenes, { codec: 'mpeg4', quantiser }), scenes);
  assert.ok(quantised(2) < quantised(20));
});

test('odd sizes and mixed sizes are refused', () => {
  const odd: Picture = { width: 3, height: 2, data: new Uint8Array(18) };
  assert.throws(() => throughVideo([odd], CODECS[0]!), { code: 'FW_INTERNAL', message: /even size/ });
  assert.throws(() => throughVideo([scene(0), { width: 2, height: 2, data: new Uint8Array(12) }], CODECS[0]!), { code: 'FW_INTERNAL' });
});

test('two equal halves of a pair stay equal through any way of storing stills', async () => {
  for (const shares of [{ video: 1, jpeg: 0, none: 0 }, { video: 0, jpeg: 1, none: 0 }, { video: 0, jpeg: 0, none: 1 }]) {
    const stored = await compressedStills(scenes.map((picture) => [picture, picture] as const), shares, new Random(4));
    for (const [real, forged] of stored) assert.deepEqual(real, forged);
    assert.equal(stored[0]![0].data.some((value, i) => value !== scenes[0]!.data[i]), shares.none === 0);
  }
});
