import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FramewitnessError } from '../../src/domain/errors.js';
import { segmentFile } from '../../src/media/file-segmenter.js';
import { VIDEO_CLIPS, makeClip, type ClipName } from './clips.js';
import { GENEROUS, cut, decode, wholeFile, type DecodedDigest } from './decoding.js';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'framewitness-segmenter-'));
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

function put(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const codeOf = (error: unknown): string | undefined => (error instanceof FramewitnessError ? error.code : undefined);

/** Frames lost at each cut, where the source has open GOPs: leading pictures of the second and third segment. */
const LOST_AT_CUTS: Readonly<Partial<Record<ClipName, number>>> = { 'h264-open-gop': 4, 'hevc-open-gop': 4, mpeg1: 4, mpeg2: 4, mpeg4: 3, 'mpeg4-packed': 1 };

describe('a file cut into segments decodes to the frames, times and pixels of the whole file', () => {
  for (const name of VIDEO_CLIPS) {
    test(name, async () => {
      const path = makeClip(name);
      const whole = await decode(wholeFile(readFileSync(path)));
      const { segments, error } = await cut(path);
      assert.equal(error, undefined);
      assert.equal(segments.length, name === 'h264-one-keyframe' ? 1 : name === 'h264-29.97' ? 2 : 3);
      const pieces: DecodedDigest[] = [];
      let present = 0;
      let undecodable = 0;
      for (const [index, segment] of segments.entries()) {
        assert.equal(segment.sequence, index);
        assert.equal(segment.sha256, createHash('sha256').update(segment.media).digest('hex'));
        assert.deepEqual(segment.warnings, []);
        const part = await decode(segment);
        assert.deepEqual(part.video, whole.video);
        assert.equal(part.accounting.firstPtsMicros, segment.ptsStartMicros);
        pieces.push(...part.frames);
        present += part.accounting.present;
        undecodable += part.accounting.undecodable;
      }
      assert.equal(present, whole.accounting.present);
      assert.equal(undecodable, LOST_AT_CUTS[name] ?? 0);
      assert.equal(pieces.length, present - undecodable);
      const expected = new Map(whole.frames.map((frame) => [frame.ptsMicros, frame.pixels]));
      for (const frame of pieces) assert.equal(frame.pixels, expected.get(frame.ptsMicros), `pixels at ${frame.ptsMicros}`);
      assert.ok(pieces.every(({ ptsMicros }, index) => index === 0 || ptsMicros > pieces[index - 1]!.ptsMicros), 'times must rise');
    });
  }
});

test('what is lost at an open GOP is said as such, and not as damage', async () => {
  for (const name of ['h264-open-gop', 'hevc-open-gop', 'mpeg1', 'mpeg4'] as const) {
    const { segments } = await cut(makeClip(name));
    const warnings = (await Promise.all(segments.map((segment) => decode(segment)))).map((part) => part.warnings.map(({ code }) => code));
    assert.deepEqual(warnings, [[], ['FW_SEGMENT_OPEN_GOP'], ['FW_SEGMENT_OPEN_GOP']], name);
  }
});

test('the same file gives the same bytes', async () => {
  for (const name of ['h264-b-frames', 'h264-trimmed', 'vp8', 'theora'] as const) {
    const [first, second] = [await cut(makeClip(name)), await cut(makeClip(name))];
    assert.deepEqual(second.segments.map(({ sha256 }) => sha256), first.segments.map(({ sha256 }) => sha256));
  }
});

test('a segment ends at the first keyframe at or after the target', async () => {
  const starts = async (targetMicros: number): Promise<readonly number[]> => (await cut(makeClip('h264-b-frames'), targetMicros)).segments.map(({ ptsStartMicros }) => ptsStartMicros);
  assert.deepEqual(await starts(1), [0, 1_000_000, 2_000_000]);
  assert.deepEqual(await starts(1_000_000), [0, 1_000_000, 2_000_000]);
  assert.deepEqual(await starts(1_000_001), [0, 2_000_000]);
  assert.deepEqual(await starts(60_000_000), [0]);
});

describe('limits cut a segment short, and what follows it is counted', () => {
  for (const [what, limits] of [['FW_LIMIT_SEGMENT_FRAMES', { ...GENEROUS, maxSegmentFrames: 30 }], ['FW_LIMIT_SEGMENT_BYTES', { ...GENEROUS, maxSegmentBytes: 60_000 }]] as const) {
    test(what, async () => {
      const { segments, error } = await cut(makeClip('h264-one-keyframe'), 1_000_000, limits);
      assert.equal(error, undefined);
      assert.ok(segments.length >= 3, `${segments.length} segments`);
      assert.deepEqual(segments[0]!.warnings.map(({ code }) => code), [what]);
      let present = 0;
      for (const [index, segment] of segments.entries()) {
        assert.ok(segment.media.length <= limits.maxSegmentBytes, `${segment.media.length} bytes`);
        const { accounting } = await decode(segment, { limits });
        present += accounting.present;
        // Frames at the very end of the first piece may refer to frames that the limit cut off.
        assert.equal(accounting.wanted > 0, index === 0);
        if (index > 0) assert.equal(accounting.undecodable, accounting.present);
        if (index > 0) assert.equal(segment.warnings[0]?.code, 'FW_SEGMENT_UNDECODABLE');
      }
      assert.equal(present, 75);
    });
  }
});

describe('bad input', () => {
  const failsWith = async (path: string, code: string): Promise<void> => {
    const { segments, error } = await cut(path);
    assert.equal(codeOf(error), code, String(error));
    assert.equal(segments.length, 0);
  };
  test('missing', () => failsWith(join(folder, 'absent.mp4'), 'FW_INPUT_NOT_FOUND'));
  test('a folder', () => failsWith(folder, 'FW_INPUT_UNREADABLE'));
  test('empty', () => failsWith(put('empty.mp4', new Uint8Array(0)), 'FW_INPUT_EMPTY'));
  test('text', () => failsWith(put('text.mp4', Buffer.from('No film.\n'.repeat(999))), 'FW_INPUT_NOT_MEDIA'));
  test('sound only', () => failsWith(makeClip('audio-only'), 'FW_INPUT_NO_VIDEO'));
  test('an MP4 without its index', () => failsWith(put('headless.mp4', readFileSync(makeClip('h264-b-frames')).subarray(0, 60_001)), 'FW_INPUT_TRUNCATED'));
  test('a link that leads to itself', () => {
    symlinkSync('loop.mp4', join(folder, 'loop.mp4'));
    return failsWith(join(folder, 'loop.mp4'), 'FW_INPUT_UNREADABLE');
  });

  for (const name of ['h264-moov-first', 'h264-fragmented', 'h264-mkv', 'h264-ts', 'mjpeg'] as const) {
    test(`${name}, cut off in the middle: what came before is emitted, then FW_INPUT_TRUNCATED`, async () => {
      const bytes = readFileSync(makeClip(name));
      const { segments, error } = await cut(put(`cut-${name}`, bytes.subarray(0, Math.floor(bytes.length * 0.7) | 1)));
      assert.equal(codeOf(error), 'FW_INPUT_TRUNCATED', String(error));
      assert.ok(segments.length >= 2, `${segments.length} segments`);
      const whole = new Map((await decode(wholeFile(bytes))).frames.map((frame) => [frame.ptsMicros, frame.pixels]));
      for (const segment of segments) for (const frame of (await decode(segment)).frames) assert.equal(frame.pixels, whole.get(frame.ptsMicros));
    });
  }

  for (const [how, damage] of [['deleted', unlinkSync], ['shortened', (path: string) => truncateSync(path, 1000)]] as const) {
    test(`${how} while it is read: FW_INPUT_VANISHED`, async () => {
      // Large enough that it is not read at once.
      const clip = readFileSync(makeClip('h264-ts'));
      const path = put(`${how}.ts`, Buffer.concat(Array.from({ length: 40 }, () => clip)));
      let segments = 0;
      const reading = async (): Promise<void> => {
        for await (const { sequence } of segmentFile({ path, stream: 'test' }, { targetMicros: 1_000_000, limits: GENEROUS })) {
          segments += 1;
          if (sequence === 0) damage(path);
        }
      };
      await assert.rejects(reading(), (error) => codeOf(error) === 'FW_INPUT_VANISHED');
      assert.ok(segments >= 1, 'no segment came before');
    });
  }
});

test('a clock that jumps back goes on: stream time rises through joined recordings', async () => {
  const clip = readFileSync(makeClip('h264-ts'));
  const { segments } = await cut(put('joined.ts', Buffer.concat([clip, clip, clip])));
  const starts = segments.map(({ ptsStartMicros }) => ptsStartMicros);
  assert.ok(starts.length >= 7, `${starts.length} segments`);
  assert.ok(starts.every((start, index) => index === 0 || start > starts[index - 1]!), starts.join(' '));
  let present = 0;
  for (const segment of segments) present += (await decode(segment)).accounting.present;
  assert.equal(present, 225);
});

describe('standard input', () => {
  const program = new URL('./segment-stdin.ts', import.meta.url).pathname;
  const fromPipe = async (bytes: Uint8Array): Promise<unknown> => {
    const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    let answer = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
    child.stdin.on('error', () => undefined);
    child.stdin.end(bytes);
    await new Promise((resolve) => child.on('close', resolve));
    return JSON.parse(answer);
  };
  for (const name of ['h264-b-frames', 'h264-mkv', 'h264-ts'] as const) {
    test(`${name}: the segments of the file`, async () => {
      const spools = (): number => readdirSync(tmpdir()).filter((entry) => /^framewitness-[A-Za-z0-9]{6}$/.test(entry)).length;
      const before = spools();
      const { segments } = await cut(makeClip(name));
      assert.deepEqual(await fromPipe(readFileSync(makeClip(name))), { digests: segments.map(({ sha256 }) => sha256), error: null });
      assert.equal(spools(), before);
    });
  }
  test('nothing and text', async () => {
    assert.deepEqual(await fromPipe(new Uint8Array(0)), { digests: [], error: 'FW_INPUT_EMPTY' });
    assert.deepEqual(await fromPipe(Buffer.from('No film.\n'.repeat(999))), { digests: [], error: 'FW_INPUT_NOT_MEDIA' });
  });
});

test('ending early closes the file, also when nothing was taken', async () => {
  const open = (): number => readdirSync('/proc/self/fd').length;
  const before = open();
  for (let index = 0; index < 20; index += 1) {
    for await (const { sequence } of segmentFile({ path: makeClip('h264-b-frames'), stream: 'test' }, { targetMicros: 1, limits: GENEROUS })) {
      assert.equal(sequence, 0);
      break;
    }
  }
  assert.ok(open() <= before + 2, `${before} descriptors became ${open()}`);
});

test('damaged bits: the accounting adds up, and no frame is delivered that is not what was encoded', async () => {
  for (const name of ['h264-moov-first', 'mpeg1', 'h264-ts'] as const) {
    const bytes = readFileSync(makeClip(name));
    const whole = new Map((await decode(wholeFile(bytes))).frames.map((frame) => [frame.ptsMicros, frame.pixels]));
    let lost = 0;
    for (let seed = 1; seed <= 4; seed += 1) {
      const damaged = Buffer.from(bytes);
      let state = seed * 2654435761;
      // A run of zeros: damage as disks and networks make it, which decoders can notice; single flipped bits they often cannot.
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const at = Math.floor(bytes.length * (0.3 + 0.5 * (state / 2 ** 32)));
      damaged.fill(0, at, at + 3000);
      const { segments } = await cut(put(`damaged-${name}-${seed}`, damaged));
      for (const segment of segments) {
        const { accounting, frames, warnings } = await decode(segment);
        const { present, wanted, notWanted, undecodable } = accounting;
        assert.equal(present, wanted + notWanted + undecodable);
        assert.equal(frames.length, wanted);
        lost += undecodable;
        assert.equal(warnings.length > 0, undecodable > 0);
        // A container that loses a packet shifts nothing: times are the packets' own.
        for (const frame of frames) if (name === 'h264-moov-first') assert.equal(frame.pixels, whole.get(frame.ptsMicros), `${name}, seed ${seed}, ${frame.ptsMicros}`);
      }
    }
    assert.ok(lost > 0, `${name}: no damage was noticed`);
  }
});
