import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SKIP_REASONS } from '../../src/domain/faces.js';
import { VERDICT_REASONS } from '../../src/domain/verdict.js';
import { REASON_WORDS, SKIP_WORDS, counted, formatCount, formatMediaTime, formatProbability } from '../../src/verdicts/words.js';

test('media time is rounded down to tenths and grows hours when it needs them', () => {
  assert.deepEqual([0, 99_999, 100_000, 59_999_999, 60_000_000, 3_600_000_000, 360_000_000_000].map(formatMediaTime), ['0:00.0', '0:00.0', '0:00.1', '0:59.9', '1:00.0', '1:00:00.0', '100:00:00.0']);
  assert.equal(formatMediaTime(-1_500_000), '-0:01.5');
});

test('a probability never shows on the wrong side of a threshold, nor as certain', () => {
  const t = { forgedAt: 0.7, authenticAt: 0.3 };
  assert.deepEqual([0.6999, 0.7, 0.3001, 0.3, 0.5, 0.9999, 0.0001, 1, 0].map((p) => formatProbability(p, t)), ['0.6999', '0.70', '0.3001', '0.30', '0.50', '>0.99', '<0.01', '1.00', '0.00']);
  assert.equal(formatProbability(null), '–');
});

test('counts have separators and plurals', () => {
  assert.deepEqual([formatCount(0), formatCount(999), formatCount(1800), formatCount(1234567)], ['0', '999', '1,800', '1,234,567']);
  assert.deepEqual([counted(1, 'segment'), counted(2, 'segment'), counted(0, 'box', 'boxes')], ['1 segment', '2 segments', '0 boxes']);
});

test('every reason has words', () => {
  assert.deepEqual(Object.keys(REASON_WORDS), [...VERDICT_REASONS]);
  assert.deepEqual(Object.keys(SKIP_WORDS).sort(), [...SKIP_REASONS].sort());
});
