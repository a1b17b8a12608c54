/** `schemas/asyncapi.yaml`: topics and messages of the job as AsyncAPI 3.0, from the names and schemas in the source. */
import { stringify } from 'yaml';
import { parseTopology } from '../../src/topology/lint.js';
import { kafkaSettings } from '../../src/transports/kafka/client.js';
import { CLAIM_CONTENT_TYPE } from '../../src/transports/claims/claim.js';
import { EVENT_TYPES } from '../../src/transports/kafka/cloud-events.js';
import { DEAD_LETTER_HEADERS } from '../../src/transports/kafka/dead-letters.js';
import { SEGMENT_HEADERS } from '../../src/transports/kafka/records.js';

const text = (description: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({ type: 'string', description, ...more });

const WHOLE = '^(?:0|[1-9][0-9]{0,15})$';

function eventHeaders(kind: keyof typeof EVENT_TYPES): Record<string, unknown> {
  return {
    ce_specversion: text('CloudEvents version.', { const: '1.0' }),
    ce_type: text('Kind of event.', { const: EVENT_TYPES[kind].type }),
    ce_id: text('Unique within ce_source; the same for the same output.'),
    ce_source: text('The job: /framewitness/ and its applicationId.'),
    ce_subject: text('Stream id.'),
  };
}

function output(kind: 'verdict' | 'stream' | 'alert', file: string, summary: string): Record<string, unknown> {
  return {
    summary,
    contentType: 'application/json',
    headers: { type: 'object', properties: eventHeaders(kind) },
    payload: { schemaFormat: 'application/schema+json;version=draft-2020-12', schema: { $ref: `./${file}` } },
    bindings: { kafka: { key: text('Stream id, UTF-8.') } },
  };
}

/** The document's text. Topic names are the defaults. */
export function asyncApiText(): string {
  const { topology } = parseTopology('version: "1.0"\nstages: {score: {models: [{name: a, card: "builtin:a"}]}}\ntransport: {kafka: {brokers: ["localhost:9092"]}}\n', 'defaults.yaml', {});
  if (topology === undefined) throw new Error('the defaults are no topology');
  const { topics } = kafkaSettings(topology);
  const messages = {
    segment: {
      summary: 'A segment: media, or a claim check; or the end of a stream.',
      headers: {
        type: 'object',
        properties: {
          [SEGMENT_HEADERS.sequence]: text('Position in the stream, from 0, rising. At the end: number of segments (optional).', { pattern: WHOLE }),
          [SEGMENT_HEADERS.ptsStart]: text('Media time of the segment\'s first frame in the stream, microseconds. Absent: the container\'s own time counts.', { pattern: '^-?(?:0|[1-9][0-9]{0,15})$' }),
          [SEGMENT_HEADERS.contentType]: text(`Media type; ${CLAIM_CONTENT_TYPE} for a claim check.`),
          [SEGMENT_HEADERS.warnings]: text('What whoever cut the segment knows to be wrong with it: a JSON list of objects with code and message.'),
          [SEGMENT_HEADERS.end]: text('true, with an empty value, ends the stream.', { enum: ['true', 'false'] }),
          [SEGMENT_HEADERS.traceParent]: text('W3C trace context.'),
          [SEGMENT_HEADERS.traceState]: text('W3C trace state.'),
        },
      },
      payload: { description: 'Media bytes, or the JSON of a claim check.' },
      bindings: { kafka: { key: text('Stream id, UTF-8, 1 to 1024 bytes, without control characters.') } },
    },
    verdict: output('verdict', 'segment-verdict.schema.json', 'A segment verdict.'),
    stream: output('stream', 'stream-verdict.schema.json', 'A stream verdict, so far or final.'),
    alert: output('alert', 'alert.schema.json', 'An alert opened or closed.'),
    deadLetter: {
      summary: 'Input that could not be judged: its value and headers as they came, with these added.',
      headers: {
        type: 'object',
        properties: { ...eventHeaders('deadLetter'), ...Object.fromEntries(Object.values(DEAD_LETTER_HEADERS).map((name) => [name, text(`See docs/reference/kafka.md.`)])) },
        required: Object.values(DEAD_LETTER_HEADERS),
      },
      payload: { description: 'The value as it came; left out where it does not fit.' },
      bindings: { kafka: { key: text('The key as it came.') } },
    },
  };
  const channelOf = { segments: 'segment', verdicts: 'verdict', streams: 'stream', alerts: 'alert', deadLetters: 'deadLetter' } as const;
  const document = {
    asyncapi: '3.0.0',
    info: { title: 'framewitness', version: '1', description: 'Topics of the Kafka job. Written by scripts/generate-docs.ts; do not edit by hand.' },
    channels: Object.fromEntries(Object.entries(channelOf).map(([role, message]) => [role, { address: topics[role as keyof typeof channelOf], messages: { [message]: { $ref: `#/components/messages/${message}` } } }])),
    operations: Object.fromEntries(Object.keys(channelOf).map((role) => [role === 'segments' ? 'judge' : `send-${role}`, { action: role === 'segments' ? 'receive' : 'send', channel: { $ref: `#/channels/${role}` } }])),
    components: { messages },
  };
  return stringify(document, { lineWidth: 0 });
}
