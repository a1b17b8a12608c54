/** Every shared clip: as many frames as ffprobe counts, selective decoding as full decoding, segments as the file. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { probeFrames } from '../../media/clips.js';
import { cut, decode, wholeFile } from '../../media/decoding.js';

const shared = process.env['FRAMEWITNESS_SHARED'] ?? new URL('../../../../shared', import.meta.url).pathname;
const clips = ['real', 'fake'].flatMap((label) => {
  const folder = join(shared, 'data', 'clips', 'dev', label);
  return readdirSync(folder).map((name) => join(folder, name));
});
const ANALYSED = 8;

for (const path of clips) {
  test(path.slice(shared.length + 1), async () => {
    const media = readFileSync(path);
    const probed = probeFrames(path);
    const full = await decode(wholeFile(media), { framesPerSecond: ANALYSED, selective: false });
    const selective = await decode(wholeFile(media), { framesPerSecond: ANALYSED, selective: true });
    assert.equal(full.accounting.present, probed.count);
    assert.equal(full.accounting.undecodable, 0);
    assert.deepEqual(full.warnings, []);
    assert.deepEqual(selective, full);
    const times = new Set(probed.micros);
    for (const { ptsMicros } of full.frames) assert.ok(times.has(ptsMicros), `${ptsMicros} is no time of ffprobe's`);

    const { segments, error } = await cut(path, 2_000_000);
    assert.equal(error, undefined);
    const expected = new Map(full.frames.map((frame) => [frame.ptsMicros, frame.pixels]));
    let present = 0;
    const found = new Set<number>();
    for (const segment of segments) {
      const part = await decode(segment, { framesPerSecond: ANALYSED });
      present += part.accounting.present;
      for (const frame of part.frames) {
        // The first frame of a segment is tentative: it may turn out to be off the grid.
        if (frame.tentative && !expected.has(frame.ptsMicros)) continue;
        assert.equal(frame.pixels, expected.get(frame.ptsMicros), `pixels at ${frame.ptsMicros}`);
        found.add(frame.ptsMicros);
      }
    }
    assert.equal(present, full.accounting.present);
    assert.equal(found.size, expected.size);
  });
}
