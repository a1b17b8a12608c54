import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { FramewitnessError } from '../../src/domain/errors.js';
import { LibavDecoder } from '../../src/media/libav-decoder.js';
import { VIDEO_CLIPS, makeClip, probeFrames, type ClipName } from './clips.js';
import { GENEROUS, decode, wholeFile } from './decoding.js';

const media = (name: ClipName): Uint8Array => readFileSync(makeClip(name));
const rejectsWith = (code: string) => (error: unknown): boolean => error instanceof FramewitnessError && error.code === code;

describe('every kind of clip', () => {
  for (const name of VIDEO_CLIPS) {
    test(`${name}: as many frames as ffprobe counts, at its times, selective as full`, async () => {
      const probed = probeFrames(makeClip(name));
      const full = await decode(wholeFile(media(name)), { selective: false });
      assert.deepEqual(full.warnings, []);
      assert.equal(full.accounting.present, probed.count);
      assert.equal(full.accounting.undecodable, 0);
      assert.equal(full.frames.length, probed.count);
      assert.ok(full.frames.every(({ ptsMicros }, index) => index === 0 || ptsMicros > full.frames[index - 1]!.ptsMicros), 'times must rise');
      // AVI and elementary streams have no presentation times for ffprobe to say.
      if (probed.micros.every((time) => !Number.isNaN(time))) assert.deepEqual(full.frames.map(({ ptsMicros }) => ptsMicros), [...probed.micros].sort((a, b) => a - b));

      const pixels = new Map(full.frames.map((frame) => [frame.ptsMicros, frame.pixels]));
      assert.ok(new Set(pixels.values()).size > full.frames.length / 2, 'frames of the test picture differ from each other');
      const selective = await decode(wholeFile(media(name)), { framesPerSecond: 8, selective: true });
      const { present, wanted, notWanted, undecodable } = selective.accounting;
      assert.equal(present, wanted + notWanted + undecodable);
      assert.equal(undecodable, 0);
      assert.equal(wanted, selective.frames.length);
      assert.ok(wanted >= 16 && wanted <= 25, `${wanted} frames on the grid`);
      for (const frame of selective.frames) assert.equal(frame.pixels, pixels.get(frame.ptsMicros), `pixels at ${frame.ptsMicros}`);
    });
  }
});

describe('what is said of a stream', () => {
  const cases: readonly (readonly [ClipName, Partial<Awaited<ReturnType<typeof decode>>['video']>])[] = [
    ['h264-b-frames', { codec: 'h264', pixelFormat: 'yuv420p', width: 160, height: 120, rotation: 0, matrix: 'bt601', range: 'limited' }],
    ['h264-rotated', { width: 120, height: 160, rotation: 270 }],
    ['h264-odd-size', { width: 161, height: 121, pixelFormat: 'yuv444p' }],
    ['vp9-odd-size', { codec: 'vp9', width: 161, height: 121 }],
    ['h264-full-range', { range: 'full' }],
    ['h264-709-labelled', { matrix: 'bt709', range: 'limited' }],
    ['h264-rgb', { pixelFormat: 'gbrp', matrix: 'bt601', range: 'limited' }],
    ['h264-10-bit', { pixelFormat: 'yuv420p10le' }],
    ['mjpeg', { pixelFormat: 'yuvj422p', range: 'full' }],
  ];
  for (const [name, expected] of cases) {
    test(`${name}: ${JSON.stringify(expected)}`, async () => {
      const { video } = await decode(wholeFile(media(name)), { framesPerSecond: 1 });
      assert.deepEqual({ ...video, ...expected }, video);
    });
  }
});

test('planes have the stored size, chroma rounded up', async () => {
  const decoding = await new LibavDecoder().open(wholeFile(media('vp9-odd-size')), { grid: { framesPerSecond: 1 }, limits: GENEROUS, selective: true });
  for await (const { frame } of decoding.frames()) {
    assert.deepEqual([frame.storedWidth, frame.storedHeight], [161, 121]);
    assert.ok(frame.strides[1] >= 81 && frame.planes[1].length >= frame.strides[1] * 60 + 81, 'chroma is too small');
  }
});

