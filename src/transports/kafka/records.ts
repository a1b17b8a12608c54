/** Records of the topic of segments, read and written (docs/reference/kafka.md). What is malformed is a coded error. */
import type { IHeaders } from 'kafkajs';
import { z } from 'zod';
import { FramewitnessError } from '../../domain/errors.js';
import type { SegmentWarning } from '../../domain/media.js';
import { CLAIM_CONTENT_TYPE } from '../claims/claim.js';

/** Header names of a segment record. */
export const SEGMENT_HEADERS = { sequence: 'sequence', ptsStart: 'pts-start-micros', contentType: 'content-type', warnings: 'warnings', end: 'end-of-stream', traceParent: 'traceparent', traceState: 'tracestate' } as const;

/** Content type of media whose kind the producer does not name. */
export const MEDIA_CONTENT_TYPE = 'application/octet-stream';

/** Longest stream id, bytes of UTF-8. */
export const MAX_STREAM_ID_BYTES = 1024;

/** Headers that every record may have. */
export interface CommonHeaders {
  /** Stream id. */
  readonly stream: string;
  /** W3C trace context, as it came; not checked. */
  readonly traceParent?: string;
  readonly traceState?: string;
}

/** A piece of media, or a claim check for one. */
export interface SegmentRecord extends CommonHeaders {
  readonly kind: 'media' | 'claim';
  /** Position in the stream, from 0, rising. */
  readonly sequence: number;
  /** Media time of the segment's first frame in the stream, microseconds; null: the container's own time counts. */
  readonly ptsStartMicros: number | null;
  readonly contentType: string;
  /** What whoever cut the segment knows to be lost or wrong with it; it comes to stand in the finding. */
  readonly warnings?: readonly SegmentWarning[];
  /** The media, or the claim check's JSON. */
  readonly value: Uint8Array;
}

/** The end of a stream. */
export interface EndRecord extends CommonHeaders {
  readonly kind: 'end';
  /** Number of segments that the stream had, where the producer says; so that a lost tail is noticed. */
  readonly sequence: number | null;
}

/** What a record of the topic of segments is. */
export type InputRecord = SegmentRecord | EndRecord;

/** The parts of a Kafka message that {@link parseRecord} reads. */
export interface RawRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: IHeaders;
}

const KNOWN_CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}]/u;

function malformed(detail: string): FramewitnessError {
  return new FramewitnessError('FW_RECORD_HEADER', detail);
}

/** The stream id that a key stands for. @throws FramewitnessError FW_RECORD_KEY */
export function parseStreamKey(key: Buffer | null): string {
  if (key === null || key.length === 0) throw new FramewitnessError('FW_RECORD_KEY', 'the record has no key');
  if (key.length > MAX_STREAM_ID_BYTES) throw new FramewitnessError('FW_RECORD_KEY', `the key has ${key.length} bytes, and a stream id at most ${MAX_STREAM_ID_BYTES}`);
  let stream: string;
  try {
    stream = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(key);
  } catch {
    throw new FramewitnessError('FW_RECORD_KEY', 'the key is not UTF-8');
  }
  if (KNOWN_CONTROL.test(stream)) throw new FramewitnessError('FW_RECORD_KEY', 'the key holds control characters');
  return stream;
}

/** One header as text; undefined when there is none. @throws FramewitnessError FW_RECORD_HEADER when it is repeated or not UTF-8 */
export function headerText(headers: IHeaders | undefined, name: string): string | undefined {
  const value = headers !== undefined && Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (value === undefined) return undefined;
  if (Array.isArray(value)) throw malformed(`the header ${name} stands ${value.length} times`);
  if (typeof value === 'string') return value;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(value);
  } catch {
    throw malformed(`the header ${name} is not UTF-8`);
  }
}

function wholeNumber(headers: IHeaders | undefined, name: string, signed: boolean): number | undefined {
  const text = headerText(headers, name);
  if (text === undefined) return undefined;
  const form = signed ? /^-?(?:0|[1-9][0-9]{0,15})$/ : /^(?:0|[1-9][0-9]{0,15})$/;
  const value = Number(text);
  if (!form.test(text) || !Number.isSafeInteger(value)) throw malformed(`the header ${name} must be a whole decimal number${signed ? '' : ', 0 or more'}, below 2^53`);
  return value;
}

