import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DecodedFrame, RgbImage, Rotation } from '../../src/domain/media.js';
import { sampleSquare } from '../../src/media/sampler.js';

type Pattern = (x: number, y: number) => number;
const NEUTRAL: Pattern = () => 128;

/** A full-range frame given as it stands upright, and stored turned, in padded rows. With neutral chroma, RGB is luma. */
function frameOf(width: number, height: number, luma: Pattern, more: { readonly rotation?: Rotation; readonly cb?: Pattern; readonly cr?: Pattern } = {}): DecodedFrame {
  const { rotation = 0, cb = NEUTRAL, cr = NEUTRAL } = more;
  const turned = rotation === 90 || rotation === 270;
  const [storedWidth, storedHeight] = turned ? [height, width] : [width, height];
  const store = (pattern: Pattern, columns: number, rows: number): Uint8Array => {
    const [storedColumns, storedRows] = turned ? [rows, columns] : [columns, rows];
    const stride = storedColumns + 3;
    const plane = new Uint8Array(stride * storedRows).fill(7);
    for (let y = 0; y < rows; y += 1) {
      for (let x = 0; x < columns; x += 1) {
        // Where an upright sample lies in storage, when turning storage clockwise brings it upright.
        const [storedX, storedY] = { 0: [x, y], 90: [y, columns - 1 - x], 180: [columns - 1 - x, rows - 1 - y], 270: [rows - 1 - y, x] }[rotation] as [number, number];
        plane[storedY * stride + storedX] = pattern(x, y);
      }
    }
    return plane;
  };
  const chroma = (pattern: Pattern): Uint8Array => store(pattern, (width + 1) >> 1, (height + 1) >> 1);
  const chromaStride = ((storedWidth + 1) >> 1) + 3;
  return {
    ptsMicros: 0, storedWidth, storedHeight, width, height, rotation,
    matrix: 'bt601', range: 'full', planes: [store(luma, width, height), chroma(cb), chroma(cr)], strides: [storedWidth + 3, chromaStride, chromaStride],
  };
}

const red = ({ data, size }: RgbImage): number[][] => Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_x, x) => data[(y * size + x) * 3]!));
const texture: Pattern = (x, y) => (x * 37 + y * 91 + x * y) % 256;

describe('a square of a frame', () => {
  for (const rotation of [0, 90, 180, 270] as const) {
    for (const [width, height] of [[16, 12], [17, 13]] as const) {
      test(`at scale 1 is the frame's own pixels, ${width} x ${height} turned by ${rotation}`, () => {
        const square = sampleSquare(frameOf(width, height, texture, { rotation }), { centreX: 7, centreY: 6, side: 8 }, 8);
        assert.deepEqual(red(square), Array.from({ length: 8 }, (_, y) => Array.from({ length: 8 }, (_x, x) => texture(x + 3, y + 2))));
      });

      test(`has the same colours whatever way it is stored, ${width} x ${height} turned by ${rotation}`, () => {
        const colours = { cb: (x: number, y: number) => 60 + 9 * x + 5 * y, cr: (x: number, y: number) => 200 - 4 * x - 8 * y };
        const square = { centreX: 7.3, centreY: 5.9, side: 14.2 };
        const plain = sampleSquare(frameOf(width, height, texture, colours), square, 9);
        assert.deepEqual(sampleSquare(frameOf(width, height, texture, { ...colours, rotation }), square, 9), plain);
      });
    }
  }

  test('shrunk by a whole number is the mean of the pixels under each of its own', () => {
    const square = sampleSquare(frameOf(24, 24, texture), { centreX: 12, centreY: 12, side: 24 }, 8);
    const mean = (column: number, row: number): number => Array.from({ length: 9 }, (_, i) => texture(column * 3 + (i % 3), row * 3 + Math.floor(i / 3))).reduce((sum, value) => sum + value, 0) / 9;
    red(square).forEach((line, y) => {
      line.forEach((value, x) => {
        assert.ok(Math.abs(value - mean(x, y)) <= 0.5, `${value} at ${x}, ${y}, not ${mean(x, y)}`);
      });
    });
  });

  test('enlarged follows a gradient without steps', () => {
    const [line = []] = red(sampleSquare(frameOf(32, 32, (x) => x * 8), { centreX: 16, centreY: 16, side: 16 }, 64));
    line.forEach((value, index) => {
      // Sample centres lie at half coordinates: column 8 begins the square.
      assert.ok(Math.abs(value - ((8 + (index + 0.5) / 4) * 8 - 4)) <= 0.5);
    });
  });

  test('repeats the border beyond the frame, on all sides', () => {
    const image = red(sampleSquare(frameOf(9, 9, texture), { centreX: 4.5, centreY: 4.5, side: 15 }, 15));
    const inside = (place: number): number => Math.min(8, Math.max(0, place - 3));
    assert.deepEqual(image, Array.from({ length: 15 }, (_, y) => Array.from({ length: 15 }, (_x, x) => texture(inside(x), inside(y)))));
  });

  test('of one pixel is that pixel', () => {
    assert.deepEqual([...sampleSquare(frameOf(1, 1, () => 90), { centreX: 0.5, centreY: 0.5, side: 1 }, 2).data], new Array(12).fill(90));
  });
});
