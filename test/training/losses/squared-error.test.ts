import { test } from 'node:test';
import { assertNear, assertSlopes, lossFor, valueOf } from './support.js';

test('the squared error of a probability of real is that of the probability of forged', () => {
  const loss = lossFor({ kind: 'squared-error' }, 'meso4-keras');
  const batch = { outputs: { real: [[0.9], [0.2], [0.6]] }, labels: [0, 1, 1] };
  assertNear(valueOf(loss, batch).total, (0.1 ** 2 + 0.2 ** 2 + 0.6 ** 2) / 3);
  assertSlopes(loss, batch, { step: 1e-3 });
});
