/** Planes to RGB against ffmpeg's own conversion of the same planes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { ColorMatrix, ColorRange, DecodedFrame, Rotation } from '../../src/domain/media.js';
import { LibavDecoder } from '../../src/media/libav-decoder.js';
import { lumaSignature } from '../../src/media/luma-signature.js';
import { cropFace, sampleSquare } from '../../src/media/sampler.js';
import { makeClip } from './clips.js';
import { GENEROUS, wholeFile } from './decoding.js';

const WIDTH = 160;
const HEIGHT = 120;

/** Runs ffmpeg from raw input, or none, to raw output. */
function raw(args: readonly string[], input?: Uint8Array): Buffer {
  return execFileSync('ffmpeg', ['-v', 'error', '-nostdin', ...args, '-f', 'rawvideo', 'pipe:1'].filter((arg) => arg !== '-nostdin' || input === undefined), { input, maxBuffer: 1 << 26 });
}

/** A smooth picture of many colours: smooth, because programs differ in how they interpolate chroma at edges. */
const planes = raw(['-f', 'lavfi', '-i', `testsrc2=s=${WIDTH}x${HEIGHT}:d=0.04,gblur=sigma=5`, '-frames:v', '1', '-pix_fmt', 'yuv420p']);

function frameOf(yuv: Uint8Array, matrix: ColorMatrix, range: ColorRange, rotation: Rotation = 0): DecodedFrame {
  const luma = WIDTH * HEIGHT;
  const turned = rotation === 90 || rotation === 270;
  return {
    ptsMicros: 0,
    storedWidth: WIDTH,
    storedHeight: HEIGHT,
    width: turned ? HEIGHT : WIDTH,
    height: turned ? WIDTH : HEIGHT,
    rotation,
    matrix,
    range,
    planes: [yuv.subarray(0, luma), yuv.subarray(luma, luma * 1.25), yuv.subarray(luma * 1.25)],
    strides: [WIDTH, WIDTH / 2, WIDTH / 2],
  };
}

function difference(a: Uint8Array, b: Uint8Array): { readonly mean: number; readonly most: number } {
  assert.equal(a.length, b.length);
  const steps = Array.from(a, (value, index) => Math.abs(value - b[index]!));
  return { mean: steps.reduce((sum, step) => sum + step, 0) / steps.length, most: Math.max(...steps) };
}

/** The middle square of a picture of packed RGB. */
function middle(rgb: Uint8Array, width: number, side: number): Uint8Array {
  const left = (width - side) / 2;
  return Buffer.concat(Array.from({ length: side }, (_, row) => rgb.subarray((row * width + left) * 3, (row * width + left + side) * 3)));
}