test('a later segment starts with a tentative frame, a stream does not', async () => {
  const first = await decode(wholeFile(media('h264-b-frames')), { framesPerSecond: 8 });
  assert.equal(first.frames.some(({ tentative }) => tentative), false);
  const later = await decode({ ...wholeFile(media('h264-b-frames')), sequence: 4, ptsStartMicros: 10_010_000 }, { framesPerSecond: 8 });
  assert.deepEqual(later.frames.slice(0, 2).map(({ tentative }) => tentative), [true, false]);
  assert.equal(later.frames[0]!.ptsMicros, 10_010_000);
  assert.equal(later.accounting.firstPtsMicros, 10_010_000);
});

describe('limits', () => {
  const open = (name: ClipName, limits: Partial<typeof GENEROUS>): Promise<unknown> => decode(wholeFile(media(name)), { limits: { ...GENEROUS, ...limits } });
  test('pixels', () => assert.rejects(open('h264-b-frames', { maxPixels: 160 * 120 - 1 }), rejectsWith('FW_LIMIT_PIXELS')));
  test('pixels of a stream whose container does not say the size', () => assert.rejects(open('h264-elementary', { maxPixels: 160 * 120 - 1 }), rejectsWith('FW_LIMIT_PIXELS')));
  test('bytes', () => assert.rejects(open('h264-b-frames', { maxSegmentBytes: 1000 }), rejectsWith('FW_LIMIT_SEGMENT_BYTES')));
  test('frames', () => assert.rejects(open('h264-b-frames', { maxSegmentFrames: 74 }), rejectsWith('FW_LIMIT_SEGMENT_FRAMES')));
  test('just within', async () => {
    await open('h264-b-frames', { maxPixels: 160 * 120, maxSegmentFrames: 75 });
  });
});

describe('what is no video', () => {
  const fails = (bytes: Uint8Array, code: string): Promise<void> => assert.rejects(decode(wholeFile(bytes)), rejectsWith(code));
  test('nothing', () => fails(new Uint8Array(0), 'FW_INPUT_EMPTY'));
  test('text', () => fails(Buffer.from('This is no film.\n'.repeat(300)), 'FW_INPUT_NOT_MEDIA'));
  test('sound', () => fails(media('audio-only'), 'FW_INPUT_NO_VIDEO'));
  test('an MP4 without its index', () => fails(media('h264-b-frames').subarray(0, 40_000), 'FW_INPUT_TRUNCATED'));
  test('a playlist that names a file opens nothing', async () => {
    const path = makeClip('h264-ts');
    await fails(Buffer.from(`#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile://${path}\n#EXT-X-ENDLIST\n`), 'FW_INPUT_NOT_MEDIA');
    await fails(Buffer.from(`ffconcat version 1.0\nfile '${path}'\n`), 'FW_INPUT_NOT_MEDIA');
  });
});

test('ending early releases everything, and opening again and again does not grow', async () => {
  const bytes = media('h264-b-frames');
  const decoder = new LibavDecoder();
  const round = async (take: number): Promise<void> => {
    const decoding = await decoder.open(wholeFile(bytes), { grid: { framesPerSecond: 8 }, limits: GENEROUS, selective: true });
    let taken = 0;
    for await (const { frame } of decoding.frames()) {
      assert.equal(frame.storedWidth, 160);
      taken += 1;
      if (taken >= take) break;
    }
  };
  for (let index = 0; index < 20; index += 1) await round(3);
  const before = process.memoryUsage.rss();
  for (let index = 0; index < 150; index += 1) await round(index % 5 === 0 ? 100 : 3);
  const grown = process.memoryUsage.rss() - before;
  assert.ok(grown < 60e6, `resident memory grew by ${Math.round(grown / 1e6)} MB over 150 segments`);
});
