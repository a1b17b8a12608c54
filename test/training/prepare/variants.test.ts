import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import sharp from 'sharp';
import { FfmpegCommand } from '../../../src/media/ffmpeg-command.js';
import { makeVariant, parseVariant, variantExtension } from '../../../src/training/prepare/variants.js';
import { SAMPLE_PATH, derivedClip } from '../../support/sample.js';

const folder = mkdtempSync(join(tmpdir(), 'framewitness-variants-'));
const NAMES = ['x264:40', 'jpeg:30', 'resize:0.5', 'blur:2', 'noise:5'];

async function made(input: string, kind: 'video' | 'image', name: string): Promise<string> {
  const variant = parseVariant(name);
  const path = join(folder, `${name.replace(':', '-')}${variantExtension(kind, variant)}`);
  await makeVariant(input, variant, path);
  return path;
}
const times = async (path: string): Promise<readonly string[]> => (await new FfmpegCommand().probe(path, ['-select_streams', 'v:0', '-show_entries', 'frame=pts_time,width,height', '-of', 'csv=p=0'])).stdout.trim().split('\n').flatMap((line) => (line === '' ? [] : [line.replace(/,$/, '')]));

describe('variants', () => {
  test('of a video keep its frames, their times and their size, and the same bytes are made again', async () => {
    const clip = await derivedClip('ten.mp4', ['-i', SAMPLE_PATH, '-frames:v', '10', '-c', 'copy']);
    const before = await times(clip);
    for (const name of NAMES) assert.deepEqual(await times(await made(clip, 'video', name)), before, name);
    const [first, again] = [readFileSync(join(folder, 'x264-40.mp4')), readFileSync(await made(clip, 'video', 'x264:40'))];
    assert.ok(first.equals(again));
  });

  test('of a picture keep its size and do what they are called', async () => {
    const still = await derivedClip('still.png', ['-i', SAMPLE_PATH, '-frames:v', '1']);
    const grey = async (path: string): Promise<Buffer> => sharp(path).greyscale().raw().toBuffer();
    const before = await grey(still);
    const { width, height } = await sharp(still).metadata();
    const distance = new Map<string, number>();
    for (const name of NAMES) {
      const path = await made(still, 'image', name);
      const size = await sharp(path).metadata();
      assert.deepEqual([size.width, size.height], [width, height], name);
      const after = await grey(path);
      distance.set(name, Math.sqrt(before.reduce((sum, value, i) => sum + (value - (after[i] ?? 0)) ** 2, 0) / before.length));
    }
    for (const [name, by] of distance) assert.ok(by > 0.2, `${name} changes nothing`);
    // Three channels of noise of 5 grey levels each, weighed into one.
    assert.ok(Math.abs((distance.get('noise:5') ?? 0) - 5) < 2.5, `${distance.get('noise:5')}`);
  });

  test('leave nothing behind where the input is broken', async () => {
    const broken = join(folder, 'broken.mp4');
    writeFileSync(broken, 'no video');
    const out = join(folder, 'never.mp4');
    await assert.rejects(makeVariant(broken, parseVariant('blur:1'), out), { code: 'FW_FFMPEG_FAILED' });
    assert.ok(!existsSync(out) && !existsSync(`${out}.part`));
  });

  test('are named by kind and value, and by nothing else', () => {
    assert.deepEqual(parseVariant('resize:0.50'), { kind: 'resize', value: 0.5, name: 'resize:0.5' });
    for (const wrong of ['x264', 'x264:', 'x264:1.5', 'x264:52', 'jpeg:0', 'blur:2:3', 'toString:1', 'resize:2']) assert.throws(() => parseVariant(wrong), { code: 'FW_VARIANT' }, wrong);
  });
});
