/** What ffmpeg's messages come to, for both ways of threading: in step up to version 6, reading ahead from version 7 on. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DecodeLedger } from '../../src/media/decode-ledger.js';
import { FfmpegLog, type FfmpegEvent } from '../../src/media/ffmpeg-log.js';
import type { ProbedSegment } from '../../src/media/ffmpeg-probe.js';
import { DecodeProgress } from '../../src/media/ffmpeg-progress.js';
import { planFrames } from '../../src/media/frame-plan.js';

const version = (number: string): string => `[info] ffmpeg version ${number} Copyright (c) 2000-2026 the FFmpeg developers`;
const packet = '[info] demuxer -> ist_index:0 type:video pkt_pts:0';
const shown = (pts: number): readonly string[] => [
  `[Parsed_showinfo_0 @ 0x55] [info] n:   0 pts:${`${pts}`.padStart(7)} pts_time:0.04    pos:     7641 fmt:yuv420p sar:1/1 s:322x182 i:P iskey:0 type:B `,
  '[Parsed_showinfo_0 @ 0x55] [info] color_range:tv color_space:bt709 color_primaries:unknown color_trc:unknown',
];
const refused = '[error] Error while decoding stream #0:0: Invalid data found when processing input';

function eventsOf(lines: readonly string[]): FfmpegEvent[] {
  const events: FfmpegEvent[] = [];
  const log = new FfmpegLog('file:x', (event) => events.push(event));
  for (const line of lines) log.line(line);
  return events;
}

/** Twenty frames, a keyframe every ten, all on the grid. @returns the frames that would be delivered at the end */
function sound(lines: readonly string[]): readonly number[] {
  const times = Array.from({ length: 20 }, (_, index) => ({ ptsMicros: index * 40_000, keyframe: index % 10 === 0 }));
  const plan = planFrames(times, { sequence: 0, ptsStartMicros: 0 }, 1000);
  const ledger = new DecodeLedger(plan, 'h264', undefined);
  const packets = times.map((_, index) => ({ pts: `${index}`, position: undefined, corrupt: false, frame: index }));
  const log = new FfmpegLog('file:x', (event) => {
    if (event.kind === 'frame') progress.presented(event.frame);
    else progress.note(event);
  });
  const progress = new DecodeProgress({ packets, decodeTimesOnly: false } as unknown as ProbedSegment, plan, ledger, log);
  for (const line of lines) log.line(line);
  return plan.flatMap((_, index) => (ledger.deliver(index) ? [index] : []));
}

const upTo = (end: number, from = 0): number[] => Array.from({ length: end - from }, (_, index) => from + index);

describe('ffmpeg’s messages', () => {
  test('name a frame with its time, size and colours', () => {
    const [event] = eventsOf(shown(512));
    assert.deepEqual(event, {
      kind: 'frame',
      frame: { pts: '512', position: '7641', width: 322, height: 182, pixelFormat: 'yuv420p', rotation: undefined, colorRange: 'tv', colorSpace: 'bt709' },
    });
  });

  test('that the media bring along as metadata mean nothing', () => {
    const title = (text: string): string => `[info]     title           : ${text}`;
    assert.deepEqual(eventsOf([packet, ...shown(1), refused].map(title)), []);
  });

  test('of damage spoil the group of pictures from the packet on that was read last', () => {
    const lines = upTo(5).flatMap((index) => [packet, ...shown(index)]);
    const delivered = sound([version('5.1.9-0+deb12u1'), ...lines, packet, refused]);
    assert.deepEqual(delivered.filter((index) => index < 4), upTo(4));
    assert.deepEqual(delivered.filter((index) => index > 4), upTo(20, 10));
  });

  test('of damage spoil all that may be meant when ffmpeg reads ahead', () => {
    const ahead = new Array<string>(12).fill(packet);
    for (const newer of ['7.1', 'n8.0', 'N-109000-gabcdef']) {
      const delivered = sound([version(newer), ...ahead, ...upTo(5).flatMap(shown), refused]);
      assert.deepEqual(delivered.filter((index) => index > 4), []);
      assert.deepEqual(delivered.filter((index) => index < 4), upTo(4));
    }
  });

  test('of damage from a part of a newer ffmpeg are understood, whether it names its packets or not', () => {
    const part = '[vist#0:0/h264 @ 0x55] [dec:h264 @ 0x66] ';
    for (const packets of [[packet, packet, packet, packet, packet, packet].map((line) => part + line), []]) {
      const delivered = sound([version('7.1'), ...packets, ...upTo(5).flatMap(shown), `${part}[error] Error submitting packet to decoder: Invalid data found when processing input`]);
      assert.deepEqual(delivered.filter((index) => index < 4), upTo(4));
      assert.deepEqual(delivered.filter((index) => index > 4), packets.length === 0 ? [] : upTo(20, 10));
    }
  });

  test('of a damaged frame spoil the frame that comes next', () => {
    const lines = [version('6.1'), ...upTo(5).flatMap((index) => [packet, ...shown(index)])];
    const delivered = sound([...lines, packet, '[warning] file:x: corrupt decoded frame in stream 0', ...shown(5)]);
    assert.deepEqual(delivered.filter((index) => index > 4), upTo(20, 10));
  });

  test('of a damaged packet spoil the packet that comes next', () => {
    const lines = [version('5.1'), ...upTo(5).flatMap((index) => [packet, ...shown(index)])];
    const delivered = sound([...lines, '[warning] file:x: corrupt input packet in stream 0', packet, ...shown(5)]);
    assert.deepEqual(delivered.filter((index) => index > 4), upTo(20, 10));
  });
});
