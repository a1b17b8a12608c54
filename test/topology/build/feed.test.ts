import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { FramewitnessError } from '../../../src/domain/errors.js';
import type { FeedAddress } from '../../../src/media/feed-address.js';
import type { FeedCutOptions, FeedPiece } from '../../../src/media/feed-segmenter.js';
import { openFeed } from '../../../src/topology/build/feed.js';
import { decode } from '../../media/decoding.js';
import { CUT, address, freePort, freeUdpPort, picture, send, serveFolder } from '../../transports/ingest/senders.js';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'framewitness-feeds-'));
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

const LOCATION = { stream: 'test' };
const NEVER = new AbortController().signal;
const codeOf = (error: unknown): string => (error instanceof FramewitnessError ? error.code : String(error));

/** Connects, for as long as nobody is there yet, and reads to the end. */
async function receive(feed: FeedAddress, cut: FeedCutOptions = CUT, until: (pieces: readonly FeedPiece[]) => boolean = () => false): Promise<{ readonly pieces: readonly FeedPiece[]; readonly end: string; readonly isFinite: boolean }> {
  const connect = async (): ReturnType<typeof openFeed> => {
    for (let attempts = 0; ; attempts += 1) {
      try {
        return await openFeed(feed, cut, LOCATION, NEVER);
      } catch (error) {
        if (codeOf(error) !== 'FW_FEED_UNREACHABLE' || attempts > 20) throw error;
      }
    }
  };
  const connection = await connect();
  const pieces: FeedPiece[] = [];
  const { isFinite } = connection;
  try {
    for (;;) {
      const next = await connection.next();
      if (next === 'end') return { pieces, end: 'end', isFinite };
      if (next !== null) pieces.push(next);
      if (next !== null && until(pieces)) await connection.stop();
    }
  } catch (error) {
    return { pieces, end: codeOf(error), isFinite };
  } finally {
    await connection.close();
  }
}

/** Frames that the pieces decode to; every piece must decode whole, by itself. */
async function framesOf(pieces: readonly FeedPiece[]): Promise<number> {
  let frames = 0;
  for (const { media, startMicros, frames: counted } of pieces) {
    const { accounting } = await decode({ stream: 'test', sequence: 0, ptsStartMicros: startMicros, media });
    assert.equal(accounting.undecodable, 0);
    assert.equal(accounting.present, counted);
    frames += accounting.present;
  }
  return frames;
}

async function checkFeed(pieces: readonly FeedPiece[], expectedFrames: number): Promise<void> {
  assert.equal(await framesOf(pieces), expectedFrames);
  assert.equal(pieces[0]!.startMicros, 0);
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) assert.equal(piece.startMicros, pieces[index - 1]!.endMicros, 'media time is continuous');
    assert.deepEqual(piece.warnings, []);
    assert.equal(piece.jumped, false);
  }
}

describe('a feed becomes self-contained segments with every frame, and its end is a loss', { concurrency: 3 }, () => {
  test('RTMP, from a server', async (t) => {
    const port = await freePort();
    send(t, ...picture(3), '-f', 'flv', '-listen', '1', `rtmp://127.0.0.1:${port}/live/key`);
    const { pieces, end, isFinite } = await receive(address(`rtmp://127.0.0.1:${port}/live/key`));
    assert.equal(end, 'FW_FEED_LOST');
    assert.equal(isFinite, false);
    assert.equal(pieces.length, 3);
    await checkFeed(pieces, 75);
  });
  test('RTMP, sent to us', async (t) => {
    const port = await freePort();
    const receiving = receive(address(`rtmp://127.0.0.1:${port}/live/key`, { listen: true }));
    await untilListening(port);
    send(t, ...picture(3), '-f', 'flv', `rtmp://127.0.0.1:${port}/live/key`);
    await checkFeed((await receiving).pieces, 75);
  });
  test('SRT, from a listener', async (t) => {
    const port = await freeUdpPort();
    send(t, ...picture(4), '-f', 'mpegts', `srt://127.0.0.1:${port}?mode=listener`);
    const { pieces, end } = await receive(address(`srt://127.0.0.1:${port}`));
    assert.equal(end, 'FW_FEED_LOST');
    // What is on the way when the sender ends is lost.
    assert.ok(pieces.length >= 3, `${pieces.length} pieces`);
    const frames = await framesOf(pieces);
    assert.ok(frames >= 70 && frames <= 100, `${frames} frames`);
    await checkFeed(pieces, frames);
  });
  test('RTSP, sent to us', async (t) => {
    const port = await freePort();
    const receiving = receive(address(`rtsp://127.0.0.1:${port}/live`, { listen: true }));
    await untilListening(port);
    send(t, ...picture(3), '-f', 'rtsp', '-rtsp_transport', 'tcp', `rtsp://127.0.0.1:${port}/live`);
    const { pieces } = await receiving;
    // RTP has no end of its last frames: one or two may be missing.
    const frames = await framesOf(pieces);
    assert.ok(frames >= 70 && frames <= 75, `${frames} frames`);
  });
  test('UDP, in the middle of a group of pictures: what cannot be decoded is dropped and counted, silence ends it', async (t) => {
    const port = await freeUdpPort();
    send(t, ...picture(120), '-f', 'mpegts', `udp://127.0.0.1:${port}?pkt_size=1316`);
    const sender = send(t, ...picture(1), '-f', 'null', '-');
    await sender.ended;
    const { pieces, end } = await receive(address(`udp://127.0.0.1:${port}`), CUT, (all) => all.length === 2);
    assert.equal(end, 'end');
    const whole = pieces.slice(0, 2);
    assert.equal(await framesOf(whole), 50);
    assert.ok(pieces[0]!.dropped.beforeKeyframe < 25);
    // The stop cuts the third short.
    assert.ok(pieces.length <= 3);
  });
});

