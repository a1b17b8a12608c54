import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { METRICS, accuracy, averagePrecision, bootstrapInterval, bootstrapIntervals, calibrationError, equalErrorRate, logLoss, reliabilityBins, rocAuc, rocPoints, tprAtFpr } from '../../src/evaluation/metrics.js';
import { countsOf, rank } from '../../src/evaluation/ranking.js';

interface Case {
  readonly name: string;
  readonly labels: readonly number[];
  readonly scores: readonly number[];
  readonly weights?: readonly number[];
  readonly auc: number;
  readonly averagePrecision: number;
  readonly equalErrorRate: number;
  readonly tprAtFpr: Readonly<Record<string, number>>;
  readonly accuracy: number;
  readonly logLoss: number;
  readonly calibrationError?: number;
  readonly bins?: { readonly counts: readonly number[]; readonly forgedShare: readonly number[]; readonly meanProbability: readonly number[] };
  readonly fpr: readonly number[];
  readonly tpr: readonly number[];
}
const { cases } = JSON.parse(readFileSync(new URL('../fixtures/metrics/scikit-learn.json', import.meta.url), 'utf8')) as { readonly cases: readonly Case[] };
const unweighted = cases.filter(({ weights }) => weights === undefined);

function near(actual: number | null | undefined, expected: number | undefined, what: string): void {
  assert.ok(typeof actual === 'number' && expected !== undefined && Math.abs(actual - expected) < 1e-12, `${what}: ${String(actual)} instead of ${String(expected)}`);
}

for (const { name, labels, scores, ...expected } of unweighted) {
  test(`metrics equal scikit-learn's: ${name}`, () => {
    near(rocAuc(labels, scores), expected.auc, 'AUC');
    near(averagePrecision(labels, scores), expected.averagePrecision, 'average precision');
    near(equalErrorRate(labels, scores), expected.equalErrorRate, 'equal error rate');
    for (const [rate, share] of Object.entries(expected.tprAtFpr)) near(tprAtFpr(labels, scores, Number(rate)), share, `TPR at ${rate}`);
    near(accuracy(labels, scores), expected.accuracy, 'accuracy');
    near(logLoss(labels, scores), expected.logLoss, 'log loss');
    near(calibrationError(labels, scores), expected.calibrationError, 'calibration error');
    const points = rocPoints(labels, scores) ?? [];
    assert.equal(points.length, expected.fpr.length);
    for (const [k, point] of points.entries()) {
      near(point.falsePositiveRate, expected.fpr[k], 'FPR');
      near(point.truePositiveRate, expected.tpr[k], 'TPR');
    }
    const bins = reliabilityBins(labels, scores);
    assert.deepEqual(bins.map(({ count }) => count), expected.bins?.counts);
    for (const [k, bin] of bins.filter(({ count }) => count > 0).entries()) {
      near(bin.forgedShare, expected.bins?.forgedShare[k], 'share of forged in a bin');
      near(bin.meanProbability, expected.bins?.meanProbability[k], 'mean probability of a bin');
    }
  });
}

test("weighted metrics equal scikit-learn's: the resamples of the bootstrap are weights", () => {
  const weighted = cases.filter(({ weights }) => weights !== undefined);
  assert.equal(weighted.length, 1);
  for (const { labels, scores, weights = [], ...expected } of weighted) {
    const ranking = rank(labels, scores);
    const ordered = Float64Array.from(ranking.order, (item) => weights[item] ?? NaN);
    const sample = { ranking, counts: countsOf(ranking, ordered), weights: ordered };
    near(METRICS.auc(sample), expected.auc, 'AUC');
    near(METRICS.averagePrecision(sample), expected.averagePrecision, 'average precision');
    near(METRICS.equalErrorRate(sample), expected.equalErrorRate, 'equal error rate');
    near(METRICS.tprAtFpr1Percent(sample), expected.tprAtFpr['0.01'], 'TPR at 1 %');
    near(METRICS.accuracy(sample), expected.accuracy, 'accuracy');
    near(METRICS.logLoss(sample), expected.logLoss, 'log loss');
  }
});

