import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { IHeaders } from 'kafkajs';
import { FramewitnessError } from '../../../src/domain/errors.js';
import { CLAIM_CONTENT_TYPE } from '../../../src/transports/claims/claim.js';
import { MAX_STREAM_ID_BYTES, parseRecord, writeRecord, type InputRecord } from '../../../src/transports/kafka/records.js';

const KEY = Buffer.from('camera 7');
const MEDIA = Buffer.from('media');

function codeOf(key: Buffer | null, value: Buffer | null, headers: IHeaders): string {
  try {
    parseRecord({ key, value, headers });
  } catch (error) {
    assert.ok(error instanceof FramewitnessError);
    return error.code;
  }
  return 'accepted';
}

describe('a record of the topic of segments', () => {
  const RECORDS: readonly InputRecord[] = [
    { kind: 'media', stream: 'a', sequence: 0, ptsStartMicros: 0, contentType: 'video/mp4', value: MEDIA },
    { kind: 'media', stream: 'Ünï/côdé 🎥', sequence: Number.MAX_SAFE_INTEGER, ptsStartMicros: -40_000, contentType: 'application/octet-stream', value: MEDIA, traceParent: '00-1-2-01', traceState: 'a=b' },
    { kind: 'media', stream: 'a', sequence: 1, ptsStartMicros: null, contentType: 'video/mp2t', value: MEDIA },
    { kind: 'claim', stream: 'a', sequence: 2, ptsStartMicros: 80_000, contentType: CLAIM_CONTENT_TYPE, value: Buffer.from('{}') },
    { kind: 'media', stream: 'a', sequence: 2, ptsStartMicros: 0, contentType: 'video/mp4', warnings: [{ code: 'FW_LIMIT_SEGMENT_BYTES', message: 'cut – before a keyframe' }], value: MEDIA },
    { kind: 'end', stream: 'a', sequence: 3 },
    { kind: 'end', stream: 'a', sequence: null },
  ];

  test('is read as it was written', () => {
    for (const record of RECORDS) assert.deepEqual(parseRecord(writeRecord(record)), record);
  });

  test('may have its headers as bytes, as they come from a broker', () => {
    const { headers } = writeRecord(RECORDS[0]!);
    const bytes = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value as string)]));
    assert.deepEqual(parseRecord({ key: Buffer.from('a'), value: MEDIA, headers: bytes }), RECORDS[0]);
  });

  test('takes a claim by its content type, whatever its case and parameters', () => {
    assert.equal(parseRecord({ key: KEY, value: MEDIA, headers: { sequence: '1', 'content-type': 'Application/VND.framewitness.claim+json; charset=utf-8' } }).kind, 'claim');
  });

  test('is refused without a key that can be a stream id', () => {
    const headers = { sequence: '0' };
    for (const key of [null, Buffer.alloc(0), Buffer.from([0xff, 0xfe]), Buffer.from('a\u0000b'), Buffer.from('a\nb'), Buffer.alloc(MAX_STREAM_ID_BYTES + 1, 'a')]) {
      assert.equal(codeOf(key, MEDIA, headers), 'FW_RECORD_KEY', String(key));
    }
    assert.equal(codeOf(Buffer.alloc(MAX_STREAM_ID_BYTES, 'a'), MEDIA, headers), 'accepted');
  });

  test('is refused for each malformed header', () => {
    const refused: readonly IHeaders[] = [
      {},
      ...['', ' 1', '1 ', '+1', '-1', '01', '1.0', '1e3', '0x1', 'one', '9007199254740992', '99999999999999999'].map((sequence) => ({ sequence })),
      { sequence: ['1', '2'] },
      { sequence: Buffer.from([0xff]) },
      ...['', '1.5', '--1', '+1', '-01', '9007199254740993'].map((pts) => ({ sequence: '1', 'pts-start-micros': pts })),
      { sequence: '1', 'end-of-stream': 'yes' },
      { sequence: '1', 'end-of-stream': '' },
      { sequence: 'x', 'end-of-stream': 'true' },
      { sequence: '1', 'content-type': ['a', 'b'] },
      ...['', 'x', '{}', '[1]', '[{"code":"FW_X"}]', '[{"code":"no code","message":""}]', '[{"code":"FW_X","message":"","more":1}]', JSON.stringify(Array.from({ length: 65 }, () => ({ code: 'X', message: '' }))), JSON.stringify([{ code: 'X', message: 'x'.repeat(2_001) }])].map((warnings) => ({ sequence: '1', warnings })),
    ];
    for (const headers of refused) assert.equal(codeOf(KEY, 'end-of-stream' in headers && headers['end-of-stream'] === 'true' ? null : MEDIA, headers), 'FW_RECORD_HEADER', JSON.stringify(headers));
  });

  test('is refused when an end has a value, or a segment has none', () => {
    assert.equal(codeOf(KEY, MEDIA, { 'end-of-stream': 'true' }), 'FW_RECORD_HEADER');
    assert.equal(codeOf(KEY, null, { sequence: '1' }), 'FW_INPUT_EMPTY');
    assert.equal(codeOf(KEY, Buffer.alloc(0), { sequence: '1', 'end-of-stream': 'false' }), 'FW_INPUT_EMPTY');
  });
});
