/** Promise 2: the same stream, topology and models give the same verdicts, whatever else differs. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { parseDocument } from 'yaml';
import type { SegmentVerdict } from '../../src/domain/verdict.js';
import { readVerdicts, runCli } from '../support/cli.js';
import { REPOSITORY, SAMPLE_PATH, derivedClip } from '../support/sample.js';

const folder = mkdtempSync(join(tmpdir(), 'framewitness-invariance-'));

/** The shipped topology with some values changed. */
function topologyWith(name: string, changes: readonly (readonly [path: readonly string[], value: unknown])[]): string {
  const document = parseDocument(readFileSync(join(REPOSITORY, 'topology.yaml'), 'utf8'));
  for (const [path, value] of changes) document.setIn(path, value);
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, document.toString());
  return file;
}

/** Eight seconds around the sample's hard cut. */
const CLIP = await derivedClip('around-the-cut.mp4', ['-ss', '6', '-i', SAMPLE_PATH, '-frames:v', '200', '-c', 'copy']);

async function scan(name: string, more: readonly string[] = [], input = CLIP): Promise<Buffer> {
  const out = join(folder, `${name}.jsonl`);
  const result = await runCli(['scan', input, '--out', out, '--no-report', '--quiet', '--json', ...more]);
  assert.equal(result.code, 0, result.stderr);
  return readFileSync(out);
}

/** What was found, without regard to the segments that it was found in. */
function uncut(verdicts: readonly SegmentVerdict[]): { clips: string[]; faces: string[]; frames: number[] } {
  const tracks = verdicts.flatMap(({ finding }) => finding.tracks);
  const scores = tracks.flatMap(({ id, scores: own }) => own.map((score) => ({ id, ...score })));
  return {
    clips: scores.flatMap(({ id, model, clips }) => clips.map((clip) => `${model} track ${id} ${JSON.stringify(clip)}`)).sort(),
    faces: [
      ...tracks.flatMap(({ id, boxes }) => boxes.map((box) => `track ${id} ${JSON.stringify(box)}`)),
      ...scores.flatMap(({ id, model, frames }) => frames.map((frame) => `${model} track ${id} ${JSON.stringify(frame)}`)),
    ].sort(),
    frames: (['present', 'sampled', 'notSampled', 'undecodable', 'analysed'] as const).map((key) => verdicts.reduce((sum, { finding }) => sum + finding.frames[key], 0)),
  };
}

describe('verdict bytes', () => {
  let reference: Buffer;
  before(async () => {
    reference = await scan('reference', ['--workers', '2']);
  });

  test('are the same with 1, 2 and 4 workers', async () => {
    assert.ok(reference.equals(await scan('one', ['--workers', '1'])));
    assert.ok(reference.equals(await scan('four', ['--workers', '4'])));
  });

  test('are the same whatever a face shares its batch with', async () => {
    const batch = ['stages', 'score', 'batch'];
    for (const [maxItems, maxDelayMillis] of [[1, 0], [7, 5], [64, 200]] as const) {
      const topology = topologyWith(`batch-${maxItems}`, [[[...batch, 'maxItems'], maxItems], [[...batch, 'maxDelayMillis'], maxDelayMillis]]);
      assert.ok(reference.equals(await scan(`batch-${maxItems}`, ['--topology', topology])), `batches of ${maxItems}`);
    }
  });

  test('are the same when the file is scanned among others', async () => {
    const other = await derivedClip('other.mp4', ['-ss', '12', '-i', SAMPLE_PATH, '-frames:v', '50', '-c', 'copy']);
    const out = join(folder, 'among.jsonl');
    const result = await runCli(['scan', other, CLIP, '--out', out, '--no-report', '--quiet', '--json']);
    assert.equal(result.code, 0, result.stderr);
    const own = readFileSync(out, 'utf8').split('\n').filter((line) => line.includes(`"stream":${JSON.stringify(CLIP)}`));
    assert.equal(`${own.join('\n')}\n`, reference.toString('utf8'));
  });
});

describe('where the stream was cut', () => {
  const cutAt = async (name: string, seconds: number, input: string): Promise<readonly SegmentVerdict[]> => {
    await scan(name, ['--topology', topologyWith(name, [[['segments', 'targetSeconds'], seconds]])], input);
    return readVerdicts(join(folder, `${name}.jsonl`));
  };

  test('changes neither clips nor tracks nor scores', async () => {
    const whole = await cutAt('whole', 600, CLIP);
    assert.equal(whole.length, 1);
    const cut = await cutAt('cut', 2, CLIP);
    assert.equal(cut.length, 4);
    assert.deepEqual(uncut(cut), uncut(whole));
  });

  test('changes nothing at 29.97 frames a second with B-frames, where a segment rarely begins on the grid', async () => {
    const clip = await derivedClip('ntsc.mp4', ['-i', CLIP, '-r', '30000/1001', '-c:v', 'libx264', '-preset', 'veryfast', '-bf', '3', '-g', '23', '-threads', '1']);
    const whole = await cutAt('ntsc-whole', 600, clip);
    const cut = await cutAt('ntsc-cut', 0.5, clip);
    assert.ok(cut.length > 8);
    assert.deepEqual(uncut(cut), uncut(whole));
    assert.ok(uncut(whole).clips.length > 3);
  });

  test('of an open group of pictures loses leading frames, and accounts for each', async () => {
    const clip = await derivedClip('open-gop.mp4', ['-i', CLIP, '-t', '6', '-c:v', 'libx264', '-preset', 'veryfast', '-bf', '3', '-x264-params', 'open-gop=1:keyint=23:min-keyint=23:scenecut=0:b-adapt=0', '-threads', '1']);
    const [whole, cut] = [uncut(await cutAt('open-whole', 600, clip)), uncut(await cutAt('open-cut', 1, clip))];
    const [present, sampled, notSampled, undecodable] = cut.frames as [number, number, number, number, number];
    assert.equal(present, whole.frames[0]);
    assert.equal(present, sampled + notSampled + undecodable);
    assert.ok(undecodable > 0 && undecodable < 30, `${undecodable} frames lost`);
    assert.equal(whole.frames[3], 0);
  });
});
