import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import type { SegmentVerdict } from '../../src/domain/verdict.js';
import { canonicalJson } from '../../src/verdicts/canonical.js';
import { chainError, sealVerdict, verifyChain } from '../../src/verdicts/chain.js';
import { readVerdicts } from '../../src/verdicts/jsonl.js';
import { interview, landscape, makeStream } from './records.js';

let records: readonly SegmentVerdict[];
let small: readonly SegmentVerdict[];
before(async () => {
  records = await interview();
  // Few samples and no thumbnails: so that random places fall on every kind of field.
  small = await makeStream({ stream: 'small.mp4', segments: 3, samplesPerSegment: 8, cropsPerTrack: 0, people: [{ id: 1, from: 0, to: 2, level: () => 0.9 }], undecodable: (s) => s });
});

type Path = readonly (string | number)[];

/** Paths of every leaf, empty arrays and objects included. */
function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, v]) => leaves(v, [...path, Array.isArray(value) ? Number(key) : key]));
  return inner.length > 0 ? inner : [path];
}

function changedAt(record: SegmentVerdict, path: Path, seed: number): SegmentVerdict {
  const copy = structuredClone(record) as unknown as Record<string | number, unknown>;
  const parent = path.slice(0, -1).reduce<Record<string | number, unknown>>((node, key) => node[key] as Record<string | number, unknown>, copy);
  const key = path.at(-1)!;
  const old = parent[key];
  if (typeof old === 'number') parent[key] = Number.isInteger(old) ? old + 1 + (seed % 7) : old + (old > 0.5 ? -0.0001 : 0.0001);
  else if (typeof old === 'string') parent[key] = old.length === 0 ? 'x' : flip(old, seed % old.length);
  else if (old === null) parent[key] = 0;
  else if (Array.isArray(old)) parent[key] = [0];
  else parent[key] = { 'no-face': 0 };
  return copy as unknown as SegmentVerdict;
}

function flip(text: string, at: number): string {
  return text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
}

test('whole chains have no problem, streams interleaved or not', async () => {
  assert.deepEqual(verifyChain(records), []);
  const other = await landscape();
  assert.deepEqual(verifyChain(records.flatMap((r, i) => (other[i] === undefined ? [r] : [r, other[i]]))), []);
});

test('hashes cover the record as documented', () => {
  const { hash, ...rest } = records[3]!;
  assert.equal(hash, sealVerdict(records[3]!, records[2]!.hash).hash);
  assert.equal(records[0]!.previousHash, null);
  assert.equal(rest.previousHash, records[2]!.hash);
});

test('a change at any place of a record breaks the chain at its line', () => {
  const paths = leaves(small[1]);
  assert.ok(paths.length > 100);
  fc.assert(
    fc.property(fc.nat(paths.length - 1), fc.nat(), (index, seed) => {
      const list = [small[0]!, changedAt(small[1]!, paths[index]!, seed), small[2]!];
      const problems = verifyChain(list);
      assert.ok(problems.some((p) => p.line === 2), `unnoticed: ${paths[index]!.join('.')}`);
    }),
    { numRuns: 250 },
  );
});

test('a change of any one byte of the file is noticed', async () => {
  const file = Buffer.from(small.map((r) => `${canonicalJson(r)}\n`).join(''));
  await fc.assert(
    fc.asyncProperty(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const changed = Buffer.from(file);
      changed[at] = changed[at]! ^ mask;
      const read: SegmentVerdict[] = [];
      let problems = 0;
      // eslint-disable-next-line @typescript-eslint/require-await -- the reader takes an asynchronous source
      const source = (async function* () { yield changed; })();
      for await (const { record } of readVerdicts(source, { onProblem: () => (problems += 1) })) read.push(record);
      assert.ok(problems + verifyChain(read).length > 0, `byte ${at} of ${file.length}, mask ${mask}`);
    }),
    { numRuns: 300 },
  );
});

const kinds = (list: readonly unknown[]): string[] => verifyChain(list).map((p) => `${p.line} ${p.kind}`);

test('removal, insertion, repetition and reordering are named with their line', () => {
  const [a, b, c, d] = records as [SegmentVerdict, SegmentVerdict, SegmentVerdict, SegmentVerdict];
  assert.deepEqual(kinds([a, c, d]), ['2 link', '2 sequence-gap']);
  assert.deepEqual(kinds([b, c]), ['1 link']);
  assert.deepEqual(kinds([a, b, b, c]), ['3 link', '3 sequence-repeat']);
  assert.deepEqual(kinds([a, c, b, d]), ['2 link', '2 sequence-gap', '3 link', '3 sequence-repeat', '4 link', '4 sequence-gap']);
  const forged = sealVerdict({ ...b, finding: { ...b.finding, warnings: [{ code: 'FW_INTERNAL', message: 'inserted' }] } }, a.hash);
  assert.deepEqual(kinds([a, forged, b, c]), ['3 link', '3 sequence-repeat']);
  assert.deepEqual(kinds([a, forged, c]), ['3 link']);
});

test('a finding changed together with its digest still breaks the record hash', () => {
  const forged = sealVerdict({ ...records[1]!, finding: { ...records[1]!.finding, warnings: [{ code: 'X', message: 'y' }] } }, records[0]!.hash);
  assert.deepEqual(kinds([records[0]!, { ...forged, hash: records[1]!.hash }]), ['2 hash']);
});

test('a record that is not one is a problem, not a crash', () => {
  for (const value of [null, 7, 'text', [], {}]) assert.deepEqual(kinds([value]), ['1 invalid']);
  const error = chainError(verifyChain([records[0]!, records[2]!])[0]!, 'verdicts.jsonl');
  assert.deepEqual([error.code, error.location], ['FW_VERDICT_CHAIN', { input: 'verdicts.jsonl', line: 2, stream: 'interview.mp4', sequence: 2 }]);
});

test('a record that breaks an invariant is never sealed', () => {
  const bad = { ...records[0]!, finding: { ...records[0]!.finding, frames: { ...records[0]!.finding.frames, present: 1 } } };
  assert.throws(() => sealVerdict(bad, null), { code: 'FW_INTERNAL', message: /frames\.present/ });
});
