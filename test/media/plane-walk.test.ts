import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DecodedFrame, Rotation } from '../../src/domain/media.js';
import { planeWalk } from '../../src/media/plane-walk.js';

/** Three by five pixels with padded rows; every sample is its own address. */
function frameOf(rotation: Rotation): DecodedFrame {
  const turned = rotation === 90 || rotation === 270;
  const addresses = (length: number): Uint8Array => Uint8Array.from({ length }, (_, address) => address);
  return {
    ptsMicros: 0, storedWidth: 3, storedHeight: 5, width: turned ? 5 : 3, height: turned ? 3 : 5, rotation,
    matrix: 'bt709', range: 'limited', planes: [addresses(40), addresses(12), addresses(12)], strides: [8, 4, 4],
  };
}

/** The plane as an upright picture, row by row. */
function upright(rotation: Rotation, plane: 0 | 1 | 2): number[][] {
  const { origin, stepX, stepY, width, height } = planeWalk(frameOf(rotation), plane);
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => origin + x * stepX + y * stepY));
}

const luma = [[0, 1, 2], [8, 9, 10], [16, 17, 18], [24, 25, 26], [32, 33, 34]];
const chroma = [[0, 1], [4, 5], [8, 9]];
/** A quarter turn clockwise: the left column, read upwards, becomes the top row. */
const turn = (rows: number[][]): number[][] => rows[0]!.map((_, x) => rows.map((_row, y) => rows[rows.length - 1 - y]![x]!));

describe('the walk of a plane', () => {
  test('goes over the stored picture as it lies where nothing is turned, odd sizes and padded rows included', () => {
    assert.deepEqual(upright(0, 0), luma);
    assert.deepEqual(upright(0, 1), chroma);
    assert.deepEqual(upright(0, 2), chroma);
  });

  test('turns the picture clockwise by the rotation', () => {
    let turnedLuma = luma;
    let turnedChroma = chroma;
    for (const rotation of [90, 180, 270] as const) {
      turnedLuma = turn(turnedLuma);
      turnedChroma = turn(turnedChroma);
      assert.deepEqual(upright(rotation, 0), turnedLuma);
      assert.deepEqual(upright(rotation, 2), turnedChroma);
    }
    assert.deepEqual(turn(turnedLuma), luma);
  });
});
