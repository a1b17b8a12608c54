import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createClaimResolver } from '../../../src/transports/claims/resolver.js';
import { parseRecord } from '../../../src/transports/kafka/records.js';
import { sharedBroker, type TestKafka } from '../../broker/shared.js';
import { readTopic, type StoredRecord } from '../../broker/topics.js';
import { makeClip } from '../../media/clips.js';
import { cut, decode } from '../../media/decoding.js';
import { STRICT } from '../claims/stores.js';
import { freePort, picture, send } from './senders.js';

const testKafka = sharedBroker();
const program = fileURLToPath(new URL('./cli-process.ts', import.meta.url));

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'framewitness-ingest-'));
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A topic of segments, and the topology that names it. */
async function prepare(t: TestContext, config: Readonly<Record<string, string>> = {}): Promise<{ readonly kafka: TestKafka; readonly topic: string; readonly topology: string }> {
  const kafka = testKafka(t);
  const topic = kafka.name('segments');
  await kafka.createTopics({ topic, numPartitions: 3, configEntries: Object.entries({ 'max.message.bytes': '1048576', ...config }).map(([name, value]) => ({ name, value })) });
  const topology = join(folder, `${randomBytes(6).toString('hex')}.yaml`);
  writeFileSync(topology, `version: "1.0"\nsegments: {targetSeconds: 1}\nstages: {score: {models: [{name: frames, card: builtin:srm-residual}]}}\ntransport: {kafka: {brokers: ["${kafka.broker.bootstrap}"], topics: {segments: "${topic}"}}}\n`);
  return { kafka, topic, topology };
}

interface Run {
  readonly code: number | null;
  readonly outcome: { readonly feeds: readonly Record<string, unknown>[]; readonly files: readonly Record<string, unknown>[] };
  readonly log: string;
}

/** `framewitness ingest` as a process of its own. */
function start(t: TestContext, ...args: readonly string[]): { readonly done: Promise<Run>; readonly stop: (signal?: NodeJS.Signals) => void; readonly until: (seen: RegExp) => Promise<void> } {
  const child = spawn(process.execPath, ['--import', 'tsx', program, 'ingest', ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let log = '';
  let look: () => void = () => undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
    look();
  });
  t.after(() => child.kill('SIGKILL'));
  const done = new Promise<Run>((resolve) =>
    child.on('close', (code) => {
      look();
      resolve({ code, log, outcome: (output === '' ? { feeds: [], files: [] } : JSON.parse(output)) as Run['outcome'] });
    }),
  );
  const until = (seen: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      look = () => {
        if (seen.test(log)) resolve();
        else if (child.exitCode !== null) reject(new Error(`it ended without ${seen.source}: ${log}`));
      };
      look();
    });
  return { done, until, stop: (signal = 'SIGINT') => child.kill(signal) };
}

const of = (records: readonly StoredRecord[], stream: string): readonly StoredRecord[] => records.filter(({ key }) => key?.toString() === stream);

/** The segments of a live stream: numbered without a gap, in order of media time, each decodable alone. */
async function checkStream(records: readonly StoredRecord[]): Promise<void> {
  let end = 0;
  for (const [index, record] of records.entries()) {
    const parsed = parseRecord({ key: record.key, value: record.value, headers: record.headers });
    assert.ok(parsed.kind === 'media');
    assert.equal(parsed.sequence, index);
    assert.equal(parsed.contentType, 'video/mp4');
    assert.ok(parsed.ptsStartMicros !== null && parsed.ptsStartMicros >= end, `media time ${parsed.ptsStartMicros} after ${end}`);
    if (record.headers['discontinuity'] === undefined) assert.equal(parsed.ptsStartMicros, end);
    end = Number(record.headers['pts-end-micros']);
    const { accounting } = await decode({ stream: 'test', sequence: index, ptsStartMicros: parsed.ptsStartMicros, media: parsed.value });
    assert.ok(accounting.present > 0);
    assert.equal(accounting.undecodable, 0);
  }
}

