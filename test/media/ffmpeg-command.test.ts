import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { FramewitnessError } from '../../src/domain/errors.js';
import { FfmpegCommand } from '../../src/media/ffmpeg-command.js';
import { makeClip } from './clips.js';

const folder = mkdtempSync(join(tmpdir(), 'ffmpeg-command-test-'));
after(() => {
  rmSync(folder, { recursive: true });
});
const toRaw = ['-f', 'rawvideo', '-pix_fmt', 'gray'];

async function failureOf(promise: Promise<unknown>): Promise<FramewitnessError> {
  const error: unknown = await promise.then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof FramewitnessError);
  return error;
}

describe('a command of ffmpeg', () => {
  test('hands on all of its output and its messages, then says that it has finished', async () => {
    const lines: string[] = [];
    const run = new FfmpegCommand().run({ input: makeClip('h264-b-frames'), inputOptions: [], outputOptions: toRaw, onMessage: (line) => lines.push(line) });
    let bytes = 0;
    for await (const chunk of run.output as AsyncIterable<Uint8Array>) bytes += chunk.length;
    await run.finished;
    assert.equal(bytes, 75 * 160 * 120);
    assert.ok(lines.some((line) => line.includes('Stream mapping')));
  });

  test('fails with the end of what ffmpeg said, and no shell looks at the arguments', async () => {
    const run = new FfmpegCommand().run({ input: join(folder, '$(touch hacked) `id`; no such.mp4'), inputOptions: ['-loglevel', 'level+error'], outputOptions: toRaw });
    run.output.resume();
    const error = await failureOf(run.finished);
    assert.equal(error.code, 'FW_FFMPEG_FAILED');
    assert.match(error.message, /input: No such file or directory/);
  });

  test('keeps no more than 4 KiB of what ffmpeg said', async () => {
    const program = join(folder, 'talker');
    writeFileSync(program, '#!/bin/sh\nseq 1 20000 >&2\nexit 3\n');
    chmodSync(program, 0o700);
    const run = new FfmpegCommand({ ffmpeg: program }).run({ input: 'x', inputOptions: [], outputOptions: toRaw });
    run.output.resume();
    const error = await failureOf(run.finished);
    assert.match(error.message, /\n20000$/);
    assert.ok(error.message.length < 4400);
  });

  test('says how to go on where the program is missing', async () => {
    const run = new FfmpegCommand({ ffmpeg: join(folder, 'absent') }).run({ input: 'x', inputOptions: [], outputOptions: toRaw });
    run.output.resume();
    const error = await failureOf(run.finished);
    assert.equal(error.code, 'FW_FFMPEG_MISSING');
    assert.match(error.message, /FFMPEG_PATH.*stages\.decode\.decoder to libav/);
    assert.equal((await failureOf(new FfmpegCommand({ ffprobe: join(folder, 'absent') }).probe('x', []))).code, 'FW_FFMPEG_MISSING');
  });

  test('ends the program when it is killed, at once or while it waits for its reader', async () => {
    const request = { input: makeClip('h264-b-frames'), inputOptions: ['-stream_loop', '-1'], outputOptions: toRaw };
    const early = new FfmpegCommand().run(request);
    await early.kill();
    assert.equal((await failureOf(early.finished)).code, 'FW_FFMPEG_FAILED');
    const late = new FfmpegCommand().run(request);
    await new Promise((resolve) => late.output.once('readable', resolve));
    await late.kill();
    assert.match((await failureOf(late.finished)).message, /SIGKILL/);
  });

  test('opens nothing on the network', async () => {
    const { succeeded, messages } = await new FfmpegCommand().probe('x', ['-loglevel', 'error', '-i', 'http://127.0.0.1:9/x.mp4']);
    assert.equal(succeeded, false);
    assert.ok(messages.length > 0);
  });
});
