/** Random damage, headers included: whatever the input, there is an error of the family or an accounting that adds up. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Packet } from 'node-av/lib';
import { FramewitnessError } from '../../src/domain/errors.js';
import { presentationTimes } from '../../src/media/packet-times.js';
import { makeClip } from './clips.js';
import { GENEROUS, cut, decode, wholeFile } from './decoding.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const LIMITS = { ...GENEROUS, maxPixels: 1 << 22 };

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'framewitness-hostile-'));
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A few bytes changed, every other time mostly in the first 4000, where headers are; now and then cut off. */
function damage(bytes: Uint8Array, next: () => number, inHeader: boolean): Uint8Array {
  const damaged = Uint8Array.from(bytes);
  for (let count = 1 + Math.floor(next() * 20); count > 0; count -= 1) {
    const end = inHeader && next() < 0.6 ? Math.min(4000, bytes.length) : bytes.length;
    damaged[Math.floor(next() * end)] = Math.floor(next() * 256);
  }
  return next() < 0.3 ? damaged.subarray(0, Math.floor(bytes.length * next())) : damaged;
}

for (const name of ['h264-b-frames', 'h264-mkv', 'h264-ts', 'hevc', 'vp9', 'av1', 'mpeg4-packed', 'mjpeg'] as const) {
  test(`${name} with random damage`, async () => {
    const bytes = readFileSync(makeClip(name));
    const next = random(9);
    for (let round = 0; round < 6; round += 1) {
      const path = join(folder, name);
      writeFileSync(path, damage(bytes, next, round % 2 === 0));
      const { segments, error } = await cut(path, 1_000_000, LIMITS);
      assert.ok(error === undefined || error instanceof FramewitnessError, String(error));
      for (const segment of segments) {
        const part = await decode(segment, { framesPerSecond: 8, limits: LIMITS }).catch((failure: unknown) => {
          assert.ok(failure instanceof FramewitnessError, String(failure));
          return undefined;
        });
        if (part === undefined) continue;
        const { present, wanted, notWanted, undecodable } = part.accounting;
        assert.equal(present, wanted + notWanted + undecodable);
        assert.equal(part.frames.length, wanted);
      }
      // Native objects that were let go of wrongly bring the process down here.
      collectGarbage();
      await pause(1);
    }
  });
}

test('a container without any stream is refused, and its remains can be collected', async () => {
  const box = (type: string, ...content: readonly Uint8Array[]): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), ...content]);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(body.length + 4);
    return Buffer.concat([size, body]);
  };
  const movie = Buffer.alloc(100);
  movie.writeUInt32BE(1000, 12);
  const empty = Buffer.concat([box('ftyp', Buffer.from('isom\0\0\0\0isom', 'latin1')), box('moov', box('mvhd', movie)), box('mdat', Buffer.alloc(64))]);
  for (let round = 0; round < 10; round += 1) {
    await assert.rejects(decode(wholeFile(empty)), (error) => error instanceof FramewitnessError && error.code === 'FW_INPUT_NOT_MEDIA');
    collectGarbage();
    await pause(1);
  }
});

test('times that cannot be true are replaced by even ones, in the order of presentation', () => {
  const packetAt = (pts: bigint): Packet => {
    const packet = new Packet();
    packet.alloc();
    packet.pts = pts;
    packet.duration = 40n;
    return packet;
  };
  const source = { timeBase: { num: 1, den: 1000 }, hasDecodeTimesOnly: false };
  const order = (): readonly number[] => [0, 2, 1];
  assert.deepEqual(presentationTimes([0n, 80n, 40n].map(packetAt), source, 0n, order), [0n, 80n, 40n]);
  assert.deepEqual(presentationTimes([0n, 2n ** 60n, 40n].map(packetAt), source, 1000n, order), [1000n, 1080n, 1040n]);
});