describe('files', () => {
  test('are published as the segments that scan judges, closed, and not twice', async (t) => {
    const { kafka, topic, topology } = await prepare(t);
    const clip = makeClip('h264-b-frames');
    const { code, outcome } = await start(t, clip, '--topology', topology, '--end-of-stream').done;
    assert.equal(code, 0);
    assert.deepEqual(outcome.files, [{ stream: clip, segments: 3, alreadyThere: 0 }]);
    const { segments } = await cut(clip);
    const records = await readTopic(kafka.kafka, topic);
    assert.equal(records.length, 4);
    for (const [index, segment] of segments.entries()) {
      const { key, value, headers } = records[index]!;
      assert.equal(key?.toString(), clip);
      assert.deepEqual(value, Buffer.from(segment.media));
      assert.deepEqual([headers['sequence'], headers['pts-start-micros'], headers['sha256'], headers['content-type']], [String(index), String(segment.ptsStartMicros), segment.sha256, 'video/mp4']);
    }
    assert.deepEqual(parseRecord({ key: records[3]!.key, value: records[3]!.value, headers: records[3]!.headers }), { kind: 'end', stream: clip, sequence: 3 });

    const again = await start(t, clip, '--topology', topology, '--end-of-stream').done;
    assert.deepEqual(again.outcome.files, [{ stream: clip, segments: 0, alreadyThere: 3 }]);
    assert.equal((await readTopic(kafka.kafka, topic)).length, 4);
  });

  test('another file under the name of a stream that the topic has is refused, and a missing one costs no other', async (t) => {
    const { kafka, topic, topology } = await prepare(t);
    const whole = readFileSync(makeClip('h264-ts'));
    const path = join(folder, 'growing.ts');
    writeFileSync(path, whole.subarray(0, Math.floor(whole.length * 0.8)));
    const first = await start(t, path, '--topology', topology).done;
    const published = first.outcome.files[0]!['segments'] as number;
    writeFileSync(path, readFileSync(makeClip('h264-mkv')));
    const other = await start(t, path, join(folder, 'absent.mp4'), '--topology', topology, '--end-of-stream').done;
    assert.equal(other.code, 4);
    assert.deepEqual(other.outcome.files.map(({ error }) => (error as { code: string }).code), ['FW_FEED_FOLLOW', 'FW_INPUT_NOT_FOUND']);
    assert.equal((await readTopic(kafka.kafka, topic)).length, published);
  });

  test('a watched folder: what is there and what comes, each file once, also over a restart', async (t) => {
    const { kafka, topic, topology } = await prepare(t);
    const uploads = join(folder, 'uploads');
    mkdirSync(uploads);
    copyFileSync(makeClip('h264-mkv'), join(uploads, 'a.mkv'));
    writeFileSync(join(uploads, 'b.txt'), 'no film');
    const args = [uploads, '--watch', '--topology', topology, '--end-of-stream'];
    const first = start(t, ...args);
    await first.until(/published .*a\.mkv sequence=2/);
    copyFileSync(makeClip('vp8'), join(uploads, 'c.webm'));
    await first.until(/published .*c\.webm sequence=2/);
    first.stop();
    const { code, outcome } = await first.done;
    assert.equal(code, 0);
    assert.deepEqual(outcome.files, ['a.mkv', 'c.webm'].map((name) => ({ stream: join(uploads, name), segments: 3, alreadyThere: 0 })));
    copyFileSync(makeClip('h264-flv'), join(uploads, 'd.flv'));
    const second = start(t, ...args);
    await second.until(/published .*d\.flv sequence=2/);
    second.stop();
    await second.done;
    const records = await readTopic(kafka.kafka, topic);
    for (const name of ['a.mkv', 'c.webm', 'd.flv']) assert.deepEqual(of(records, join(uploads, name)).map(({ headers }) => headers['end-of-stream'] ?? headers['sequence']), ['0', '1', '2', 'true'], name);
  });

  test('a segment that does not fit a record: a coded error that names the setting; with a claim store, a claim check', async (t) => {
    const { kafka, topic, topology } = await prepare(t, { 'max.message.bytes': '40000' });
    const clip = makeClip('h264-b-frames');
    const refused = await start(t, clip, '--stream', 'plain', '--topology', topology).done;
    assert.equal(refused.code, 4);
    const error = refused.outcome.files[0]!['error'] as { code: string; message: string };
    assert.equal(error.code, 'FW_KAFKA_RECORD_TOO_LARGE');
    assert.match(error.message, /claimStore/);
    const store = join(folder, 'store');
    const { code } = await start(t, clip, '--stream', '../claimed', '--topology', topology, '--claim-store', store).done;
    assert.equal(code, 0);
    const resolver = createClaimResolver({ ...STRICT, file: { folders: [store] } }, { maxSegmentBytes: 1 << 28 });
    const records = of(await readTopic(kafka.kafka, topic), '../claimed');
    const { segments } = await cut(clip);
    assert.equal(records.length, 3);
    for (const [index, record] of records.entries()) {
      const parsed = parseRecord({ key: record.key, value: record.value, headers: record.headers });
      assert.ok(parsed.kind === 'claim');
      const { media } = await resolver.resolve(parsed.value, {});
      assert.equal(createHash('sha256').update(media).digest('hex'), segments[index]!.sha256);
    }
  });
});

