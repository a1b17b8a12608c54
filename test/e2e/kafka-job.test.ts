/** The Kafka job against a real broker, from segments to committed verdicts. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { lastValueFrom, NEVER } from 'rxjs';
import type { Segment } from '../../src/domain/media.js';
import type { Finding, SegmentVerdict } from '../../src/domain/verdict.js';
import { openPipeline } from '../../src/topology/build/open.js';
import { verifyChain } from '../../src/verdicts/chain.js';
import { startBroker, type Broker } from '../broker/broker.js';
import { testKafka } from '../broker/shared.js';
import { accountingFaults, verdictsOf } from '../support/cli.js';
import { count, jobSetting } from '../support/kafka-job.js';
import { shortClip } from '../support/sample.js';
import { cutFile, endOf, recordOf } from '../support/segments.js';

let broker: Broker;
let clip: string;
let segments: readonly Segment[];
before(async () => {
  broker = await startBroker({ own: true });
  clip = await shortClip(8);
  segments = await cutFile(clip);
});
after(() => broker.stop());

const STREAMS = ['north', 'south', 'east'];

/** Findings without the name of the stream: what `scan` and the job must agree on. */
const anonymous = (verdicts: readonly SegmentVerdict[]): readonly Omit<Finding, 'stream'>[] => verdicts.map(({ finding: { stream: _stream, ...finding } }) => finding);

/** Every stream's verdicts are there once, in order, in a whole chain. */
function assertWhole(verdicts: readonly SegmentVerdict[], streams: readonly string[], length: number): void {
  for (const stream of streams) assert.deepEqual(verdictsOf(verdicts, stream).map(({ finding }) => finding.sequence), Array.from({ length }, (_, i) => i), stream);
  assert.deepEqual(verifyChain(verdicts), []);
}

