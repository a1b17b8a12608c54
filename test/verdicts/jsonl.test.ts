import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { FramewitnessError } from '../../src/domain/errors.js';
import type { SegmentVerdict } from '../../src/domain/verdict.js';
import { verdictLine } from '../../src/verdicts/chain.js';
import type { ReadOptions, VerdictLine } from '../../src/verdicts/jsonl.js';
import { openVerdictWriter, readVerdicts } from '../../src/verdicts/jsonl.js';
import { interview } from './records.js';

let records: readonly SegmentVerdict[];
before(async () => {
  records = await interview('größe – 視頻.mp4', 4);
});

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'framewitness-jsonl-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Bytes in chunks of `size`, so that lines and characters are split anywhere. */
async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function collect(text: string | Buffer, options: ReadOptions = {}, size = 4099): Promise<VerdictLine[]> {
  const out: VerdictLine[] = [];
  for await (const line of readVerdicts(chunked(Buffer.from(text as string), size), options)) out.push(line);
  return out;
}

test('what the writer wrote, the reader reads, with line numbers and places in bytes', async (t) => {
  const path = join(await folder(t), 'verdicts.jsonl');
  const writer = await openVerdictWriter(path);
  await Promise.all(records.slice(0, 3).map((r) => writer.write(r)));
  assert.equal(writer.written, 3);
  await writer.close();
  await writer.close();
  const more = await openVerdictWriter(path, { append: true });
  await more.write(records[3]!);
  await more.close();
  assert.equal(await readFile(path, 'utf8'), records.map(verdictLine).join(''));
  const read: VerdictLine[] = [];
  for await (const line of readVerdicts(path)) read.push(line);
  const lengths = records.map((record) => Buffer.byteLength(verdictLine(record)));
  const startOf = (i: number): number => lengths.slice(0, i).reduce((sum, length) => sum + length, 0);
  assert.deepEqual(read, records.map((record, i) => ({ line: i + 1, record, start: startOf(i), bytes: lengths[i]! - 1 })));
});

test('each line is in the file as soon as its write resolves', async (t) => {
  const path = join(await folder(t), 'verdicts.jsonl');
  const writer = await openVerdictWriter(path);
  t.after(() => writer.close());
  for (let i = 0; i < records.length; i++) {
    await writer.write(records[i]!);
    assert.equal((await readFile(path, 'utf8')).split('\n').length - 1, i + 1);
  }
});

test('chunk borders fall anywhere, inside characters too', async () => {
  const text = records.map(verdictLine).join('');
  for (const size of [1, 7, 65_536]) assert.equal((await collect(text, {}, size)).length, 4);
});

test('no line, no record', async () => {
  assert.deepEqual(await collect(''), []);
});

test('blank, garbled, truncated, rewritten and foreign lines are named with their number', async () => {
  const good = verdictLine(records[0]!);
  const cases: [RegExp, string | Buffer][] = [
    [/^Line 2 is blank\.$/, `${good}\n${good}`],
    [/^Line 2 is blank\.$/, `${good}\n`],
    [/^Line 2 is not JSON/, `${good}{"a":\n`],
    [/^Line 2 is not JSON .*cut off while it was written/, good + good.slice(0, 500)],
    [/^Line 2 ends without a line feed/, good + good.slice(0, -1)],
    [/^Line 1 is not JSON/, Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(good)])],
    [/^Line 1 is not JSON/, `\ufeff${good}`],
    [/^Line 2 is not a segment verdict: schema/, `${good}{"schema":"something/1"}\n`],
    [/^Line 1 is not a segment verdict/, '[]\n'],
    [/^Line 1 is not canonical JSON/, `${JSON.stringify(records[0])}\n`],
    [/^Line 1 is not canonical JSON/, good.replace('{', '{ ')],
    [/^Line 1 is not canonical JSON/, good.replace('\n', '\r\n')],
    [/^Line 1 is not canonical JSON/, good.replace('"evidence":', '"evidence":[],"evidence":')],
  ];
  for (const [pattern, text] of cases) {
    await assert.rejects(collect(text, { input: 'v.jsonl' }), (error: FramewitnessError) => {
      assert.match(error.message, pattern);
      assert.equal(error.code, 'FW_VERDICT_INVALID');
      assert.equal(error.location.input, 'v.jsonl');
      assert.equal(error.location.line, Number(/Line (\d)/.exec(error.message)?.[1]));
      return true;
    });
  }
});

test('a line longer than the bound is refused, not held', async () => {
  const good = verdictLine(records[0]!);
  const found: FramewitnessError[] = [];
  const read = await collect(`${'x'.repeat(400_000)}\n${good}`, { maxLineBytes: Buffer.byteLength(good), onProblem: (e) => found.push(e) });
  assert.deepEqual(read.map((r) => r.line), [2]);
  assert.match(found[0]!.message, /Line 1 is longer than \d+ bytes/);
});

test('with onProblem the good lines around bad ones are read', async () => {
  const found: number[] = [];
  const text = `${verdictLine(records[0]!)}nonsense\n\n${verdictLine(records[1]!)}{"cut`;
  const read = await collect(text, { onProblem: (e) => found.push(e.location.line ?? 0) });
  assert.deepEqual([read.map((r) => r.line), found], [[1, 4], [2, 3, 5]]);
});

test('files that cannot be read or written are named by the catalogue', async (t) => {
  const dir = await folder(t);
  await assert.rejects(readVerdicts(join(dir, 'none.jsonl')).next(), { code: 'FW_INPUT_NOT_FOUND' });
  await assert.rejects(readVerdicts(dir).next(), { code: 'FW_INPUT_UNREADABLE' });
  await assert.rejects(openVerdictWriter(join(dir, 'none', 'verdicts.jsonl')), { code: 'FW_OUTPUT_UNWRITABLE' });
  await writeFile(join(dir, 'empty.jsonl'), '');
  assert.equal((await readVerdicts(join(dir, 'empty.jsonl')).next()).done, true);
});

test('a writer that has been closed refuses more', async (t) => {
  const writer = await openVerdictWriter(join(await folder(t), 'v.jsonl'));
  await writer.close();
  await assert.rejects(writer.write(records[0]!), { code: 'FW_INTERNAL' });
});

test('a full disk fails the write and every later one', async () => {
  const writer = await openVerdictWriter('/dev/full');
  await assert.rejects(writer.write(records[0]!), { code: 'FW_OUTPUT_UNWRITABLE' });
  await assert.rejects(writer.write(records[1]!), { code: 'FW_OUTPUT_UNWRITABLE' });
  await assert.rejects(writer.close(), { code: 'FW_OUTPUT_UNWRITABLE' });
  assert.equal(writer.written, 0);
});
