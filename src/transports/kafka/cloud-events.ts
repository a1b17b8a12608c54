/** CloudEvents 1.0 in Kafka's binary mode (CloudEvents Kafka protocol binding 1.0.2, section 3.2): attributes in `ce_` headers, data in the value. */
import type { IHeaders } from 'kafkajs';
import { canonicalJson } from '../../verdicts/canonical.js';
import type { WritableRecord } from './records.js';

/** Kinds of output, with the schema of their data. */
export const EVENT_TYPES = {
  verdict: { type: 'org.framewitness.segment-verdict.v1', schema: 'urn:framewitness:schema:segment-verdict:1' },
  stream: { type: 'org.framewitness.stream-verdict.v1', schema: 'urn:framewitness:schema:stream-verdict:1' },
  alert: { type: 'org.framewitness.alert.v1', schema: 'urn:framewitness:schema:alert:1' },
  deadLetter: { type: 'org.framewitness.dead-letter.v1', schema: undefined },
} as const;

/** An output with the attributes that make it an event. */
export interface OutputEvent {
  readonly kind: keyof typeof EVENT_TYPES;
  /** Unique within the source; the same for the same output, whenever it is written. */
  readonly id: string;
  /** The job, as a URI reference: `/framewitness/` and the application id. */
  readonly source: string;
  /** Stream id. */
  readonly stream: string;
}

/** `/framewitness/` and the application id. */
export function eventSource(applicationId: string): string {
  return `/framewitness/${encodeURIComponent(applicationId)}`;
}

/** The headers of an output. There is no `ce_time`: the same input gives the same attributes, whenever it is judged. */
export function eventHeaders({ kind, id, source, stream }: OutputEvent, contentType = 'application/json'): IHeaders {
  const { type, schema } = EVENT_TYPES[kind];
  return {
    ce_specversion: '1.0',
    ce_type: type,
    ce_id: id,
    ce_source: source,
    ce_subject: stream,
    ...(schema === undefined ? {} : { ce_dataschema: schema }),
    'content-type': contentType,
  };
}

/** An output record: canonical JSON, keyed by stream. @param more - headers that are no attributes of the event, such as a trace context */
export function eventRecord(event: OutputEvent, data: unknown, more: IHeaders = {}): WritableRecord {
  return { key: Buffer.from(event.stream, 'utf8'), value: Buffer.from(canonicalJson(data), 'utf8'), headers: { ...eventHeaders(event), ...more } };
}
