/** The system's ffmpeg against libav in the process: two ways to the same frames. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FramewitnessError, type ErrorCode } from '../../src/domain/errors.js';
import type { DecodedFrame } from '../../src/domain/media.js';
import type { SegmentDecoder } from '../../src/domain/ports.js';
import { FfmpegCommand } from '../../src/media/ffmpeg-command.js';
import { createFfmpegDecoder } from '../../src/media/ffmpeg-decoder.js';
import { LibavDecoder } from '../../src/media/libav-decoder.js';
import { claimFrameSize, claimPictureSize, flipBitsInMediaData, keepShare } from '../support/damage.js';
import { makeClip, type ClipName } from './clips.js';
import { decode, EVERY_FRAME, GENEROUS, wholeFile, type DecodeOptions, type Decoded } from './decoding.js';

// Temporary files of this test alone, so that what is left behind shows.
const previousFolder = process.env['TMPDIR'];
const clip = (name: ClipName): Uint8Array => readFileSync(makeClip(name));
let folder = '';
const clips = new Map<ClipName, Uint8Array>();
const SAME_PIXELS: readonly ClipName[] = [
  'h264-b-frames', 'h264-fragmented', 'h264-open-gop', 'h264-ts', 'h264-ts-audio', 'h264-elementary', 'h264-trimmed', 'h264-rotated', 'h264-full-range',
  'h264-709-labelled', 'h264-variable-rate', 'h264-29.97', 'h264-grey', 'vp9-odd-size', 'hevc', 'vp9', 'mpeg4', 'mpeg4-packed', 'mpeg2',
];
const CONVERTED: readonly ClipName[] = ['h264-10-bit', 'h264-422', 'h264-odd-size', 'h264-rgb', 'mjpeg'];

before(() => {
  for (const name of [...SAME_PIXELS, ...CONVERTED, 'audio-only'] as const) clips.set(name, clip(name));
  folder = mkdtempSync(join(tmpdir(), 'ffmpeg-decoder-test-'));
  process.env['TMPDIR'] = folder;
});
after(() => {
  if (previousFolder === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = previousFolder;
  rmSync(folder, { recursive: true });
});

const media = (name: ClipName): Uint8Array => clips.get(name)!;
const both = async (bytes: Uint8Array, options: DecodeOptions = {}) =>
  [await decode(wholeFile(bytes), { ...options, decoder: new LibavDecoder() }), await decode(wholeFile(bytes), { ...options, decoder: createFfmpegDecoder() })] as const;

async function codeOf(decoding: Promise<unknown>): Promise<ErrorCode | undefined> {
  const error: unknown = await decoding.then(() => undefined, (reason: unknown) => reason);
  return error instanceof FramewitnessError ? error.code : undefined;
}

async function framesOf(decoder: SegmentDecoder, bytes: Uint8Array): Promise<Uint8Array[]> {
  const decoding = await decoder.open(wholeFile(bytes), { grid: { framesPerSecond: 4 }, limits: GENEROUS, selective: false });
  const frames: Uint8Array[] = [];
  for await (const { frame } of decoding.frames()) frames.push(visible(frame));
  return frames;
}

function visible({ planes, strides, storedWidth, storedHeight }: DecodedFrame): Uint8Array {
  const rows = planes.flatMap((plane, index) => {
    const width = index === 0 ? storedWidth : (storedWidth + 1) >> 1;
    const height = index === 0 ? storedHeight : (storedHeight + 1) >> 1;
    return Array.from({ length: height }, (_, row) => plane.subarray(row * strides[index]!, row * strides[index]! + width));
  });
  return Buffer.concat(rows);
}

describe('the decoder that runs ffmpeg', () => {
  for (const name of SAME_PIXELS) {
    test(`gives the frames, times, pixels and account of libav for ${name}`, async () => {
      const [libav, ffmpeg] = await both(media(name));
      assert.ok(libav.frames.length > 40);
      assert.deepEqual(ffmpeg, libav);
    });
  }

  for (const name of CONVERTED) {
    test(`gives frames, times and account of libav, and nearly its pixels, for ${name}`, async () => {
      const [libav, ffmpeg] = await both(media(name));
      const shapes = ({ frames, ...rest }: typeof libav) => ({ ...rest, frames: frames.map(({ ptsMicros, tentative }) => ({ ptsMicros, tentative })) });
      assert.deepEqual(shapes(ffmpeg), shapes(libav));
      const expected = await framesOf(new LibavDecoder(), media(name));
      const found = await framesOf(createFfmpegDecoder(), media(name));
      assert.equal(found.length, expected.length);
      expected.forEach((samples, frame) => {
        const differences = samples.map((value, index) => Math.abs(value - found[frame]![index]!));
        assert.equal(found[frame]!.length, samples.length);
        assert.ok(differences.reduce((sum, value) => sum + value, 0) / samples.length < 1);
        assert.ok(differences.reduce((most, value) => Math.max(most, value), 0) <= 2);
      });
    });
  }

  test('keeps to the sampling grid and to the place of the segment in its stream', async () => {
    const segment = { stream: 's', sequence: 3, ptsStartMicros: 9_000_500, media: media('h264-b-frames') };
    const options = { framesPerSecond: 7 };
    const ffmpeg = await decode(segment, { ...options, decoder: createFfmpegDecoder() });
    assert.deepEqual(ffmpeg, await decode(segment, { ...options, decoder: new LibavDecoder() }));
    assert.equal(ffmpeg.frames[0]?.tentative, true);
    assert.ok(ffmpeg.accounting.notWanted > ffmpeg.accounting.wanted);
  });

  for (const [fault, damage] of [
    ['flipped bits', () => flipBitsInMediaData(media('h264-b-frames'), { seed: 3, from: 0.1, to: 0.9, flips: 12 })],
    ['bits flipped everywhere', () => flipBitsInMediaData(media('h264-b-frames'), { seed: 9, from: 0, to: 1, flips: 3000 })],
    ['a lost end', () => keepShare(media('h264-fragmented'), 0.6)],
    ['a hole in a transport stream', () => Uint8Array.from(media('h264-ts')).fill(0x47, 100 * 188, 103 * 188)],
  ] as const) {
    test(`counts as undecodable what libav counts, for ${fault}`, async () => {
      const [libav, ffmpeg] = await both(damage());
      assert.ok(libav.accounting.undecodable > 0);
      assert.deepEqual(ffmpeg, libav);
    });
  }

  test('says with its code what cannot be opened', async () => {
    const decoder = createFfmpegDecoder();
    const open = (bytes: Uint8Array, limits = {}) => codeOf(decode(wholeFile(bytes), { decoder, limits: { ...GENEROUS, ...limits } }));
    const sound = media('h264-b-frames');
    assert.equal(await open(Buffer.from('Dear viewer, this is no film.\n'.repeat(200))), 'FW_INPUT_NOT_MEDIA');
    assert.equal(await open(media('audio-only')), 'FW_INPUT_NO_VIDEO');
    assert.equal(await open(keepShare(sound, 0.6)), 'FW_INPUT_TRUNCATED');
    assert.equal(await open(new Uint8Array(0)), 'FW_INPUT_EMPTY');
    assert.equal(await open(sound, { maxSegmentBytes: sound.length - 1 }), 'FW_LIMIT_SEGMENT_BYTES');
    assert.equal(await open(sound, { maxPixels: 160 * 120 - 1 }), 'FW_LIMIT_PIXELS');
    assert.equal(await open(sound, { maxSegmentFrames: 74 }), 'FW_LIMIT_SEGMENT_FRAMES');
    assert.equal(await open(sound, { maxPixels: 160 * 120, maxSegmentBytes: sound.length, maxSegmentFrames: 75 }), undefined);
  });

  test('refuses pictures above the limit that only some headers of the file claim', async () => {
    for (const claim of [claimFrameSize, claimPictureSize]) {
      for (const size of [16_000, 30_000]) {
        const decoding = decode(wholeFile(claim(media('mjpeg'), size)), { decoder: createFfmpegDecoder() });
        const result = await decoding.catch((error: unknown) => error);
        if (result instanceof FramewitnessError) assert.equal(result.code, 'FW_LIMIT_PIXELS');
        else assert.deepEqual((result as Decoded).frames, []);
      }
    }
  });

  test('opens no file that the media name', async () => {
    const victim = join(folder, 'victim.ts');
    writeFileSync(victim, media('h264-ts-audio'));
    for (const playlist of [`#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n${victim}\n#EXT-X-ENDLIST\n`, `ffconcat version 1.0\nfile '${victim}'\n`]) {
      assert.equal(await codeOf(decode(wholeFile(Buffer.from(playlist)), { decoder: createFfmpegDecoder() })), 'FW_INPUT_NOT_MEDIA');
    }
    rmSync(victim);
  });

  test('says the same of the same bytes every time', async () => {
    const message = async (): Promise<string> => decode(wholeFile(keepShare(media('h264-b-frames'), 0.6)), { decoder: createFfmpegDecoder() }).then(String, String);
    assert.equal(await message(), await message());
  });

  test('says which program is missing', async () => {
    for (const program of ['ffmpeg', 'ffprobe'] as const) {
      const decoder = createFfmpegDecoder(new FfmpegCommand({ [program]: join(folder, `no-${program}`) }));
      assert.equal(await codeOf(decode(wholeFile(media('h264-b-frames')), { decoder })), 'FW_FFMPEG_MISSING');
    }
  });

  test('leaves neither a process nor a file behind when it is stopped early', async () => {
    const decoding = await createFfmpegDecoder().open(wholeFile(media('h264-b-frames')), { grid: { framesPerSecond: EVERY_FRAME }, limits: GENEROUS, selective: false });
    for await (const { frame } of decoding.frames()) {
      assert.equal(frame.ptsMicros, 0);
      assert.equal(readdirSync(folder).length, 1);
      break;
    }
    assert.deepEqual(childPrograms(), []);
    assert.throws(() => decoding.accounting(), { code: 'FW_INTERNAL' });
  });

  test('leaves no file behind, whatever it was given', () => {
    assert.deepEqual(readdirSync(folder), []);
  });
});

/** Command names of this process's own children. */
function childPrograms(): readonly string[] {
  const children = readdirSync('/proc/self/task').flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' '));
  return children.filter((id) => id !== '').map((id) => readFileSync(`/proc/${id}/comm`, 'utf8').trim()).filter((name) => name.startsWith('ff'));
}
