/** The records that ingest writes: the one place where their headers are made. */
import { z } from 'zod';
import type { IHeaders } from 'kafkajs';
import { CLAIM_CONTENT_TYPE, claimValue, type Claim } from '../claims/claim.js';
import { headerText, writeRecord, type WritableRecord } from '../kafka/records.js';
import type { PlacedSegment } from './timeline.js';

/** Headers beyond those of every segment record; see docs/reference/feeds.md. */
export const INGEST_HEADERS = { ptsEnd: 'pts-end-micros', sha256: 'sha256', discontinuity: 'discontinuity', lost: 'lost' } as const;

/** Content types of the containers that segments are muxed into, by what their bytes begin with. */
function contentTypeOf(media: Uint8Array): string {
  const tag = Buffer.from(media.buffer, media.byteOffset, Math.min(12, media.byteLength)).toString('latin1');
  if (tag.slice(4, 8) === 'ftyp') return tag.slice(8, 12) === 'qt  ' ? 'video/quicktime' : 'video/mp4';
  return tag.startsWith('nut/') ? 'video/x-nut' : 'application/octet-stream';
}

/** The record of a segment, or of a claim check for it. */
export function segmentRecord(segment: PlacedSegment, claim?: Claim): WritableRecord {
  const { stream, sequence, ptsStartMicros, ptsEndMicros, media, sha256, discontinuity, lost, warnings, trace } = segment;
  const record = writeRecord({
    stream,
    sequence,
    ptsStartMicros,
    warnings,
    ...(claim === undefined ? { kind: 'media', contentType: contentTypeOf(media), value: media } : { kind: 'claim', contentType: CLAIM_CONTENT_TYPE, value: claimValue(claim) }),
  });
  return {
    ...record,
    headers: {
      ...record.headers,
      ...trace,
      [INGEST_HEADERS.ptsEnd]: String(ptsEndMicros),
      [INGEST_HEADERS.sha256]: sha256,
      ...(discontinuity === undefined ? {} : { [INGEST_HEADERS.discontinuity]: discontinuity }),
      ...(lost.length === 0 ? {} : { [INGEST_HEADERS.lost]: JSON.stringify(lost) }),
    },
  };
}

/** The record that closes a stream of `sequence` segments. */
export function endRecord(stream: string, sequence: number): WritableRecord {
  return writeRecord({ kind: 'end', stream, sequence });
}

/** What a record of ingest says about how far its stream has got. */
export interface RecordedPosition {
  readonly nextSequence: number;
  readonly endMicros: number;
  readonly sha256: string | undefined;
  readonly ended: boolean;
  /** When it was published, milliseconds since 1970. */
  readonly wallMillis: number;
}

const whole = z.string().regex(/^-?[0-9]{1,16}$/).transform(Number);

/** Reads {@link RecordedPosition} back; undefined where another producer wrote something else. */
export function positionOf(headers: IHeaders | undefined, timestamp: string): RecordedPosition | undefined {
  try {
    const ended = headerText(headers, 'end-of-stream') === 'true';
    const sequence = whole.safeParse(headerText(headers, 'sequence'));
    const end = whole.safeParse(headerText(headers, INGEST_HEADERS.ptsEnd) ?? headerText(headers, 'pts-start-micros') ?? '0');
    if (!sequence.success) return undefined;
    return { nextSequence: sequence.data + (ended ? 0 : 1), endMicros: end.success ? end.data : 0, sha256: headerText(headers, INGEST_HEADERS.sha256), ended, wallMillis: Number(timestamp) };
  } catch {
    return undefined;
  }
}
