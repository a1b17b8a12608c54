import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { SegmentVerdict } from '../../src/domain/verdict.js';
import { sealVerdict, verdictLine } from '../../src/verdicts/chain.js';
import { createSigner, createVerificationKey, generateKeys } from '../../src/verdicts/signing.js';
import { verifyFile, type Verification, type VerifyOptions } from '../../src/verdicts/verify.js';
import { interview, landscape } from './records.js';

const ours = generateKeys();
const theirs = generateKeys();
const sign = (records: readonly SegmentVerdict[], pem = ours.privatePem): SegmentVerdict[] => records.map((record) => createSigner(pem, 'test').sign(record));
const WITH_KEY: VerifyOptions = { keys: [createVerificationKey(ours.publicPem, 'test')] };

/** Two streams, interleaved as a topic has them: cam at odd lines, hall at even ones. */
let records: readonly SegmentVerdict[];
before(async () => {
  const [cam, hall] = [sign(await interview('cam', 6)), sign(await landscape('hall', 6))];
  records = cam.flatMap((record, i) => [record, hall[i]!]);
});

function verify(lines: readonly (SegmentVerdict | string)[] | string, options: VerifyOptions = WITH_KEY): Promise<Verification> {
  const text = typeof lines === 'string' ? lines : lines.map((line) => (typeof line === 'string' ? line : verdictLine(line))).join('');
  return verifyFile((async function* () { yield await Promise.resolve(Buffer.from(text)); })(), options);
}
const told = ({ problems }: Verification): string[] => problems.map(({ line, stream, sequence, kind }) => `${line} ${stream ?? '-'} ${sequence ?? '-'} ${kind}`);
const without = (index: number): SegmentVerdict[] => records.filter((_, i) => i !== index);

test('interleaved signed streams are verified, each with its head', async () => {
  const result = await verify(records);
  assert.deepEqual(told(result), []);
  assert.deepEqual(result.streams.map(({ stream, records: n, signed, head }) => [stream, n, signed, head]), [
    ['cam', 6, 6, { sequence: 5, hash: records[10]!.hash }],
    ['hall', 6, 6, { sequence: 5, hash: records[11]!.hash }],
  ]);
});

test('one byte of any record, changed anywhere, is found in that line', async () => {
  const lines = records.map(verdictLine);
  const line = lines[4]!;
  // Every 97th place, and what a forger would go for.
  for (let at = 0; at < line.length - 1; at += 97) {
    const changed = `${line.slice(0, at)}${line[at] === '1' ? '2' : '1'}${line.slice(at + 1)}`;
    if (changed === line) continue;
    const result = await verify([...lines.slice(0, 4), changed, ...lines.slice(5)]);
    assert.equal(result.problems[0]?.line, 5, `${at}: ${line.slice(at - 20, at + 20)}: ${told(result).join()}`);
  }
});

test('a verdict rewritten with all its hashes is caught by its signature', async () => {
  const victim = records[10]!; // the newest of its stream: no later record links to it
  const { finding, provenance, evidence, previousHash } = victim;
  const resealed = sealVerdict({ finding: { ...finding, warnings: [{ code: 'X', message: 'made up' }] }, provenance, evidence }, previousHash);
  const replaced = (record: SegmentVerdict): SegmentVerdict[] => records.map((old, i) => (i === 10 ? record : old));
  assert.deepEqual(told(await verify(replaced(resealed), {})), [], 'which the chain alone does not show');
  assert.deepEqual(told(await verify(replaced(resealed))), ['11 cam 5 unsigned']);
  assert.deepEqual(told(await verify(replaced({ ...resealed, signature: victim.signature! }))), ['11 cam 5 signature']);
  assert.deepEqual(told(await verify(replaced(sign([resealed], theirs.privatePem)[0]!))), ['11 cam 5 other-key']);
  const disguised = { ...sign([resealed], theirs.privatePem)[0]!, signature: { keyId: ours.keyId, value: createSigner(theirs.privatePem, 't').sign(resealed).signature!.value } };
  assert.deepEqual(told(await verify(replaced(disguised))), ['11 cam 5 signature']);
});

