import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { mapOverlay } from '../../src/verdicts/report/map-overlay.js';

const map = { model: 'patches', meaning: 'forged', width: 3, height: 2, values: Buffer.from([0, 128, 255, 255, 128, 0]).toString('base64') };

test('a map becomes a picture of one pixel a cell: clear where it is 0, strong and still translucent where it is 1', async () => {
  const { data, info } = await sharp(Buffer.from(mapOverlay(map)!, 'base64')).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height, info.channels], [3, 2, 4]);
  const alpha = Array.from({ length: 6 }, (_, i) => data[4 * i + 3]!);
  assert.deepEqual(alpha, [0, 85, 170, 170, 85, 0]);
});

test('a map that does not hold as many cells as it says is not drawn', () => {
  assert.equal(mapOverlay({ ...map, width: 4 }), null);
});
