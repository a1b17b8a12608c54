import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FloatTensor } from '../../src/inference/tensor.js';
import { decide, type Decision } from '../../src/models/decision.js';

const tensor = (dims: readonly number[], ...values: number[]): FloatTensor => ({ dims, data: Float32Array.from(values) });

function assertOdds(decision: Decision, outputs: Readonly<Record<string, FloatTensor>>, expected: readonly number[]): void {
  const actual = decide(decision, outputs, expected.length);
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i]! - value) < 1e-5, `item ${i}: ${actual[i]}, expected ${value}`);
  });
}

test('a sigmoid decision gives the logit itself, or its negative where class 0 is fake', () => {
  const outputs = { logit: tensor([2, 1], 1.5, -2) };
  assertOdds({ kind: 'sigmoid', output: 'logit', fake: 1 }, outputs, [1.5, -2]);
  assertOdds({ kind: 'sigmoid', output: 'logit', fake: 0 }, outputs, [-1.5, 2]);
});

test('a softmax decision gives the log-odds of the fake class against all others', () => {
  assertOdds({ kind: 'softmax', output: 'logits', fake: 0 }, { logits: tensor([2, 2], 3, 1, -1, 4) }, [2, -5]);
  assertOdds({ kind: 'softmax', output: 'logits', fake: 1 }, { logits: tensor([1, 3], 0, 1, 0) }, [1 - Math.log(2)]);
  assertOdds({ kind: 'softmax', output: 'logits', fake: 1 }, { logits: tensor([1, 2], 1000, 0) }, [-1000]);
});

test('the numbers of several heads are added before the softmax', () => {
  const heads = { a: tensor([1, 2], 0.9, 0.2), b: tensor([1, 2], 0.6, 0.5) };
  assertOdds({ kind: 'softmax', output: ['a', 'b'], fake: 0 }, heads, [0.8]);
  assert.throws(() => decide({ kind: 'softmax', output: ['a', 'b'], fake: 0 }, { ...heads, b: tensor([1, 3], 1, 1, 1) }, 1), { code: 'FW_MODEL_FAILED', message: /a, b differ/ });
});

test('a probability decision gives log-odds, of a class or of class 1 alone, and stays finite at 0 and 1', () => {
  assertOdds({ kind: 'probability', output: 'p', fake: 1 }, { p: tensor([1, 2], 0.25, 0.75) }, [Math.log(3)]);
  assertOdds({ kind: 'probability', output: 'p', fake: 0 }, { p: tensor([1, 1], 0.75) }, [-Math.log(3)]);
  for (const edge of decide({ kind: 'probability', output: 'p', fake: 0 }, { p: tensor([2, 1], 0, 1) }, 2)) assert.ok(Number.isFinite(edge) && Math.abs(edge) > 15);
});

test('a length decision gives the Euclidean length of an embedding less the threshold', () => {
  assertOdds({ kind: 'length', output: 'embedding', threshold: 5 }, { embedding: tensor([2, 2], 3, 4, 0, 0) }, [0, -5]);
});

test('patches of a face become one by their mean or by the highest', () => {
  const patches = { logits: tensor([2, 3, 2], 0, 1, 0, 2, 0, 6, 0, 0, 0, 0, 0, 3) };
  assertOdds({ kind: 'softmax', output: 'logits', fake: 1, patches: 'mean' }, patches, [3, 1]);
  assertOdds({ kind: 'softmax', output: 'logits', fake: 1, patches: 'max' }, patches, [6, 3]);
  assertOdds({ kind: 'sigmoid', output: 'logits', fake: 1, patches: 'max' }, patches, [6, 3]);
});

test('an output that is missing, or that does not fit the decision or the batch, is refused', () => {
  const softmax: Decision = { kind: 'softmax', output: 'logits', fake: 1 };
  assert.throws(() => decide(softmax, {}, 1), { code: 'FW_MODEL_FAILED', message: /output logits has no values/ });
  assert.throws(() => decide(softmax, { logits: tensor([3], 1, 2, 3) }, 2), { code: 'FW_MODEL_FAILED', message: /has 3 values for 2/ });
  assert.throws(() => decide(softmax, { logits: tensor([2, 1], 1, 2) }, 2), { code: 'FW_MODEL_FAILED', message: /not what softmax reads/ });
  assert.throws(() => decide({ kind: 'sigmoid', output: 'logits', fake: 1 }, { logits: tensor([1, 2], 1, 2) }, 1), { code: 'FW_MODEL_FAILED', message: /not what sigmoid reads/ });
});
