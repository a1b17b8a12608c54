import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearestWord } from '../../src/topology/similar.js';

test('edit distance counts letters inserted, removed, replaced and swapped with their neighbour', () => {
  assert.equal(editDistance('', ''), 0);
  assert.equal(editDistance('abc', ''), 3);
  assert.equal(editDistance('kitten', 'sitting'), 3);
  assert.equal(editDistance('score', 'scroe'), 1);
  assert.equal(editDistance('score', 'scores'), 1);
});

test('the nearest word is offered when it is near enough', () => {
  const words = ['minScore', 'minFaceSize', 'maxFaces', 'detector'];
  assert.equal(nearestWord('min_score', words), 'minScore');
  assert.equal(nearestWord('minscroe', words), 'minScore');
  assert.equal(nearestWord('detectors', words), 'detector');
  assert.equal(nearestWord('bananas', words), undefined);
  assert.equal(nearestWord('x'.repeat(10_000), words), undefined);
});
