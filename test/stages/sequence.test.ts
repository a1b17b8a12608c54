import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { INITIAL_SEQUENCE, REMEMBERED_GAPS, REMEMBERED_SEGMENTS, placeSegment, type SequenceOutcome, type SequenceState } from '../../src/stages/sequence.js';

function place(...segments: readonly (readonly [sequence: number, sha256: string])[]): { state: SequenceState; outcomes: string[] } {
  let state = INITIAL_SEQUENCE;
  const said = (outcome: SequenceOutcome): string => (outcome.kind === 'next' && outcome.missing > 0 ? `next after ${outcome.missing}` : outcome.kind);
  const outcomes = segments.map(([sequence, sha256]) => {
    const step = placeSegment(state, { sequence, sha256 });
    state = step.state;
    return said(step.outcome);
  });
  return { state, outcomes };
}

test('segments in order go on', () => {
  assert.deepEqual(place([0, 'a'], [1, 'b'], [2, 'c']).outcomes, ['next', 'next', 'next']);
});

test('left-out numbers are counted at the segment that follows them, also at the start', () => {
  assert.deepEqual(place([2, 'c'], [3, 'd'], [7, 'h']).outcomes, ['next after 2', 'next', 'next after 3']);
});

test('a segment that fills a gap is late, once', () => {
  assert.deepEqual(place([0, 'a'], [4, 'e'], [2, 'c'], [2, 'c'], [2, 'x'], [1, 'b'], [3, 'd'], [5, 'f']).outcomes, ['next', 'next after 3', 'late', 'repeat', 'conflict', 'late', 'late', 'next']);
});

test('the same number again is a repetition with the same bytes, else a conflict', () => {
  assert.deepEqual(place([0, 'a'], [1, 'b'], [0, 'a'], [1, 'x'], [1, 'b']).outcomes, ['next', 'next', 'repeat', 'conflict', 'repeat']);
});

test('what is no longer remembered cannot be compared, and is a conflict', () => {
  const many = Array.from({ length: REMEMBERED_SEGMENTS + 1 }, (_, i): [number, string] => [i, String(i)]);
  assert.equal(place(...many, [0, '0']).outcomes.at(-1), 'conflict');
  assert.equal(place(...many, [1, '1']).outcomes.at(-1), 'repeat');
});

test('what is remembered is bounded, and plain JSON', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(10_000), fc.constantFrom('a', 'b')), { maxLength: 400 }), (segments) => {
      const { state } = place(...segments);
      assert.ok(state.recent.length <= REMEMBERED_SEGMENTS);
      assert.ok(state.missing.length <= REMEMBERED_GAPS);
      assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
    }),
    { numRuns: 100 },
  );
});

test('each number is judged at most once, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40), { maxLength: 60 }), (sequences) => {
      const { outcomes } = place(...sequences.map((sequence): [number, string] => [sequence, String(sequence)]));
      const judged = sequences.filter((_, i) => outcomes[i] === 'late' || outcomes[i]!.startsWith('next'));
      assert.equal(new Set(judged).size, judged.length);
      assert.deepEqual([...new Set(sequences)].sort(), [...judged].sort());
    }),
  );
});