/** Waits until somebody listens, without connecting: the first connection is the feed's. */
async function untilListening(port: number): Promise<void> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  for (let looks = 0; looks < 3000; looks += 1) {
    if (new RegExp(`:${hex} [0-9A-F:]+ 0A`).test(readFileSync('/proc/net/tcp', 'utf8'))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nobody listens on ${port}`);
}

function makeHls(name: string, seconds: number, ...more: readonly string[]): string {
  const path = join(folder, name);
  mkdirSync(path);
  execFileSync('ffmpeg', ['-v', 'error', '-nostdin', ...picture(seconds).slice(1), '-f', 'hls', '-hls_time', '1', '-hls_list_size', '0', ...more, join(path, 'index.m3u8')]);
  return path;
}

describe('HLS', { concurrency: 2 }, () => {
  test('a finished playlist is read to its end, and the same again', async (t) => {
    const path = makeHls('vod', 6);
    const origin = await serveFolder(t, path);
    const first = await receive(address(`${origin}/index.m3u8`));
    assert.equal(first.isFinite, true);
    assert.equal(first.end, 'end');
    assert.equal(first.pieces.length, 6);
    await checkFeed(first.pieces, 150);
    const second = await receive(address(`${origin}/index.m3u8`));
    assert.deepEqual(second.pieces.map(({ sha256 }) => sha256), first.pieces.map(({ sha256 }) => sha256));
  });
  test('a discontinuity: the clock jumps, media time goes on', async (t) => {
    const path = makeHls('joined', 2);
    const other = makeHls('joined-other', 2, '-output_ts_offset', '5000');
    for (const name of readdirSync(other).filter((each) => each.endsWith('.ts'))) writeFileSync(join(path, `other-${name}`), readFileSync(join(other, name)));
    const list = readFileSync(join(path, 'index.m3u8'), 'utf8').replace('#EXT-X-ENDLIST\n', '');
    const rest = readFileSync(join(other, 'index.m3u8'), 'utf8').split('\n').filter((line) => line.startsWith('#EXTINF') || line.endsWith('.ts')).map((line) => (line.endsWith('.ts') ? `other-${line}` : line));
    writeFileSync(join(path, 'index.m3u8'), `${list}#EXT-X-DISCONTINUITY\n${rest.join('\n')}\n#EXT-X-ENDLIST\n`);
    const { pieces, end } = await receive(address(`${await serveFolder(t, path)}/index.m3u8`));
    assert.equal(end, 'end');
    assert.equal(await framesOf(pieces), 100);
    assert.deepEqual(pieces.map(({ jumped }) => jumped), [false, false, true, false]);
    for (const [index, { startMicros }] of pieces.entries()) if (index > 0) assert.equal(startMicros, pieces[index - 1]!.endMicros);
  });
  test('a playlist that grows is a live feed', async (t) => {
    const path = join(folder, 'live');
    mkdirSync(path);
    send(t, ...picture(30), '-f', 'hls', '-hls_time', '1', '-hls_list_size', '5', join(path, 'index.m3u8'));
    const origin = await serveFolder(t, path);
    // Before there is a list there is none.
    const { pieces, isFinite } = await receive(address(`${origin}/index.m3u8`), CUT, (all) => all.length === 4);
    assert.equal(isFinite, false);
    assert.equal(await framesOf(pieces.slice(0, 4)), 100);
  });
  test('a playlist may not name files, or other schemes', async (t) => {
    const path = join(folder, 'hostile');
    mkdirSync(path);
    const secret = join(folder, 'secret.ts');
    writeFileSync(secret, readFileSync(join(makeHls('secret', 1), 'index0.ts')));
    for (const uri of [`file://${secret}`, secret, `concat:${secret}`, `subfile,,start,0,end,0,,:${secret}`, 'data:video/mp2t;base64,RxEQ']) {
      writeFileSync(join(path, 'index.m3u8'), `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${uri}\n#EXT-X-ENDLIST\n`);
      const outcome = await openFeed(address(`${await serveFolder(t, path)}/index.m3u8`), CUT, LOCATION, NEVER).then(() => 'opened', codeOf);
      assert.ok(['FW_FEED_UNREACHABLE', 'FW_INPUT_NOT_MEDIA', 'FW_INPUT_NO_VIDEO'].includes(outcome), `${uri}: ${outcome}`);
    }
  });
});

