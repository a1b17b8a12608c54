/** Verdicts of the sample, derived again: what an auditor does. */
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { EXIT } from '../../src/cli/exit-codes.js';
import type { ReplayResult } from '../../src/verdicts/replay-result.js';
import type { ReplaySummary } from '../../src/verdicts/replay-summary.js';
import { readVerdicts, runCli } from '../support/cli.js';
import { REPOSITORY, shortClip } from '../support/sample.js';

const folder = mkdtempSync(join(tmpdir(), 'framewitness-replay-'));
const archive = join(folder, 'archive');
const verdicts = join(folder, 'verdicts.jsonl');
let clip: string;

/** 8 seconds of the sample: four segments with one face. */
before(async () => {
  clip = await shortClip(8, 'mp4');
  assert.equal((await runCli(['scan', clip, '--out', verdicts, '--no-report', '-q'])).code, EXIT.ok);
  const made = await runCli(['archive', clip, '--verdicts', verdicts, '--out', archive, '-q']);
  assert.equal(made.code, EXIT.ok, made.stderr);
});

async function replay(...args: string[]): Promise<{ code: number | null; summary: ReplaySummary; stderr: string }> {
  const { code, stdout, stderr } = await runCli(['replay', ...args, '--json', '-q']);
  return { code, stderr, summary: JSON.parse(stdout === '' ? '{}' : stdout) as ReplaySummary };
}
const told = ({ notable }: ReplaySummary): string[] => notable.map(({ sequence, outcome, obstacle }: ReplayResult) => `${sequence} ${outcome} ${obstacle?.kind ?? ''}`.trim());
/** A copy of the archive whose index and verdicts the test may change. */
function copyOf(name: string, change: { index?: (lines: string[]) => string[]; verdicts?: (lines: string[]) => string[] }): string {
  const copy = join(folder, name);
  cpSync(archive, copy, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(copy, 'archive.json'), 'utf8')) as Record<'index' | 'verdicts', { bytes: number; lines: number; sha256: string | null }>;
  for (const part of ['index', 'verdicts'] as const) {
    const path = join(copy, `${part}.jsonl`);
    const lines = (change[part] ?? ((same: string[]) => same))(readFileSync(path, 'utf8').trimEnd().split('\n'));
    const text = lines.map((line) => `${line}\n`).join('');
    writeFileSync(path, text);
    manifest[part] = { bytes: Buffer.byteLength(text), lines: lines.length, sha256: null };
  }
  writeFileSync(join(copy, 'archive.json'), JSON.stringify(manifest));
  return copy;
}
const isSegment = (sequence: number) => (line: string): boolean => line.includes(`"sequence":${sequence},`);

test('the same build gives every verdict again, to the byte, and says so in a table, a page and the exit code', async () => {
  const page = join(folder, 'replay.html');
  const results = join(folder, 'results.jsonl');
  const { code, stdout } = await runCli(['replay', archive, '--out', results, '--report', page, '-q']);
  assert.equal(code, EXIT.ok, stdout);
  assert.match(stdout, /Replayed: all 4 verdicts are identical\./);
  assert.match(readFileSync(page, 'utf8'), /<h1>Replayed: all 4 verdicts are identical<\/h1>/);
  const lines = readFileSync(results, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as ReplayResult);
  assert.deepEqual(lines.map(({ derived }) => derived?.findingDigest), readVerdicts(verdicts).map(({ findingDigest }) => findingDigest));
});

test('files are replayed against the verdicts of their scan, and scan reads the archive', async () => {
  const { code, summary } = await replay(clip, '--verdicts', verdicts);
  assert.deepEqual([code, summary.counts.identical], [EXIT.ok, 4]);
  const again = join(folder, 'again.jsonl');
  assert.equal((await runCli(['scan', archive, '--out', again, '--no-report', '-q'])).code, EXIT.ok);
  assert.deepEqual(readVerdicts(again).map(({ findingDigest }) => findingDigest), readVerdicts(verdicts).map(({ findingDigest }) => findingDigest));
  assert.equal(readVerdicts(again)[0]?.provenance.source.kind, 'archive');
});

test('one threshold changed: the labels that change are named, and nothing else', async () => {
  const strict = join(folder, 'strict.yaml');
  writeFileSync(strict, readFileSync(join(REPOSITORY, 'topology.yaml'), 'utf8').replace('authenticAt: 0.28', 'authenticAt: 0.0001'));
  const { code, summary } = await replay(archive, '--topology', strict);
  assert.equal(code, EXIT.mismatch);
  assert.deepEqual([summary.counts.different, summary.flipped], [4, 4]);
  assert.ok(summary.provenance.some(({ difference }) => difference === 'thresholds.authenticAt: 0.28, now 0.0001'));
  for (const { flips, probabilityDelta, differences } of summary.notable) {
    assert.deepEqual(flips, [null, 1].map((track) => ({ track, recorded: 'authentic', derived: 'inconclusive' })));
    assert.equal(probabilityDelta, 0);
    assert.deepEqual(differences.map(({ path }) => path).sort(), ['reasons[0]', 'tracks[1].reasons[0]', 'tracks[1].verdict', 'verdict']);
  }
});

