import { test } from 'node:test';
import { assertNear, assertSlopes, lossFor, valueOf } from './support.js';

const BATCH = { outputs: { frame: [[2], [-1], [0.5], [-3]] }, labels: [1, 0, 0, 1] };
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

test('an item costs its cross-entropy times what its true class lacks, to the power of gamma, and its class\'s weight', () => {
  const cost = (p: number, alpha: number): number => -alpha * (1 - p) ** 2 * Math.log(p);
  const expected = (cost(sigmoid(2), 0.25) + cost(1 - sigmoid(-1), 0.75) + cost(1 - sigmoid(0.5), 0.75) + cost(sigmoid(-3), 0.25)) / 4;
  assertNear(valueOf(lossFor({ kind: 'focal' }, 'srm-residual'), BATCH).total, expected);
});

test('with gamma 0 and alpha a half it is half the cross-entropy', () => {
  const half = valueOf(lossFor({ kind: 'focal', gamma: 0, alpha: 0.5 }, 'srm-residual'), BATCH).total;
  assertNear(2 * half, valueOf(lossFor({ kind: 'bce' }, 'srm-residual'), BATCH).total);
});

test('its slopes are those of differences, for a certain item too', () => {
  assertSlopes(lossFor({ kind: 'focal', gamma: 1.5 }, 'srm-residual'), BATCH);
  assertSlopes(lossFor({ kind: 'focal' }, 'dual-level-vit'), { outputs: { logit: [[60], [-60]] }, labels: [1, 0] });
});