describe('each matrix and range, against libswscale', () => {
  const names: Readonly<Record<ColorMatrix, string>> = { bt601: 'bt601', bt709: 'bt709', bt2020: 'bt2020' };
  for (const matrix of ['bt601', 'bt709', 'bt2020'] as const) {
    for (const range of ['limited', 'full'] as const) {
      test(`${matrix} ${range}: below 1 on average, 8 at most`, () => {
        const filter = `scale=in_color_matrix=${names[matrix]}:in_range=${range}:flags=bilinear+accurate_rnd+full_chroma_int+full_chroma_inp,format=rgb24`;
        const theirs = raw(['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${WIDTH}x${HEIGHT}`, '-i', 'pipe:0', '-vf', filter], planes);
        const ours = sampleSquare(frameOf(planes, matrix, range), { centreX: WIDTH / 2, centreY: HEIGHT / 2, side: HEIGHT }, HEIGHT);
        const { mean, most } = difference(ours.data, middle(theirs, WIDTH, HEIGHT));
        assert.ok(mean < 1 && most <= 8, `mean ${mean}, most ${most}`);
      });
    }
  }

  test('the wrong matrix or range would be noticed', () => {
    const square = { centreX: WIDTH / 2, centreY: HEIGHT / 2, side: HEIGHT };
    const right = sampleSquare(frameOf(planes, 'bt601', 'limited'), square, HEIGHT).data;
    assert.ok(difference(right, sampleSquare(frameOf(planes, 'bt709', 'limited'), square, HEIGHT).data).mean > 3, 'matrix');
    assert.ok(difference(right, sampleSquare(frameOf(planes, 'bt601', 'full'), square, HEIGHT).data).mean > 3, 'range');
  });
});

test('black, white and grey are exact in both ranges', () => {
  for (const [range, values] of [['limited', [16, 235, 126]], ['full', [0, 255, 128]]] as const) {
    values.forEach((luma, index) => {
      const yuv = new Uint8Array(WIDTH * HEIGHT * 1.5).fill(luma, 0, WIDTH * HEIGHT).fill(128, WIDTH * HEIGHT);
      const { data } = sampleSquare(frameOf(yuv, 'bt709', range), { centreX: 50, centreY: 50, side: 40 }, 8);
      assert.deepEqual(new Set(data), new Set([[0, 255, 128][index]!]));
    });
  }
});

test('shrinking averages: a fine chequerboard becomes grey, not black and white', () => {
  const yuv = new Uint8Array(WIDTH * HEIGHT * 1.5).fill(128);
  for (let y = 0; y < HEIGHT; y += 1) for (let x = 0; x < WIDTH; x += 1) yuv[y * WIDTH + x] = (x + y) % 2 === 0 ? 235 : 16;
  const { data } = sampleSquare(frameOf(yuv, 'bt601', 'limited'), { centreX: 80, centreY: 60, side: 100 }, 23);
  assert.ok(data.every((value) => Math.abs(value - 128) < 12), `${Math.min(...data)} to ${Math.max(...data)}`);
});

test('a square beyond the border repeats the border', () => {
  const { data } = sampleSquare(frameOf(planes, 'bt601', 'limited'), { centreX: -500, centreY: -500, side: 100 }, 4);
  const corner = sampleSquare(frameOf(planes, 'bt601', 'limited'), { centreX: 0.25, centreY: 0.25, side: 0.5 }, 1).data;
  for (let pixel = 0; pixel < 16; pixel += 1) assert.deepEqual(data.subarray(pixel * 3, pixel * 3 + 3), corner);
});

test('a crop is the square of scale times the longer side around the middle of the box', () => {
  const frame = frameOf(planes, 'bt601', 'limited');
  const crop = cropFace(frame, { box: { x: 40, y: 30, width: 20, height: 40 }, keypoints: [] }, 32, 1.3);
  assert.deepEqual(crop, sampleSquare(frame, { centreX: 50, centreY: 50, side: 52 }, 32));
});

describe('upright coordinates', () => {
  /** The picture turned by ffmpeg: what a player would show. */
  const filters: Readonly<Record<Rotation, string>> = { 0: 'null', 90: 'transpose=clock', 180: 'hflip,vflip', 270: 'transpose=cclock' };
  for (const rotation of [0, 90, 180, 270] as const) {
    test(`${rotation} degrees clockwise`, () => {
      const turned = rotation === 90 || rotation === 270;
      const [width, height] = turned ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT];
      const upright = raw(['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${WIDTH}x${HEIGHT}`, '-i', 'pipe:0', '-vf', filters[rotation], '-pix_fmt', 'yuv420p'], planes);
      const luma = WIDTH * HEIGHT;
      const shown: DecodedFrame = {
        ...frameOf(planes, 'bt601', 'limited'),
        ...{ storedWidth: width, storedHeight: height, width, height, strides: [width, width / 2, width / 2] },
        planes: [upright.subarray(0, luma), upright.subarray(luma, luma * 1.25), upright.subarray(luma * 1.25)],
      };
      const stored = frameOf(planes, 'bt601', 'limited', rotation);
      const square = { centreX: 45, centreY: 70, side: 61 };
      assert.ok(difference(sampleSquare(stored, square, 48).data, sampleSquare(shown, square, 48).data).most <= 1, 'turned pixels differ');
      assert.deepEqual(lumaSignature(stored), lumaSignature(shown));
    });
  }

  test('a clip that is turned by its metadata looks as ffmpeg shows it', async () => {
    const path = makeClip('h264-rotated');
    const upright = raw(['-i', path, '-frames:v', '1', '-vf', 'scale=in_color_matrix=bt601:in_range=limited:flags=bilinear+accurate_rnd+full_chroma_int', '-pix_fmt', 'rgb24']);
    const decoding = await new LibavDecoder().open(wholeFile(readFileSync(path)), { grid: { framesPerSecond: 1 }, limits: GENEROUS, selective: true });
    for await (const { frame } of decoding.frames()) {
      assert.deepEqual([frame.width, frame.height], [HEIGHT, WIDTH]);
      const ours = sampleSquare(frame, { centreX: HEIGHT / 2, centreY: HEIGHT / 2, side: HEIGHT }, HEIGHT);
      const { mean } = difference(ours.data, upright.subarray(0, HEIGHT * HEIGHT * 3));
      assert.ok(mean < 6, `mean difference ${mean}`);
      break;
    }
  });
});
