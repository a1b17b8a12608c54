import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DecodedFrame } from '../../src/domain/media.js';
import { lumaSignature, SIGNATURE_HEIGHT, SIGNATURE_WIDTH } from '../../src/media/luma-signature.js';

/** A frame of which only luma matters; rows are padded with white, which must not show. */
function frameOf(width: number, height: number, luma: (x: number, y: number) => number): DecodedFrame {
  const stride = width + 13;
  const plane = new Uint8Array(stride * height).fill(255);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) plane[y * stride + x] = luma(x, y);
  const chroma = new Uint8Array(((width + 1) >> 1) * ((height + 1) >> 1)).fill(128);
  return {
    ptsMicros: 0, storedWidth: width, storedHeight: height, width, height, rotation: 0,
    matrix: 'bt709', range: 'limited', planes: [plane, chroma, chroma], strides: [stride, (width + 1) >> 1, (width + 1) >> 1],
  };
}

describe('a luma signature', () => {
  test('is the picture itself where each cell is flat', () => {
    const cell = 10;
    const value = (column: number, row: number): number => (column * 16 + row * 7) % 256;
    const signature = lumaSignature(frameOf(SIGNATURE_WIDTH * cell, SIGNATURE_HEIGHT * cell, (x, y) => value(Math.floor(x / cell), Math.floor(y / cell))));
    const expected = Array.from({ length: SIGNATURE_WIDTH * SIGNATURE_HEIGHT }, (_, i) => value(i % SIGNATURE_WIDTH, Math.floor(i / SIGNATURE_WIDTH)));
    assert.deepEqual([...signature], expected);
  });

  for (const [width, height] of [[1, 1], [7, 5], [161, 121], [1921, 1079]] as const) {
    test(`is flat for a flat picture of ${width} x ${height}`, () => {
      assert.deepEqual(new Set(lumaSignature(frameOf(width, height, () => 77))), new Set([77]));
    });
  }

  test('hardly moves with noise', () => {
    const noisy = lumaSignature(frameOf(320, 180, (x, y) => 100 + (((x * 73 + y * 151) * 2654435761) % 21) - 10));
    assert.ok(noisy.every((value) => Math.abs(value - 100) <= 4), [...noisy].join(' '));
  });

  test('tells a cut from a still', () => {
    const bright = lumaSignature(frameOf(320, 180, (x) => (x < 160 ? 200 : 40)));
    const other = lumaSignature(frameOf(320, 180, (x) => (x < 160 ? 40 : 200)));
    assert.ok(bright.every((value, index) => Math.abs(value - other[index]!) === 160));
  });
});