describe('live feeds', () => {
  test('a feed that drops and returns, beside one that is never there: one stream, a marked gap; a restart goes on numbering', async (t) => {
    const { kafka, topic, topology } = await prepare(t);
    const port = await freePort();
    const url = `rtmp://127.0.0.1:${port}/live/key`;
    const feeds = join(folder, 'feeds.yaml');
    const reconnect = '{initialMillis: 100, maxMillis: 400}';
    writeFileSync(feeds, `version: "1.0"\nfeeds:\n  - {stream: camera, url: "${url}", cut: {targetSeconds: 1}, reconnect: ${reconnect}}\n  - {stream: absent, url: "rtsp://127.0.0.1:${await freePort()}/a", reconnect: ${reconnect}}\n`);
    const sender = send(t, ...picture(60), '-f', 'flv', '-listen', '1', url);
    const first = start(t, '--feeds', feeds, '--topology', topology);
    await first.until(/published stream=camera sequence=2/);
    await sender.kill();
    await first.until(/FW_FEED_LOST stream=camera/);
    const back = send(t, ...picture(60), '-f', 'flv', '-listen', '1', url);
    await first.until(/the stream has a gap stream=camera[^\n]*reconnected/);
    await first.until(/published stream=camera sequence=6/);
    first.stop();
    const stopped = await first.done;
    assert.equal(stopped.code, 0);
    assert.match(stopped.log, /FW_FEED_UNREACHABLE stream=absent/);
    assert.doesNotMatch(stopped.log, /live\/key/);
    await back.kill();

    send(t, ...picture(60), '-f', 'flv', '-listen', '1', url);
    const second = start(t, '--feeds', feeds, '--topology', topology);
    const before = await readTopic(kafka.kafka, topic);
    await second.until(new RegExp(`published stream=camera sequence=${before.length + 1}`));
    // Killed, and not asked to stop.
    second.stop('SIGKILL');
    await second.done;

    const records = await readTopic(kafka.kafka, topic);
    assert.equal(of(records, 'camera').length, records.length);
    await checkStream(records);
    const gaps = records.filter(({ headers }) => headers['discontinuity'] !== undefined);
    assert.deepEqual(gaps.map(({ headers }) => headers['discontinuity']), ['reconnected', 'restarted']);
    assert.equal(records.indexOf(gaps[1]!), before.length);
    for (const [index, reason] of ['FW_FEED_LOST', 'restarted'].entries()) {
      const [loss] = JSON.parse(gaps[index]!.headers['lost']!) as { readonly reason: string; readonly micros: number }[];
      assert.equal(loss!.reason, reason);
      assert.ok(loss!.micros >= 0);
      const previous = records[records.indexOf(gaps[index]!) - 1]!;
      assert.equal(Number(gaps[index]!.headers['pts-start-micros']) - Number(previous.headers['pts-end-micros']), loss!.micros);
    }
  });
});

test('mistakes of a file of feeds are said at once, and nothing is connected to', async (t) => {
  const { topology } = await prepare(t);
  const feeds = join(folder, 'mistakes.yaml');
  writeFileSync(feeds, 'version: "1.0"\nfeeds:\n  - {stream: a, url: "file:///etc/passwd"}\n  - {stream: a, url: "http://host/a.m3u8", listen: true, curt: {}}\n');
  const { code, log } = await start(t, '--feeds', feeds, '--topology', topology).done;
  assert.equal(code, 2);
  assert.match(log, /FW_FEEDS_INVALID/);
  for (const place of [':3:', ':4:']) assert.ok(log.includes(`mistakes.yaml${place}`), log);
  assert.equal(log.match(/mistakes\.yaml:/g)?.length, 5, log);
});