test('where keyframes are rare a segment ends at the bound, and what follows cannot be decoded by itself', async (t) => {
  const path = join(folder, 'rare');
  mkdirSync(path);
  execFileSync('ffmpeg', ['-v', 'error', '-nostdin', ...picture(8, 100).slice(1), '-f', 'hls', '-hls_time', '4', '-hls_list_size', '0', join(path, 'index.m3u8')]);
  const { pieces } = await receive(address(`${await serveFolder(t, path)}/index.m3u8`), { ...CUT, maxMicros: 3_000_000 });
  assert.deepEqual(pieces.map(({ warnings }) => warnings.map(({ code }) => code)), [['FW_LIMIT_SEGMENT_SECONDS'], ['FW_SEGMENT_UNDECODABLE'], ['FW_LIMIT_SEGMENT_SECONDS'], ['FW_SEGMENT_UNDECODABLE']]);
  assert.equal(pieces.reduce((sum, { frames }) => sum + frames, 0), 200);
  for (const { startMicros, endMicros } of pieces) assert.ok(endMicros - startMicros <= 3_200_000, `${endMicros - startMicros}`);
});

describe('bad feeds', { concurrency: 2 }, () => {
  async function talk(t: TestContext, speak: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      speak(socket);
      t.after(() => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    return (server.address() as AddressInfo).port;
  }
  const failure = (feed: FeedAddress, cut = CUT): Promise<string> => openFeed(feed, cut, LOCATION, NEVER).then(async (connection) => {
    await connection.close();
    return 'opened';
  }, codeOf);

  test('a server that says nothing, for every protocol that connects', async (t) => {
    const port = await talk(t, () => undefined);
    for (const scheme of ['rtmp', 'rtsp', 'http']) {
      assert.equal(await failure(address(`${scheme}://127.0.0.1:${port}/a`, { connectMicros: 500_000 }), { ...CUT, silenceMicros: 500_000 }), 'FW_FEED_UNREACHABLE', scheme);
    }
  });
  test('nobody there, something else than a playlist, endless nonsense', async (t) => {
    assert.equal(await failure(address(`rtsp://127.0.0.1:${await freePort()}/a`)), 'FW_FEED_UNREACHABLE');
    const noise = await talk(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const timer = setInterval(() => socket.write(Buffer.alloc(1 << 16, 'nonsense')), 1);
      socket.on('close', () => {
        clearInterval(timer);
      });
    });
    assert.match(await failure(address(`http://127.0.0.1:${noise}/a.m3u8`)), /^FW_(?:FEED_UNREACHABLE|INPUT_NOT_MEDIA)$/);
    const path = join(folder, 'not-a-playlist');
    mkdirSync(path);
    appendFileSync(join(path, 'a.ts'), readFileSync(join(makeHls('plain', 1), 'index0.ts')));
    assert.equal(await failure(address(`${await serveFolder(t, path)}/a.ts`)), 'FW_INPUT_NOT_MEDIA');
  });
  test('a feed that falls silent', async (t) => {
    const udp = await freeUdpPort();
    send(t, ...picture(3), '-f', 'mpegts', `udp://127.0.0.1:${udp}?pkt_size=1316`);
    const { end, pieces } = await receive(address(`udp://127.0.0.1:${udp}`), { ...CUT, silenceMicros: 1_500_000 });
    assert.equal(end, 'FW_FEED_SILENT');
    assert.ok(pieces.length >= 1);
  });
  test('addresses that are no feeds', async () => {
    for (const url of ['file:///etc/passwd', 'concat:/a', 'ftp://host/a', 'data:,a', 'srt://127.0.0.1:9?logfile=/tmp/a', 'udp://127.0.0.1:9?connect=1', 'nothing']) assert.equal(await failure(address(url)), 'FW_FEED_REFUSED', url);
    assert.equal(await failure(address('http://127.0.0.1/a.m3u8', { listen: true })), 'FW_FEED_REFUSED');
  });
});

test('segments that nobody takes in time are dropped whole, and counted', async (t) => {
  const port = await freePort();
  const sender = send(t, ...picture(5), '-f', 'flv', '-listen', '1', `rtmp://127.0.0.1:${port}/live/key`);
  const feed = address(`rtmp://127.0.0.1:${port}/live/key`);
  let connection: Awaited<ReturnType<typeof openFeed>> | undefined;
  while (connection === undefined) connection = await openFeed(feed, { ...CUT, maxBufferedBytes: 1 }, LOCATION, NEVER).catch(() => undefined);
  await sender.ended;
  const pieces: FeedPiece[] = [];
  await assert.rejects(async () => {
    for (;;) {
      const next = await connection.next();
      if (next !== null && next !== 'end') pieces.push(next);
    }
  }, (error) => codeOf(error) === 'FW_FEED_LOST');
  await connection.close();
  assert.equal(pieces.length, 1);
  assert.equal(await framesOf(pieces), 25);
});
