import { test } from 'node:test';
import { assertNear, assertSlopes, lossFor, valueOf } from './support.js';

/** As the paper writes it: the margin off the true class's logit, all scaled, then softmax. */
function byHand([zero, one]: readonly [number, number], label: 0 | 1): number {
  const z = [zero - (label === 0 ? 0.45 : 0), one - (label === 1 ? 0.45 : 0)].map((x) => Math.exp(3 * x));
  return -Math.log(z[label]! / (z[0]! + z[1]!));
}

test('the true class has to win by the margin', () => {
  const loss = lossFor({ kind: 'am-softmax', scale: 3, margin: 0.45 }, 'luo2021');
  const batch = { outputs: { logits: [[0.2, 0.9], [0.5, 0.3]] }, labels: [1, 0] };
  assertNear(valueOf(loss, batch).total, (byHand([0.2, 0.9], 1) + byHand([0.5, 0.3], 0)) / 2);
  assertSlopes(loss, batch);
});