/** Most bytes of the header of warnings, and most warnings in it: they are kept in each verdict. */
const MAX_WARNING_BYTES = 16_384;
const MAX_WARNINGS = 64;

const warningList = z.array(z.strictObject({ code: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/), message: z.string().max(2_000) })).max(MAX_WARNINGS);

function warningsOf(headers: IHeaders | undefined): Pick<SegmentRecord, 'warnings'> {
  const text = headerText(headers, SEGMENT_HEADERS.warnings);
  if (text === undefined) return {};
  if (Buffer.byteLength(text) > MAX_WARNING_BYTES) throw malformed(`the header ${SEGMENT_HEADERS.warnings} has more than ${MAX_WARNING_BYTES} bytes`);
  try {
    return { warnings: warningList.parse(JSON.parse(text)) };
  } catch {
    throw malformed(`the header ${SEGMENT_HEADERS.warnings} must be a JSON list of at most ${MAX_WARNINGS} objects with code, in capital letters, and message`);
  }
}

/**
 * Reads a record of the topic of segments.
 *
 * @throws FramewitnessError FW_RECORD_KEY, FW_RECORD_HEADER, or FW_INPUT_EMPTY for a segment without bytes
 */
export function parseRecord({ key, value, headers }: RawRecord): InputRecord {
  const stream = parseStreamKey(key);
  const traceParent = headerText(headers, SEGMENT_HEADERS.traceParent);
  const traceState = headerText(headers, SEGMENT_HEADERS.traceState);
  const common: CommonHeaders = { stream, ...(traceParent === undefined ? {} : { traceParent }), ...(traceState === undefined ? {} : { traceState }) };
  const end = headerText(headers, SEGMENT_HEADERS.end);
  if (end !== undefined && end !== 'true' && end !== 'false') throw malformed(`the header ${SEGMENT_HEADERS.end} must be true or false`);
  const sequence = wholeNumber(headers, SEGMENT_HEADERS.sequence, false);
  if (end === 'true') {
    if (value !== null && value.length > 0) throw malformed(`a record with ${SEGMENT_HEADERS.end} has a value of ${value.length} bytes; it must have none`);
    return { kind: 'end', ...common, sequence: sequence ?? null };
  }
  if (sequence === undefined) throw malformed(`the header ${SEGMENT_HEADERS.sequence} is missing`);
  const ptsStartMicros = wholeNumber(headers, SEGMENT_HEADERS.ptsStart, true) ?? null;
  const contentType = (headerText(headers, SEGMENT_HEADERS.contentType) ?? MEDIA_CONTENT_TYPE).trim();
  if (value === null || value.length === 0) throw new FramewitnessError('FW_INPUT_EMPTY', 'the record has no value');
  const kind = (contentType.split(';')[0] ?? '').trim().toLowerCase() === CLAIM_CONTENT_TYPE ? 'claim' : 'media';
  return { kind, ...common, sequence, ptsStartMicros, contentType, ...warningsOf(headers), value };
}

/** A record as kafkajs sends it. */
export interface WritableRecord {
  readonly key: Buffer;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
}

function withoutUndefined(headers: Readonly<Record<string, string | undefined>>): IHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}

/** Writes a record of the topic of segments; {@link parseRecord} reads it back. */
export function writeRecord(record: InputRecord): WritableRecord {
  const key = Buffer.from(record.stream, 'utf8');
  const trace = { [SEGMENT_HEADERS.traceParent]: record.traceParent, [SEGMENT_HEADERS.traceState]: record.traceState };
  if (record.kind === 'end') {
    return { key, value: null, headers: withoutUndefined({ [SEGMENT_HEADERS.end]: 'true', [SEGMENT_HEADERS.sequence]: record.sequence === null ? undefined : String(record.sequence), ...trace }) };
  }
  return {
    key,
    value: Buffer.from(record.value.buffer, record.value.byteOffset, record.value.byteLength),
    headers: withoutUndefined({
      [SEGMENT_HEADERS.sequence]: String(record.sequence),
      [SEGMENT_HEADERS.ptsStart]: record.ptsStartMicros === null ? undefined : String(record.ptsStartMicros),
      [SEGMENT_HEADERS.contentType]: record.contentType,
      [SEGMENT_HEADERS.warnings]: record.warnings === undefined || record.warnings.length === 0 ? undefined : JSON.stringify(record.warnings),
      ...trace,
    }),
  };
}