test('AUC is the share of pairs in the right order, ties counting half', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 4 })), { minLength: 1, maxLength: 30 }), (items) => {
      const pairs = items.filter(([label]) => label === 1).flatMap(([, forged]) => items.filter(([label]) => label === 0).map(([, real]) => (forged > real ? 1 : forged === real ? 0.5 : 0)));
      const auc = rocAuc(items.map(([label]) => label), items.map(([, score]) => score));
      if (pairs.length === 0) assert.equal(auc, null);
      else near(auc, pairs.reduce<number>((sum, pair) => sum + pair, 0) / pairs.length, 'AUC');
    }),
  );
});

test('without one of the classes nothing that compares them has a value', () => {
  for (const metric of [rocAuc, averagePrecision, equalErrorRate, rocPoints]) assert.equal(metric([1, 1], [0.2, 0.3]), null);
  assert.equal(tprAtFpr([0, 0], [0.2, 0.3], 0.5), null);
  for (const metric of [accuracy, logLoss, calibrationError]) assert.equal(metric([], []), null);
  assert.equal(accuracy([1, 1], [0.2, 0.7]), 0.5);
});

test('scores that are no numbers, other labels and other lengths are refused', () => {
  assert.throws(() => rocAuc([0, 1], [0.1, NaN]), /Score 1 is NaN/);
  assert.throws(() => rocAuc([0, 2], [0.1, 0.2]), /Label 1 is 2/);
  assert.throws(() => rocAuc([0], [0.1, 0.2]), /1 labels and 2 scores/);
});

test('the interval is a function of the seed and holds the value', () => {
  const { labels, scores, auc } = unweighted[1] ?? assert.fail();
  const [lower, upper] = bootstrapInterval(labels, scores, METRICS.auc, { seed: 1 }) ?? assert.fail();
  assert.ok(lower < auc && auc < upper, `${lower} ${auc} ${upper}`);
  assert.deepEqual(bootstrapInterval(labels, scores, METRICS.auc, { seed: 1 }), [lower, upper]);
  assert.notDeepEqual(bootstrapInterval(labels, scores, METRICS.auc, { seed: 2 }), [lower, upper]);
  // Half-width of a normal interval by Hanley and McNeil 1982, formula 2; the bootstrap must come near it.
  const [forged, real] = [labels.filter((label) => label === 1).length, labels.filter((label) => label === 0).length];
  const [q1, q2] = [auc / (2 - auc), (2 * auc * auc) / (1 + auc)];
  const deviation = Math.sqrt((auc * (1 - auc) + (forged - 1) * (q1 - auc * auc) + (real - 1) * (q2 - auc * auc)) / (forged * real));
  assert.ok(Math.abs((upper - lower) / (2 * 1.96 * deviation) - 1) < 0.2, `${(upper - lower) / 2} against ${1.96 * deviation}`);
});

test('items of a group are drawn together: ten frames a video do not make the interval of the videos narrower', () => {
  const { labels, scores } = unweighted[1] ?? assert.fail();
  const groups = labels.map((_, i) => `video ${i}`);
  const frames = <T>(values: readonly T[]): T[] => values.flatMap((value) => Array.from({ length: 10 }, () => value));
  const width = (interval: readonly [number, number] | null): number => (interval === null ? NaN : interval[1] - interval[0]);
  const byVideo = width(bootstrapInterval(labels, scores, METRICS.auc, { seed: 1, resamples: 400 }));
  const grouped = width(bootstrapInterval(frames(labels), frames(scores), METRICS.auc, { seed: 1, resamples: 400, groups: frames(groups) }));
  const loose = width(bootstrapInterval(frames(labels), frames(scores), METRICS.auc, { seed: 1, resamples: 400 }));
  assert.ok(Math.abs(grouped / byVideo - 1) < 0.2, `${grouped} ${byVideo}`);
  assert.ok(loose < 0.5 * byVideo, `${loose} ${byVideo}`);
});

test('one group, or one class in most resamples, has no interval', () => {
  assert.equal(bootstrapInterval([0, 1], [0.1, 0.2], METRICS.auc, { seed: 1, groups: ['a', 'a'] }), null);
  const intervals = bootstrapIntervals([1, 1, 1], [0.6, 0.7, 0.8], METRICS, { seed: 1, resamples: 50 });
  assert.equal(intervals.auc, null);
  assert.deepEqual(intervals.accuracy, [1, 1]);
});