describe('the Kafka job', () => {
  test('finds what scan finds, over several streams and partitions, and across a restart in the middle', async (t) => {
    const job = await jobSetting(testKafka(broker, t));
    const half = Math.floor(segments.length / 2);
    await job.publish(segments.slice(0, half).flatMap((segment) => STREAMS.map((stream) => recordOf(stream, segment))));
    const first = job.start();
    await first.until((events) => count(events, 'verdict') === half * STREAMS.length);
    await first.stop();
    await job.publish([...segments.slice(half).flatMap((segment) => STREAMS.map((stream) => recordOf(stream, segment))), ...STREAMS.map((stream) => endOf(stream, segments.length))]);
    const second = job.start();
    await second.until((events) => count(events, 'stream-ended') === STREAMS.length);
    await second.stop();
    assert.equal(count(second.events, 'verdict'), (segments.length - half) * STREAMS.length);

    const scanned: SegmentVerdict[] = [];
    const pipeline = await openPipeline(job.loaded);
    const write = (event: { kind: string; verdict?: SegmentVerdict }): Promise<void> => {
      if (event.verdict !== undefined) scanned.push(event.verdict);
      return Promise.resolve();
    };
    await lastValueFrom(pipeline.judgeFiles([{ path: clip }], write, NEVER), { defaultValue: undefined });
    await pipeline.close();

    const verdicts = await job.verdicts();
    assertWhole(verdicts, STREAMS, segments.length);
    for (const stream of STREAMS) assert.deepEqual(anonymous(verdictsOf(verdicts, stream)), anonymous(scanned));
    const summaries = await job.streamVerdicts();
    for (const stream of STREAMS) {
      const summary = summaries.get(stream)!;
      assert.equal(summary.end, 'end-of-stream');
      assert.equal(summary.segments.judged, segments.length);
      assert.equal(summary.head, verdictsOf(verdicts, stream).at(-1)!.hash);
    }
    const [record] = await job.read('verdicts');
    assert.equal(record!.headers['ce_type'], 'org.framewitness.segment-verdict.v1');
    assert.equal(record!.headers['ce_specversion'], '1.0');
    assert.equal(record!.headers['content-type'], 'application/json');
    assert.deepEqual(await job.deadLetters(), []);
  });

  test('has an outcome for every record that is repeated, missing, late, malformed, poisoned or after the end', async (t) => {
    const job = await jobSetting(testKafka(broker, t));
    const [s0, s1, s2, s3] = segments as [Segment, Segment, Segment, Segment];
    const poison = { ...s3, media: new TextEncoder().encode('this is no video') };
    const malformed = { ...recordOf('odd', s1), headers: { sequence: 'one' } };
    await job.publish([
      recordOf('odd', s0),
      recordOf('odd', s0),
      recordOf('odd', { ...s1, sequence: 0 }),
      recordOf('odd', s2),
      recordOf('odd', s1),
      malformed,
      recordOf('odd', poison),
      endOf('odd', 4),
      recordOf('odd', { ...s3, sequence: 4 }),
      endOf('odd'),
      recordOf('good', s0),
      recordOf('good', s1),
      endOf('good', 2),
    ]);
    const running = job.start();
    await running.until((events) => count(events, 'stream-ended') === 2 && count(events, 'dead-letter') === 4);
    await running.stop();

    const verdicts = await job.verdicts();
    const odd = verdictsOf(verdicts, 'odd');
    assert.deepEqual(odd.map(({ finding }) => finding.sequence), [0, 2, 1, 3]);
    assert.deepEqual(odd.flatMap(accountingFaults), []);
    assert.deepEqual(verifyChain(odd), []);
    const codes = odd.map(({ finding }) => finding.warnings.map(({ code }) => code));
    assert.deepEqual(codes.slice(0, 3), [[], ['FW_SEGMENT_GAP'], ['FW_SEGMENT_LATE']]);
    assert.equal(odd[3]!.finding.verdict, 'inconclusive');
    assert.deepEqual(odd[3]!.finding.reasons, ['undecodable']);

    const letters = await job.deadLetters();
    assert.deepEqual(letters.map(({ headers }) => `${headers['dead-letter-code']} ${headers['dead-letter-stage']}`).sort(), ['FW_INPUT_NOT_MEDIA decode', 'FW_RECORD_HEADER record', 'FW_SEGMENT_AFTER_END sequence', 'FW_SEGMENT_REPEATED sequence']);
    const letter = letters.find(({ headers }) => headers['dead-letter-code'] === 'FW_INPUT_NOT_MEDIA')!;
    assert.equal(letter.value!.toString('utf8'), 'this is no video');
    assert.match(letter.headers['dead-letter-replay']!, new RegExp(`^framewitness replay .*--partition ${letter.headers['dead-letter-partition']} .*${letter.headers['dead-letter-offset']}`));

    const { segments: counts } = (await job.streamVerdicts()).get('odd')!;
    assert.deepEqual({ judged: counts.judged, missing: counts.missing, late: counts.late, repeated: counts.repeated, refused: counts.refused }, { judged: 4, missing: 0, late: 1, repeated: 1, refused: 1 });
    assertWhole(verdicts.filter(({ finding }) => finding.stream === 'good'), ['good'], 2);
  });

  test('shares its partitions with a worker that joins, and takes them back when it leaves, without loss or repetition', async (t) => {
    const job = await jobSetting(testKafka(broker, t));
    const streams = Array.from({ length: 8 }, (_, i) => `stream-${i}`);
    const publish = (from: number, to: number): Promise<void> => job.publish(segments.slice(from, to).flatMap((segment) => streams.map((stream) => recordOf(stream, segment))));
    const first = job.start();
    await publish(0, 2);
    await first.until((events) => count(events, 'verdict') > 0);
    const second = job.start();
    await second.until((events) => events.some((event) => event.kind === 'assigned' && event.partitions.length === 2));
    await publish(2, 3);
    await second.until((events) => count(events, 'verdict') > 0);
    await second.stop();
    await publish(3, segments.length);
    await first.until((events) => count(events, 'verdict') + count(second.events, 'verdict') === segments.length * streams.length);
    await first.stop();
    assertWhole(await job.verdicts(), streams, segments.length);
  });

  test('rides out a broker that is killed and comes back', async (t) => {
    const job = await jobSetting(testKafka(broker, t));
    await job.publish(segments.flatMap((segment) => STREAMS.map((stream) => recordOf(stream, segment))));
    const running = job.start();
    await running.until((events) => count(events, 'verdict') >= 2);
    await broker.kill();
    await broker.restart();
    await running.until((events) => count(events, 'verdict') >= segments.length * STREAMS.length);
    await running.stop();
    assertWhole(await job.verdicts(), STREAMS, segments.length);
  });
});
