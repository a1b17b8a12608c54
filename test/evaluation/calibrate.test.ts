import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calibrateOutcomes, type CalibrationOptions } from '../../src/evaluation/calibrate.js';
import { composed, fitPlatt } from '../../src/evaluation/platt.js';
import { scaled } from '../../src/evaluation/recalibration.js';
import { chooseThresholds, exactInterval } from '../../src/evaluation/thresholds.js';
import { uniformNumbers } from '../../src/evaluation/uniform-numbers.js';
import type { JudgedItem } from '../../src/evaluation/units.js';
import { MODELS, judged, segment, track } from './support.js';

const near = (actual: number, expected: number, within: number, what: string): void => {
  assert.ok(Math.abs(actual - expected) <= within, `${what}: ${actual} instead of ${expected}`);
};

test('with two different scores Platt scaling gives each its share of forged ones, by the targets and weights', () => {
  // 20 real, 20 forged. At −1: 15 real, 5 forged; at 3: 5 and 15. Targets 1/22 and 21/22: shares (15 + 5·21)/440 and (5 + 15·21)/440.
  const points = ([[-1, 0, 15], [-1, 1, 5], [3, 0, 5], [3, 1, 15]] as const).map(([logOdds, label, weight]) => ({ logOdds, label, weight }));
  const { scale, offset } = fitPlatt(points, { method: 'platt', real: 20, forged: 20 });
  const logOdds = (share: number): number => Math.log(share / (1 - share));
  const [low, high] = [logOdds(120 / 440), logOdds(320 / 440)];
  near(scale, (high - low) / 4, 1e-4, 'scale');
  near(offset, low + (high - low) / 4, 1e-4, 'offset');
});

test('temperature scaling is without an offset; separable scores get a finite scale', () => {
  const points = [{ logOdds: -2, label: 0, weight: 1 }, { logOdds: 2, label: 1, weight: 1 }] as const;
  // sigmoid(2 s) = 2/3: s = ln 2 / 2.
  assert.deepEqual(fitPlatt(points, { method: 'temperature', real: 1, forged: 1 }), { scale: 0.3466, offset: 0 });
});

test('a missing class, and scores that fall with forgery, are refused', () => {
  assert.throws(() => fitPlatt([], { method: 'platt', real: 0, forged: 1 }), { code: 'FW_CALIBRATION', message: /no scored real video/ });
  const wrong = [{ logOdds: 2, label: 0, weight: 1 }, { logOdds: -2, label: 1, weight: 1 }] as const;
  assert.throws(() => fitPlatt(wrong, { method: 'platt', real: 9, forged: 9 }), { code: 'FW_CALIBRATION', message: /do not rise with forgery/ });
});

test('two scalings in a row are one', () => {
  const [first, second] = [{ scale: 1.5, offset: -0.2 }, { scale: 0.5, offset: 0.3 }];
  for (const p of [0.1, 0.5, 0.93]) near(scaled(p, composed(first, second)), scaled(scaled(p, first), second), 2e-4, `of ${p}`);
});

test('exact intervals equal those of the beta distribution', () => {
  // scipy.stats.beta.ppf, scipy.
  for (const [count, of, low, high] of [[0, 10, 0, 0.308497], [3, 20, 0.032071, 0.378927], [20, 20, 0.831567, 1], [1, 400, 0.0000633, 0.0138498]] as const) {
    const [from, to] = exactInterval(count, of) ?? assert.fail();
    near(from, low, 1e-5, `${count} of ${of}`);
    near(to, high, 1e-5, `${count} of ${of}`);
  }
  assert.equal(exactInterval(0, 0), null);
});

test('forgedAt is as low and authenticAt as high as the goals allow, ties on the safe side', () => {
  const real = [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.7, 0.8, 0.85, 0.9];
  const forged = [0.2, 0.3, 0.6, 0.9];
  const goals = (falsePositiveRate: number, missRate: number): unknown => chooseThresholds(real, forged, { falsePositiveRate, missRate });
  assert.deepEqual(goals(0.1, 0.25), { forgedAt: 0.8501, authenticAt: 0.2999 });
  // Three of ten could be 0.8 and above; the two at 0.7 would make it five.
  assert.deepEqual(goals(0.4, 0), { forgedAt: 0.7001, authenticAt: 0.1999 });
  // Never beyond 0.5, and never crossed.
  assert.deepEqual(chooseThresholds([0.1, 0.1], [0.9, 0.9], { falsePositiveRate: 0.1, missRate: 0.1 }), { forgedAt: 0.5, authenticAt: 0.49 });
});

/** Videos of ten segments each whose scores are too sure by a factor of 3 in log-odds. */
function overconfident(videos: number): readonly JudgedItem[] {
  const uniform = uniformNumbers(7);
  return Array.from({ length: videos }, (_, i) => {
    const truth = -2 + 4 * uniform();
    const forged = uniform() < 1 / (1 + Math.exp(-truth));
    const p = 1 / (1 + Math.exp(-3 * truth));
    return judged(`${i}.mp4`, forged ? 'fake' : 'real', Array.from({ length: 10 }, () => segment([track(1, { faces: [Math.round(p * 1e4) / 1e4] })])));
  });
}
const options: CalibrationOptions = { method: 'platt', falsePositiveRate: 0.1, missRate: 0.1, prior: 0.5, eachModel: false, models: MODELS.slice(0, 1), weights: { faces: 1 }, current: { scale: 1, offset: 0 }, resamples: 100, seed: 1 };

test('scores that are too sure are softened by about as much; held-out figures come near, and the goal is kept', () => {
  const result = calibrateOutcomes(overconfident(600), options);
  near(result.fused.scale, 1 / 3, 0.06, 'scale');
  assert.ok((result.after.logLoss ?? 1) < (result.before.logLoss ?? 0) - 0.1);
  assert.ok((result.heldOut.calibrationError ?? 1) < (result.before.calibrationError ?? 0));
  near(result.heldOut.logLoss ?? 1, result.after.logLoss ?? 0, 0.02, 'held out');
  assert.ok((result.falsePositives.segments ?? 1) <= 0.1 && (result.falsePositives.segments ?? 0) > 0.07);
  const [low, high] = result.falsePositives.segments95 ?? assert.fail();
  assert.ok(low < (result.falsePositives.segments ?? 0) && high > (result.falsePositives.segments ?? 1));
  assert.equal(result.videos.real + result.videos.forged, 600);
  assert.deepEqual(calibrateOutcomes(overconfident(600), options), result);
});

test('with each model calibrated first, what is fused of one model needs nothing more', () => {
  const result = calibrateOutcomes(overconfident(600), { ...options, eachModel: true });
  near(result.models['faces']?.own.scale ?? 0, 1 / 3, 0.06, 'scale of the model');
  near(result.fused.scale, 1, 0.02, 'scale of the whole');
});
