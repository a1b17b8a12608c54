import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LossInput } from '../../../src/training/losses/loss.js';
import { qualityPairs, rowsOf } from '../../../src/training/losses/pairs.js';
import { tf } from './support.js';

const input = (labels: readonly number[], pairs: readonly number[]): LossInput => ({ tf, outputs: {}, labels: tf.tensor1d([...labels]), pairs: tf.tensor1d([...pairs], 'int32'), step: 0, steps: 1 });

test('one face at two qualities is a pair, the real and the forged of one draw are none', () => {
  tf.tidy(() => {
    assert.deepEqual(qualityPairs(input([0, 0, 1, 1, 1], [7, 7, 7, 9, 7])), [[0, 1], [2, 4]]);
    assert.throws(() => qualityPairs(input([0, 1], [3, 3])), { code: 'FW_LOSS_UNFIT' });
    assert.throws(() => qualityPairs({ ...input([0, 1], [3, 3]), pairs: undefined } as never), { code: 'FW_LOSS_UNFIT', message: /have none/ });
  });
});

test('rows are taken in the order asked for, whatever their shape', () => {
  assert.deepEqual(tf.tidy(() => rowsOf(tf, tf.tensor([[[1, 2]], [[3, 4]], [[5, 6]]]), [2, 0]).arraySync()), [[[5, 6]], [[1, 2]]]);
});
