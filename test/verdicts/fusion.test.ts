import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FusionInput } from '../../src/verdicts/fusion.js';
import { fuseTrack, logit, roundProbability, sigmoid } from '../../src/verdicts/fusion.js';

const plain = { scale: 1, offset: 0 };
const fuse = (input: Partial<FusionInput>): ReturnType<typeof fuseTrack> => fuseTrack({ frameScores: {}, clipScores: {}, weights: {}, calibration: plain, ...input });

test('a single score comes out as it went in', () => {
  for (const p of [0.0001, 0.25, 0.5, 0.7311, 0.9999]) assert.equal(fuse({ frameScores: { a: [p] }, weights: { a: 1 } }).probability, p);
});

test('frame scores of one model: the mean of their log-odds', () => {
  // logit(0.9) = ln 9 = 2.197225, logit(0.5) = 0; mean 1.098612 = ln 3; sigmoid = 3 / 4.
  assert.equal(fuse({ frameScores: { a: [0.9, 0.5] }, weights: { a: 1 } }).probability, 0.75);
});

test('two models: the mean weighted by their weights', () => {
  // a: ln 9 at weight 1, b: ln 1 at weight 3; (2.197225 + 0) / 4 = 0.549306; e^0.549306 = 9^(1/4) = 1.732051; 1.732051 / 2.732051 = 0.633975.
  const fused = fuse({ frameScores: { a: [0.9] }, clipScores: { b: [0.5] }, weights: { a: 1, b: 3 } });
  assert.equal(fused.probability, 0.634);
  assert.deepEqual(fused.levels, { frame: 0.9, clip: 0.5, difference: 0.4 });
});

test('a model with both levels: frames and clips count half each, however many frames', () => {
  // frame level ln 9, clip level ln 1; mean ln 3; 0.75, with 1 frame score or 50.
  for (const n of [1, 50]) {
    assert.equal(fuse({ frameScores: { a: Array.from({ length: n }, () => 0.9) }, clipScores: { a: [0.5] }, weights: { a: 2 } }).probability, 0.75);
  }
});

test('models without scores are left out, whatever their weight', () => {
  const fused = fuse({ frameScores: { a: [0.8], b: [] }, clipScores: { c: [] }, weights: { a: 0.1, b: 100, c: 100 } });
  assert.equal(fused.probability, 0.8);
  assert.deepEqual(fused.models.map((m) => m.model), ['a']);
});

test('no scores, or only weightless ones: no probability', () => {
  assert.equal(fuse({}).probability, null);
  assert.equal(fuse({ frameScores: { a: [0.9] }, weights: { a: 0 } }).probability, null);
});

test('calibration scales and shifts the fused log-odds', () => {
  // 2 ln 3 - ln 9 = 0.
  assert.equal(fuse({ frameScores: { a: [0.75] }, weights: { a: 1 }, calibration: { scale: 2, offset: -Math.log(9) } }).probability, 0.5);
});

test('scores of 0 and 1 are clamped, so that neither silences the rest', () => {
  // (logit 0.9999 + logit 0.0001) / 2 = 0.
  assert.equal(fuse({ frameScores: { a: [1, 0] }, weights: { a: 1 } }).probability, 0.5);
  assert.equal(fuse({ frameScores: { a: [1] }, weights: { a: 1 } }).probability, 0.9999);
});

test('scores are rounded before they are fused, so a record alone reproduces its probability', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }), (scores) => {
      const raw = fuse({ frameScores: { a: scores }, weights: { a: 1 } });
      assert.deepEqual(fuse({ frameScores: { a: scores.map(roundProbability) }, weights: { a: 1 } }), raw);
      assert.equal(roundProbability(raw.probability!), raw.probability);
    }),
  );
});

test('the order of the models changes nothing', () => {
  const forward = fuse({ frameScores: { a: [0.91], b: [0.13], c: [0.77] }, weights: { a: 0.1, b: 0.7, c: 0.3 } });
  const backward = fuse({ frameScores: { c: [0.77], b: [0.13], a: [0.91] }, weights: { c: 0.3, b: 0.7, a: 0.1 } });
  assert.deepEqual(forward, backward);
});

test('a score that is not a probability is a failure, never a neutral value', () => {
  for (const p of [NaN, Infinity, -0.1, 1.1]) assert.throws(() => fuse({ frameScores: { a: [p] }, weights: { a: 1 } }), { code: 'FW_MODEL_FAILED' });
});

test('a model that scores must have a weight', () => {
  for (const weights of [{}, { a: -1 }, { a: NaN }, { a: Infinity }]) assert.throws(() => fuse({ frameScores: { a: [0.4] }, weights }), { code: 'FW_INTERNAL' });
});

test('logit and sigmoid are inverse within the clamp', () => {
  for (const p of [0.0001, 0.02, 0.5, 0.98, 0.9999]) assert.ok(Math.abs(sigmoid(logit(p)) - p) < 1e-12);
  assert.equal(logit(0), logit(0.0001));
});
