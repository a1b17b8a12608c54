/** Tests of the helpers that other tests rely on: a check that cannot fail proves nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SegmentVerdict } from '../../src/domain/verdict.js';
import { accountingFaults, errorLines } from './cli.js';
import { claimFrameSize, flipBitsInMediaData, keepShare } from './damage.js';

const box = (type: string, payload: Uint8Array): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + payload.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, payload]);
};

function verdictWith(frames: Partial<SegmentVerdict['finding']['frames']>): SegmentVerdict {
  const whole = { present: 10, sampled: 4, notSampled: 5, undecodable: 1, analysed: 3, skipped: { 'no-face': 1 } };
  return { finding: { frames: { ...whole, ...frames }, faces: { found: 3, analysed: 2, skipped: { untracked: 1 } } } } as unknown as SegmentVerdict;
}

test('accountingFaults finds each sum that does not add up', () => {
  assert.deepEqual(accountingFaults(verdictWith({})), []);
  assert.equal(accountingFaults(verdictWith({ present: 11 })).length, 1);
  assert.equal(accountingFaults(verdictWith({ undecodable: 0 })).length, 1);
  assert.equal(accountingFaults(verdictWith({ skipped: {} })).length, 1);
});

test('errorLines reads whole error lines and nothing else', () => {
  const stderr = '[1/2] a.mp4: scanning\nerror FW_INPUT_EMPTY: a.mp4: it has no bytes (Check it.)\nnote FW_INPUT_EMPTY\nerror FW_INPUT_EMPTY without a colon\n';
  assert.deepEqual(errorLines(stderr), [{ code: 'FW_INPUT_EMPTY', text: 'a.mp4: it has no bytes (Check it.)' }]);
});

test('flipped bits lie within the chosen part of the media data, and the original stays as it was', () => {
  const file = Buffer.concat([box('ftyp', new Uint8Array(8)), box('mdat', new Uint8Array(1000)), box('moov', new Uint8Array(50))]);
  const damaged = flipBitsInMediaData(file, { seed: 1, from: 0.5, to: 0.6, flips: 5 });
  const changed = [...damaged.keys()].filter((at) => damaged[at] !== file[at]);
  assert.ok(changed.length > 0 && changed.length <= 5);
  assert.ok(changed.every((at) => at >= 24 + 500 && at < 24 + 600));
  assert.ok(file.subarray(24, 1024).every((byte) => byte === 0));
  assert.deepEqual(flipBitsInMediaData(file, { seed: 1, from: 0.5, to: 0.6, flips: 5 }), damaged);
});

test('keepShare keeps an odd number of bytes from the start', () => {
  const kept = keepShare(Uint8Array.from({ length: 100 }, (_, i) => i), 0.6);
  assert.equal(kept.length, 61);
  assert.equal(kept[60], 60);
});

test('claimFrameSize refuses a file whose headers it does not know', () => {
  assert.throws(() => claimFrameSize(box('mdat', new Uint8Array(10)), 30_000), /no tkhd/);
});