test('another model is a what-if that shows by how much', async () => {
  const { code, summary } = await replay(archive, '--model', 'frames=builtin:srm-residual-gru', '--segments', '2..2');
  assert.equal(code, EXIT.mismatch);
  assert.equal(summary.verdicts, 1);
  assert.ok(Math.abs(summary.streams[0]?.largestDelta ?? 0) > 0);
  assert.ok(summary.provenance.some(({ difference }) => difference.startsWith('models[')));
  const wrong = await runCli(['replay', archive, '--model', 'nobody=builtin:srm-residual']);
  assert.equal(wrong.code, EXIT.usage);
  assert.match(wrong.stderr, /no model nobody; it has frames, clips/);
});

test('a range is compared alone, by number or by media time, and rests on what came before it', async () => {
  const { code, summary } = await replay(archive, '--media-time', '0:04..0:06');
  assert.deepEqual([code, summary.verdicts, summary.counts.identical], [EXIT.ok, 2, 2]);
  assert.equal((await replay(archive, '--segments', '7..9')).code, EXIT.allFailed);
});

test('without the beginning of the stream nothing is called different', async () => {
  const cold = copyOf('cold', { index: (lines) => lines.filter((line) => !isSegment(0)(line)) });
  const { code, summary } = await replay(cold);
  assert.equal(code, EXIT.someFailed);
  assert.equal(summary.counts.different, 0);
  assert.ok(told(summary).includes('0 not-comparable no-segment'));
  for (const { obstacle, sequence } of summary.notable) if (sequence > 0) assert.match(obstacle?.detail ?? 'before 1', /before 1/);
  const later = copyOf('gap', { index: (lines) => lines.filter((line) => !isSegment(1)(line)) });
  const gap = await replay(later);
  assert.equal(gap.summary.counts.different, 0);
  assert.ok(told(gap.summary).includes('1 not-comparable no-segment'));
});

test('a segment that was exchanged is found out, though index and file agree', async () => {
  const exchanged = copyOf('exchanged', {
    index: (lines) => {
      const other = JSON.parse(lines.find(isSegment(3))!) as { file: string; sha256: string; bytes: number };
      return lines.map((line) => (isSegment(1)(line) ? JSON.stringify({ ...(JSON.parse(line) as object), file: other.file, sha256: other.sha256, bytes: other.bytes }) : line));
    },
  });
  const { code, summary } = await replay(exchanged, '--segments', '0..1');
  assert.equal(code, EXIT.someFailed);
  assert.deepEqual(told(summary), ['1 not-comparable other-bytes']);
  assert.match(summary.notable[0]?.obstacle?.detail ?? '', /is not the bytes that were judged/);
});

test('a segment whose file was damaged costs itself, and what rests on it is not called different', async () => {
  const damaged = copyOf('damaged', {});
  const entry = JSON.parse(readFileSync(join(damaged, 'index.jsonl'), 'utf8').split('\n')[1]!) as { file: string };
  rmSync(join(damaged, entry.file));
  const { code, summary } = await replay(damaged);
  assert.equal(code, EXIT.someFailed);
  assert.equal(summary.counts.different, 0);
  assert.equal(told(summary)[0], '1 not-comparable unreadable');
});

test('a recorded verdict that was forged, with all its hashes, comes out differently', async () => {
  const { sealVerdict, verdictLine } = await import('../../src/verdicts/chain.js');
  const forged = copyOf('forged', {
    verdicts: (lines) => {
      const { finding, provenance, evidence, previousHash } = readVerdicts(verdicts).at(-1)!;
      return [...lines.slice(0, -1), verdictLine(sealVerdict({ finding: { ...finding, warnings: [{ code: 'X', message: 'made up' }] }, provenance, evidence }, previousHash)).trimEnd()];
    },
  });
  const { code, summary } = await replay(forged);
  assert.equal(code, EXIT.mismatch);
  assert.deepEqual(told(summary), ['3 different']);
  assert.deepEqual(summary.notable[0]?.differences.map(({ path }) => path), ['warnings[0]']);
});

test('a verdict that was removed is told apart from a segment that was passed over', async () => {
  const removed = copyOf('removed', { verdicts: (lines) => lines.filter((_, i) => i !== 1) });
  const { code, summary } = await replay(removed);
  assert.equal(code, EXIT.someFailed);
  assert.deepEqual([told(summary), summary.counts.identical], [['1 not-comparable not-recorded'], 3]);
  assert.match(summary.notable[0]?.obstacle?.detail ?? '', /its record was removed/);
});

test('what cannot be asked for is said', async () => {
  copyFileSync(clip, join(folder, 'other.mp4'));
  for (const [args, word] of [[[join(folder, 'other.mp4')], '--verdicts'], [[archive, '--offsets', '3..'], '--partition'], [[archive, '--segments', 'x'], 'whole number'], [[], 'transport']] as const) {
    const { code, stderr } = await runCli(['replay', ...args]);
    assert.equal(code, EXIT.usage, stderr);
    assert.ok(stderr.includes(word), stderr);
  }
});
