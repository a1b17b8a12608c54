import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { findBox } from './damage.js';
import { readGroundTruth, SAMPLE_PATH } from './sample.js';

test('the ground truth belongs to the clip that ships', () => {
  const { clip } = readGroundTruth();
  const bytes = readFileSync(SAMPLE_PATH);
  assert.equal(createHash('sha256').update(bytes).digest('hex'), clip.sha256);
  assert.equal(bytes.length, clip.bytes);
  assert.ok(bytes.length <= 1_500_000);
});

test('the ranges of the ground truth follow each other, start and end at keyframes and cover the clip', () => {
  const { clip, ranges } = readGroundTruth();
  assert.deepEqual(ranges.map(({ label }) => label), ['authentic', 'forged', 'no-face']);
  let end = 0;
  for (const range of ranges) {
    assert.equal(range.startMicros, end);
    assert.ok(range.endMicros > range.startMicros);
    assert.equal(range.endMicros % clip.keyframeIntervalMicros, 0);
    end = range.endMicros;
  }
  assert.equal(end, (clip.frames / clip.framesPerSecond) * 1_000_000);
});

test('the clip says in its container that it is a demonstration, and has its index before its pictures', () => {
  const bytes = readFileSync(SAMPLE_PATH);
  assert.ok(bytes.includes('framewitness demonstration: pristine then forged'));
  assert.ok(findBox(bytes, 'moov').offset < findBox(bytes, 'mdat').offset);
});
