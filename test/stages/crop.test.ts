import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DecodedFrame } from '../../src/domain/media.js';
import { cropFaces } from '../../src/stages/crop.js';
import { crop, face } from './support.js';

const frame: DecodedFrame = {
  ptsMicros: 0, storedWidth: 2, storedHeight: 2, width: 2, height: 2, rotation: 0, matrix: 'bt709', range: 'limited',
  planes: [new Uint8Array(4), new Uint8Array(1), new Uint8Array(1)], strides: [2, 1, 1],
};
const sized = (width: number, height: number): ReturnType<typeof face> => ({ ...face(), box: { x: 0, y: 0, width, height } });
const stage = cropFaces(() => crop(), { size: 2, scale: 1.3, minFaceSize: 48, maxFaces: 2 });

describe('cropFaces', () => {
  test('measures a face by its shorter side, and counts the small ones', () => {
    const { faces, facesSkipped, skipped } = stage(frame, [sized(60, 48), sized(60, 47.9)]);
    assert.equal(faces.length, 1);
    assert.deepEqual(facesSkipped, { 'face-too-small': 1 });
    assert.equal(skipped, undefined);
  });

  test('keeps the most confident faces of a crowd, and counts the others', () => {
    const { faces, facesSkipped } = stage(frame, [0.9, 0.8, 0.7, 0.6].map((confidence) => ({ ...sized(60, 60), confidence })));
    assert.deepEqual(faces.map(({ confidence }) => confidence), [0.9, 0.8]);
    assert.deepEqual(facesSkipped, { 'too-many-faces': 2 });
  });

  test('says why a frame has nothing to judge', () => {
    assert.equal(stage(frame, []).skipped, 'no-face');
    assert.equal(stage(frame, [sized(10, 10)]).skipped, 'face-too-small');
  });
});
