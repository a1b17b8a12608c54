/** Real senders of live feeds: the system's ffmpeg over SRT, RTMP, RTSP and UDP, and HLS playlists from a web server. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { FeedAddress } from '../../../src/media/feed-address.js';
import type { FeedCutOptions } from '../../../src/media/feed-segmenter.js';
import { freePorts } from '../../broker/ports.js';
import { GENEROUS } from '../../media/decoding.js';

/** ffmpeg at work. */
export interface Sender {
  /** Settles when it has ended. */
  readonly ended: Promise<number | null>;
  kill(): Promise<void>;
}

/** A test picture in H.264 with a keyframe every `gop` frames, at 25 frames a second, in real time. */
export function picture(seconds: number, gop = 25): readonly string[] {
  return ['-re', '-f', 'lavfi', '-i', `testsrc2=s=160x120:r=25:d=${seconds}`, '-c:v', 'libx264', '-preset', 'veryfast', '-g', String(gop), '-x264-params', 'scenecut=0', '-bf', '2', '-pix_fmt', 'yuv420p', '-threads', '1'];
}

/** Starts ffmpeg; ended with the test. */
export function send(t: TestContext, ...args: readonly string[]): Sender {
  const child = spawn('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], { stdio: ['ignore', 'ignore', 'ignore'] });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  t.after(kill);
  return { ended, kill };
}

/** A free port for TCP. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port!;
}

/** A free port for UDP. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => {
    socket.close(resolve);
  });
  return port;
}

/** Serves the files of a folder, as they are when they are asked for. @returns the origin */
export async function serveFolder(t: TestContext, folder: string): Promise<string> {
  const server = createServer((request, response) => {
    const path = join(folder, new URL(request.url ?? '/', 'http://host').pathname);
    if (!existsSync(path)) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': path.endsWith('.m3u8') ? 'application/vnd.apple.mpegurl' : 'video/mp2t' }).end(readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A feed's address with patience for a busy machine. */
export function address(url: string, changes: Partial<FeedAddress> = {}): FeedAddress {
  return { url, listen: false, rtspTransport: 'tcp', connectMicros: 10_000_000, ...changes };
}

/** Segments of a second, and bounds that nothing reaches. */
export const CUT: FeedCutOptions = { targetMicros: 1_000_000, maxMicros: 60_000_000, maxJumpMicros: 10_000_000, silenceMicros: 20_000_000, maxBufferedBytes: 1 << 26, limits: GENEROUS };