test('a record that was removed shows at the one after it, in its stream alone', async () => {
  assert.deepEqual(told(await verify(without(4))), ['6 cam 3 link', '6 cam 3 sequence-gap']);
  assert.deepEqual(told(await verify(without(0))), ['2 cam 1 link']);
});

test('records that were swapped, or given twice, show', async () => {
  const swapped = [...records];
  [swapped[4], swapped[6]] = [swapped[6]!, swapped[4]!];
  assert.deepEqual([...new Set(told(await verify(swapped)).map((text) => text.split(' ').slice(0, 3).join(' ')))], ['5 cam 3', '7 cam 2', '9 cam 4']);
  assert.deepEqual(told(await verify([...records, records[11]!])), ['13 hall 5 link', '13 hall 5 sequence-repeat']);
});

test('a record moved from another stream shows', async () => {
  const moved = [...records];
  moved[5] = { ...records[4]!, finding: { ...records[4]!.finding, stream: 'hall' } };
  assert.deepEqual(told(await verify(moved)).slice(0, 2), ['6 hall 2 finding-digest', '6 hall 2 hash']);
});

test('a last line that was cut off is named, and what came before it is still verified', async () => {
  const text = records.map(verdictLine).join('');
  for (const cut of [text.slice(0, -1), text.slice(0, -400)]) {
    const result = await verify(cut);
    assert.deepEqual(told(result), ['12 - - unreadable']);
    assert.match(result.problems[0]!.message, /cut off/);
    assert.equal(result.records, 11);
  }
});

test('a newest record that was cut off whole shows in the head alone', async () => {
  const result = await verify(records.slice(0, -1));
  assert.deepEqual(told(result), []);
  assert.deepEqual(result.streams[1]?.head, { sequence: 4, hash: records[9]!.hash });
});

test('a part of a stream is verified only where that is asked for', async () => {
  assert.deepEqual(told(await verify(records.slice(4))), ['1 cam 2 link', '2 hall 2 link']);
  assert.deepEqual(told(await verify(records.slice(4), { ...WITH_KEY, partial: true })), []);
  assert.deepEqual(told(await verify(without(4).slice(2), { ...WITH_KEY, partial: true })), ['4 cam 3 link', '4 cam 3 sequence-gap']);
});

test('numbers that are missing in an unbroken chain are noted and no problem', async () => {
  const [first, , third] = await landscape('feed', 3);
  const linked = sealVerdict(third!, first!.hash);
  const result = await verify([first!, linked], {});
  assert.deepEqual([told(result), result.gaps.map(({ line, message }) => `${line} ${message}`)], [[], ['2 sequence 2 follows 0: 1 missing']]);
});

test('a segment that came late, where its number was missing, is noted and no problem; one that came twice is', async () => {
  const [first, second, third] = await landscape('feed', 3);
  const after = sealVerdict(third!, first!.hash);
  const late = sealVerdict(second!, after.hash);
  const result = await verify([first!, after, late], {});
  assert.deepEqual([told(result), result.gaps.map(({ line, kind }) => `${line} ${kind}`)], [[], ['2 sequence-gap', '3 sequence-late']]);
  assert.deepEqual(told(await verify([first!, after, late, sealVerdict(second!, late.hash)], {})), ['4 feed 1 sequence-repeat']);
});

test('broken accounting is refused even where every hash is right', async () => {
  const [record] = await landscape('feed', 1);
  const finding = { ...record!.finding, frames: { ...record!.finding.frames, present: 1 } };
  const result = await verify([{ ...record!, finding }], {});
  assert.match(result.problems[0]!.message, /finding\.frames\.present: is not sampled \+ notSampled \+ undecodable/);
});

test('unsigned records are well without a key, and problems with one; problems are bounded', async () => {
  const unsigned = records.map(({ signature: _signature, ...rest }) => rest);
  assert.deepEqual(told(await verify(unsigned, {})), []);
  const result = await verify(unsigned, { ...WITH_KEY, maxProblems: 5 });
  assert.deepEqual([result.problems.length, result.problemCount], [5, 12]);
});
