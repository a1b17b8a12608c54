import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FramewitnessError } from '../../../src/domain/errors.js';
import { isArchive, openArchive, type Archive } from '../../../src/transports/archive/reader.js';
import { archiveSegments } from '../../../src/transports/archive/source.js';
import { openArchiveWriter, type ArchiveWriter } from '../../../src/transports/archive/writer.js';
import type { SegmentEntry } from '../../../src/transports/archive/format.js';

const ORIGIN = { origin: { kind: 'kafka' as const, segments: 'segments', verdicts: 'verdicts' }, selection: { streams: ['cam'] } };
const media = (text: string): Buffer => Buffer.from(`\u0000\u0000\u0000\u0000ftyp${text}`);
const positions = (offset: number): { segments: Record<string, string>; verdicts: Record<string, string> } => ({ segments: { 0: String(offset) }, verdicts: {} });
const newFolder = (): string => join(mkdtempSync(join(tmpdir(), 'framewitness-archive-')), 'archive');

async function add(writer: ArchiveWriter, sequence: number, stream = 'cam'): Promise<void> {
  const bytes = media(`${stream} ${sequence}`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await writer.addSegment({ stream, sequence, ptsStartMicros: sequence * 2_000_000, contentType: 'video/mp4', sha256, claim: false, warnings: [], source: { kind: 'kafka', name: 'segments', partition: 0, offset: String(sequence) }, timestampMillis: 1000 + sequence }, bytes);
}

async function sequences(archive: Archive, stream = 'cam'): Promise<number[]> {
  const found: number[] = [];
  for await (const entry of archive.entries(stream)) if (entry.kind === 'segment') found.push(entry.sequence);
  return found;
}
const code = (wanted: string) => (error: unknown): boolean => error instanceof FramewitnessError && error.code === wanted;

test('what is written is read back, streams interleaved, with names that are hostile', async () => {
  const folder = newFolder();
  const hostile = '../../etc/passwd\u202e';
  const writer = await openArchiveWriter(folder, ORIGIN);
  for (const i of [0, 1]) for (const stream of ['cam', hostile]) await add(writer, i, stream);
  await writer.addEntry({ kind: 'end', stream: 'cam', sequence: 2, source: { kind: 'kafka', name: 'segments', partition: 0, offset: '4' }, timestampMillis: 1004 });
  await writer.addVerdict(Buffer.from('{"a":1}'));
  await writer.complete(positions(5));
  await writer.close();
  const archive = await openArchive(folder);
  assert.equal(await isArchive(folder), true);
  assert.deepEqual([...archive.streams], [['cam', 3], [hostile, 2]]);
  assert.equal(readFileSync(archive.verdicts, 'utf8'), '{"a":1}\n');
  const segments = [];
  for await (const segment of archiveSegments(archive, hostile)) segments.push(segment);
  assert.deepEqual(segments.map(({ sequence, ptsStartMicros, media: bytes, source }) => [sequence, ptsStartMicros, Buffer.from(bytes).toString().slice(8), source.kind, source.offset]), [0, 1].map((i) => [i, i * 2_000_000, `${hostile} ${i}`, 'archive', String(i)]));
  for (const name of readdirSync(join(folder, 'segments'), { recursive: true, encoding: 'utf8' })) assert.match(name, /^[0-9a-f]{2}(?:\/[0-9a-f]{64}\.mp4)?$/);
});

test('an interrupted archive goes on where it was committed, and what was not committed does not count', async () => {
  const folder = newFolder();
  const first = await openArchiveWriter(folder, ORIGIN);
  await add(first, 0);
  await first.commit(positions(1));
  await add(first, 1);
  await first.close();
  appendFileSync(join(folder, 'index.jsonl'), '{"half a li');
  assert.deepEqual(await sequences(await openArchive(folder)), [0]);
  const second = await openArchiveWriter(folder, ORIGIN);
  assert.deepEqual(second.positions, positions(1));
  await add(second, 1);
  await add(second, 2);
  await second.complete(positions(3));
  await second.close();
  const archive = await openArchive(folder);
  assert.deepEqual(await sequences(archive), [0, 1, 2]);
  assert.equal(archive.manifest.complete, true);
});

test('a folder with other things, or an archive of something else, is not written to', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-archive-'));
  writeFileSync(join(folder, 'letter.txt'), 'mine');
  await assert.rejects(openArchiveWriter(folder, ORIGIN), code('FW_ARCHIVE_INVALID'));
  assert.deepEqual(readdirSync(folder), ['letter.txt']);
  const other = newFolder();
  await (await openArchiveWriter(other, ORIGIN)).close();
  await assert.rejects(openArchiveWriter(other, { ...ORIGIN, selection: { streams: ['hall'] } }), code('FW_ARCHIVE_INVALID'));
});

async function written(): Promise<{ folder: string; entry: SegmentEntry; archive: Archive }> {
  const folder = newFolder();
  const writer = await openArchiveWriter(folder, ORIGIN);
  for (const i of [0, 1, 2]) await add(writer, i);
  await writer.complete(positions(3));
  await writer.close();
  const archive = await openArchive(folder);
  const entries: SegmentEntry[] = [];
  for await (const entry of archive.entries('cam')) if (entry.kind === 'segment') entries.push(entry);
  return { folder, entry: entries[1]!, archive };
}

test('a segment that was changed, cut or removed is refused, and the others are given', async () => {
  for (const spoil of [(path: string) => writeFileSync(path, media('cam 9')), (path: string) => writeFileSync(path, 'short'), (path: string) => rmSync(path)]) {
    const { folder, entry, archive } = await written();
    spoil(join(folder, entry.file));
    await assert.rejects(archive.media(entry), code('FW_ARCHIVE_DAMAGED'));
    const given: number[] = [];
    await assert.rejects(async () => {
      for await (const { sequence } of archiveSegments(archive, 'cam')) given.push(sequence);
    }, code('FW_ARCHIVE_DAMAGED'));
    assert.deepEqual(given, [0, 2]);
  }
});

test('an index that was changed is refused, however it was', async () => {
  const changes: ((text: string) => string)[] = [
    (text) => text.replace('"sequence":1', '"sequence":7'),
    (text) => text.slice(0, text.lastIndexOf('{')),
    (text) => text.replace(/segments\/[0-9a-f]{2}\/[0-9a-f]{64}/, `segments/00/${'0'.repeat(64)}`),
    (text) => text.replace(/"file":"[^"]*"/, '"file":"../../../etc/passwd"'),
  ];
  for (const change of changes) {
    const { folder } = await written();
    const path = join(folder, 'index.jsonl');
    writeFileSync(path, change(readFileSync(path, 'utf8')));
    await assert.rejects(openArchive(folder), code('FW_ARCHIVE_INVALID'), String(change));
  }
});

test('what is no archive says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-archive-'));
  assert.equal(await isArchive(folder), false);
  await assert.rejects(openArchive(folder), code('FW_INPUT_NOT_FOUND'));
  writeFileSync(join(folder, 'archive.json'), '{"schema":"framewitness.archive/2"}');
  await assert.rejects(openArchive(folder), code('FW_ARCHIVE_INVALID'));
  assert.ok(existsSync(folder));
});
